//! Changes the values of a multi-valued attribute (RFC 7644 §3.5.2).

use serde_json::{Map, Value};

use super::OperationKind;
use super::apply::{Change, Target, no_target};
use super::size::refuse_copies;
use crate::gather::Gather as _;
use crate::json::{to_text, with_one};
use crate::map::{self, Set};
use crate::scim::attribute::{entry, set_all, stored_key};
use crate::scim::error::ScimError;
use crate::scim::filter::{Filter, Operator, fold, literal_text};
use crate::scim::resource::immutable::immutable;
use crate::scim::resource::invalid;
use crate::scim::resource::value::{read_one, sub_value_is_missing};
use crate::scim::schema::{Attribute, AttributeType, Mutability};

/// Applies `change` to the values stored in `container` under the target's key.
pub(super) fn change(
    change: Change<'_>,
    target: &Target<'_>,
    container: &mut Map<String, Value>,
    value: Value,
) -> Result<(), ScimError> {
    let mut values = match container.remove(&target.key) {
        Some(Value::Array(values)) => values,
        Some(single) => vec![single],
        None => Vec::new(),
    };
    let touched = match (target.filter, target.sub_attribute) {
        (None, None) => change_list(change, target, &mut values, value)?,
        (filter, sub_attribute) => {
            let picked = pick(target, filter, &values);
            match sub_attribute {
                Some(name) => change_parts(change, target, &mut values, picked, name, value)?,
                None => change_picked(change, target, &mut values, picked, value)?,
            }
        }
    };
    settle_primary(&mut values, &touched);
    let most = change.resource_type.max_values;
    if values.len() > most {
        return Err(invalid(format!("{}: more than {most} values", target.place)));
    }
    if !values.is_empty() {
        container.insert(target.key.clone(), Value::Array(values));
    }
    Ok(())
}

/// The positions of the values that the filter picks; all if there is none.
fn pick(target: &Target<'_>, filter: Option<&Filter>, values: &[Value]) -> Vec<usize> {
    let picked = |value: &Value| {
        let object = value.as_object();
        object.is_some_and(|object| {
            filter.is_none_or(|filter| filter.matches_element(target.definition, object))
        })
    };
    let numbered = values.iter().enumerate();
    numbered.filter(|(_, value)| picked(value)).map(|(index, _)| index).gather()
}

/// The list as a whole. Answers which positions the operation has set.
fn change_list(
    change: Change<'_>,
    target: &Target<'_>,
    values: &mut Vec<Value>,
    value: Value,
) -> Result<Vec<usize>, ScimError> {
    let read = target.read(value)?;
    let given = match read {
        Some(Value::Array(given)) => given,
        Some(single) => vec![single],
        None => {
            if change.kind != OperationKind::Add {
                values.clear();
            }
            return Ok(Vec::new());
        }
    };
    match change.kind {
        OperationKind::Remove => {
            let unwanted: Set =
                given.iter().map(|value| identity(target.definition, value)).collect();
            values.retain(|value| {
                let any_type = any_type(target.definition, value);
                !unwanted.contains(&identity(target.definition, value))
                    && !any_type.is_some_and(|key| unwanted.contains(&key))
            });
            Ok(Vec::new())
        }
        OperationKind::Replace => {
            *values = given;
            Ok((0..values.len()).gather())
        }
        OperationKind::Add => Ok(merge(target.definition, values, given)),
    }
}

/// Adds values; one that is there already is brought up to date instead.
fn merge(definition: Option<&Attribute>, values: &mut Vec<Value>, given: Vec<Value>) -> Vec<usize> {
    let mut known = map::Map::new();
    for (index, value) in values.iter().enumerate() {
        know(&mut known, definition, value, index);
    }
    let mut touched = Vec::new();
    for value in given {
        let index = know(&mut known, definition, &value, values.len());
        touched.push(index);
        match (values.get_mut(index), value) {
            (Some(Value::Object(present)), Value::Object(value)) => set_all(present, value),
            (Some(_), _) => {}
            (None, value) => values.push(value),
        }
    }
    touched
}

