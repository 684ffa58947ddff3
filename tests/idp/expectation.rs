//! Texts with `{{name}}` in them, and bodies compared with what a conversation expects.

use std::collections::BTreeMap;

use serde_json::Value;

/// What `{{name}}` stands for.
pub(crate) type Values = BTreeMap<String, Value>;

/// In an expected body: whatever is there.
const ANY: &str = "{{any}}";

/// `value` with its placeholders filled in. One that is a whole text may stand for a value that is none.
pub(crate) fn fill(value: &Value, values: &Values) -> Value {
    match value {
        Value::String(text) => {
            let name = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
            match name.and_then(|name| values.get(name)) {
                Some(value) => value.clone(),
                None => fill_text(text, values).into(),
            }
        }
        Value::Array(array) => array.iter().map(|value| fill(value, values)).collect(),
        Value::Object(object) => {
            let entry = |(key, value): (&String, &Value)| (key.clone(), fill(value, values));
            Value::Object(object.iter().map(entry).collect())
        }
        other => other.clone(),
    }
}

/// `text` with its placeholders filled in.
pub(crate) fn fill_text(text: &str, values: &Values) -> String {
    let mut filled = text.to_owned();
    for (name, value) in values {
        if let Value::String(value) = value {
            filled = filled.replace(&format!("{{{{{name}}}}}"), value);
        }
    }
    assert!(filled == ANY || !filled.contains("{{"), "{filled}: nobody has kept this");
    filled
}

/// Whether `found` has all that is in `expected`; else what is missing, and where.
pub(crate) fn matches(expected: &Value, found: &Value, place: &str) -> Result<(), String> {
    match (expected, found) {
        (Value::String(text), _) if text == ANY => Ok(()),
        (Value::Object(expected), Value::Object(found)) => {
            expected.iter().try_for_each(|(key, expected)| {
                let place = format!("{place}/{key}");
                let found = found.get(key).ok_or_else(|| format!("{place} is missing"))?;
                matches(expected, found, &place)
            })
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            let mut pairs = expected.iter().zip(found).enumerate();
            pairs.try_for_each(|(index, (expected, found))| {
                matches(expected, found, &format!("{place}/{index}"))
            })
        }
        _ if expected == found => Ok(()),
        _ => Err(format!("{place} is to be {expected}, and is {found}")),
    }
}