/// The position of a value that is known, else the one it is given here. Without a type it is the first
/// of the same `value`.
fn know(
    known: &mut map::Map<usize>,
    definition: Option<&Attribute>,
    value: &Value,
    position: usize,
) -> usize {
    let found = *known.or_insert_with(identity(definition, value), || position);
    if let Some(any_type) = any_type(definition, value) {
        known.or_insert_with(any_type, || found);
    }
    found
}

/// The values that the filter picks, as wholes.
fn change_picked(
    change: Change<'_>,
    target: &Target<'_>,
    values: &mut Vec<Value>,
    picked: Vec<usize>,
    value: Value,
) -> Result<Vec<usize>, ScimError> {
    let value = match value {
        _ if change.removes() => None,
        Value::Array(mut list) if list.len() == 1 => list.pop(),
        value => Some(value),
    };
    let read = match (value, target.definition) {
        (None, _) => None,
        (Some(value), Some(attribute)) => read_one(attribute, &target.place, value)?,
        (Some(value), None) => Some(value).filter(|value| !value.is_null()),
    };
    let Some(read) = read else {
        if picked.is_empty() {
            return Err(nothing_picked(target));
        }
        drop_at(values, &picked);
        return Ok(Vec::new());
    };
    let Value::Object(read) = read else {
        return Err(invalid(format!("{}: an object was expected", target.place)));
    };
    let seed = target.filter.and_then(|filter| seed(target, filter));
    if picked.is_empty() {
        let mut element = seed.ok_or_else(|| nothing_picked(target))?;
        set_all(&mut element, read);
        return Ok(merge(target.definition, values, vec![Value::Object(element)]));
    }
    refuse_copies(picked.len(), &Value::Object(read.clone()), &target.place)?;
    for index in &picked {
        if let Some(Value::Object(element)) = values.get_mut(*index) {
            if change.kind == OperationKind::Replace {
                // What picked the value still holds of it unless the new one says otherwise.
                *element = seed.clone().unwrap_or_default();
            }
            set_all(element, read.clone());
        }
    }
    Ok(picked)
}

/// A sub-attribute of the values that the filter picks.
fn change_parts(
    change: Change<'_>,
    target: &Target<'_>,
    values: &mut Vec<Value>,
    picked: Vec<usize>,
    name: &str,
    value: Value,
) -> Result<Vec<usize>, ScimError> {
    let value = if change.removes() { Value::Null } else { value };
    let read = target.read_sub_attribute(name, value)?;
    refuse_other_immutable(target, values, &picked, name, read.as_ref())?;
    let Some(value) = read else {
        if picked.is_empty() && change.removes() && target.filter.is_some() {
            return Err(nothing_picked(target));
        }
        let mut emptied = Vec::new();
        for index in picked {
            if let Some(Value::Object(element)) = values.get_mut(index) {
                element.remove(&stored_key(element, name));
                let hollow = target.is_default(name) && sub_value_is_missing(element);
                if hollow || element.is_empty() {
                    emptied.push(index);
                }
            }
        }
        drop_at(values, &emptied);
        return Ok(Vec::new());
    };
    if picked.is_empty() {
        // Entra expects `emails[type eq "work"].value` to make the element it does not find.
        let mut element = match target.filter {
            Some(filter) => seed(target, filter).ok_or_else(|| nothing_picked(target))?,
            None => Map::new(),
        };
        element.insert(stored_key(&element, name), value);
        return Ok(merge(target.definition, values, vec![Value::Object(element)]));
    }
    refuse_copies(picked.len(), &value, &target.place)?;
    for index in &picked {
        if let Some(Value::Object(element)) = values.get_mut(*index) {
            element.insert(stored_key(element, name), value.clone());
        }
    }
    Ok(picked)
}

/// Refuses to change an immutable sub-attribute of values that have one, such as the id of a member.
fn refuse_other_immutable(
    target: &Target<'_>,
    values: &[Value],
    picked: &[usize],
    name: &str,
    new: Option<&Value>,
) -> Result<(), ScimError> {
    let definition = target.definition.and_then(|attribute| attribute.sub_attribute(name));
    if definition.is_none_or(|sub| sub.mutability != Mutability::Immutable) {
        return Ok(());
    }
    let mut present =
        picked.iter().filter_map(|index| entry(values.get(*index)?.as_object()?, name));
    if present.any(|present| Some(present) != new) {
        return Err(immutable(&target.place.sub_attribute(name).to_string()));
    }
    Ok(())
}

/// The element that a filter of equalities describes; none for any other filter.
fn seed(target: &Target<'_>, filter: &Filter) -> Option<Map<String, Value>> {
    match filter {
        Filter::Compare { path, operator: Operator::Eq, value } if !value.is_null() => {
            if path.extension_urn().is_some() || path.sub_attribute().is_some() {
                return None;
            }
            let name = path.name()?;
            let definition = target.definition.and_then(|of| of.sub_attribute(name));
            let value = match definition {
                Some(sub) if sub.kind == AttributeType::String => literal_text(value)?.into(),
                Some(sub) => read_one(sub, &target.place, value.clone()).ok()??,
                None => value.clone(),
            };
            let name = definition.map_or(name, |sub| &sub.name);
            Some(with_one(name, value))
        }
        Filter::And(filters) => {
            let mut all = Map::new();
            for filter in filters {
                set_all(&mut all, seed(target, filter)?);
            }
            Some(all)
        }
        _ => None,
    }
}

/// Leaves one primary value at most: the one that was set last (RFC 7643 §2.4).
fn settle_primary(values: &mut [Value], touched: &[usize]) {
    let is_primary = |value: &Value| value.get("primary") == Some(&Value::Bool(true));
    let winner =
        touched.iter().rev().find(|index| values.get(**index).is_some_and(is_primary)).copied();
    let Some(winner) = winner else { return };
    for (index, value) in values.iter_mut().enumerate() {
        if index != winner
            && is_primary(value)
            && let Some(object) = value.as_object_mut()
        {
            object.insert("primary".to_owned(), Value::Bool(false));
        }
    }
}

fn drop_at(values: &mut Vec<Value>, positions: &[usize]) {
    let mut positions = positions.to_vec();
    positions.sort_unstable();
    let mut index = 0;
    values.retain(|_| {
        let keep = positions.binary_search(&index).is_err();
        index += 1;
        keep
    });
}

/// What makes two values the same one: their `value` and `type`, or else all but `primary`.
fn identity(definition: Option<&Attribute>, value: &Value) -> String {
    let Some(object) = value.as_object() else { return to_text(value) };
    match object_value(definition, object) {
        Some(value) => {
            let kind = entry(object, "type").and_then(Value::as_str);
            format!("{value}\0{}", kind.map(fold).unwrap_or_default())
        }
        None => {
            let mut rest = object.clone();
            rest.remove("primary");
            to_text(&Value::Object(rest))
        }
    }
}

/// The identity of a value whose type does not matter; none if it has no `value`.
fn any_type(definition: Option<&Attribute>, value: &Value) -> Option<String> {
    let object = value.as_object()?;
    object_value(definition, object).map(|value| format!("{value}\0"))
}

fn object_value(definition: Option<&Attribute>, object: &Map<String, Value>) -> Option<String> {
    let exact = definition
        .and_then(Attribute::default_sub_attribute)
        .is_some_and(|attribute| attribute.case_exact);
    let value = entry(object, "value")?.as_str()?;
    Some(if exact { value.to_owned() } else { fold(value).into_owned() })
}

fn nothing_picked(target: &Target<'_>) -> ScimError {
    no_target(format!("no value of {} matches the filter in the path", target.place))
}
