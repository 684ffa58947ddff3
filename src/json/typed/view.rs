//! Writing: a type shows itself as JSON, and serde writes what it is shown.

use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::{Map, Value};

/// What something is in JSON.
pub(crate) enum View<'a> {
    /// Nothing: as a field it is left out.
    Absent,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(u64),
    /// A string.
    Text(&'a str),
    /// A string that is nowhere else.
    Made(String),
    /// An object of whatever somebody wrote.
    Object(&'a Map<String, Value>),
    /// Whatever somebody wrote.
    Any(&'a Value),
    /// An array.
    List(&'a dyn List),
    /// An object of fields.
    Record(&'a dyn WriteRecord),
}

/// What can be written as JSON.
pub(crate) trait ToJson {
    /// What it is in JSON.
    fn view(&self) -> View<'_>;
}

/// What takes fields, each with its name.
pub(crate) type Field<'t> = dyn FnMut(&'static str, &dyn ToJson) + 't;

/// What is written as an object of fields.
pub(crate) trait WriteRecord {
    /// Hands over the fields, in the order in which they are written.
    fn each(&self, to: &mut Field<'_>);
}

/// What is written as an array.
pub(crate) trait List {
    /// Hands over the elements.
    fn each(&self, to: &mut dyn FnMut(&dyn ToJson));
}

/// Whether a value is the default of its type.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Writes a text.
pub(crate) fn to_vec(record: &dyn ToJson) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&record.view())
}

/// An object of `fields`. What is absent is null.
pub(crate) fn object(fields: &[(&str, &dyn ToJson)]) -> Value {
    let mut object = Map::new();
    for (name, field) in fields {
        object.insert((*name).to_owned(), field.view().into());
    }
    Value::Object(object)
}

impl From<View<'_>> for Value {
    fn from(view: View<'_>) -> Self {
        match view {
            View::Absent => Self::Null,
            View::Bool(value) => Self::Bool(value),
            View::Number(value) => Self::from(value),
            View::Text(text) => Self::from(text),
            View::Made(text) => Self::from(text),
            View::Object(map) => Self::Object(map.clone()),
            View::Any(value) => value.clone(),
            View::List(list) => {
                let mut array = Vec::new();
                list.each(&mut |item| array.push(item.view().into()));
                Self::Array(array)
            }
            View::Record(record) => {
                let mut map = Map::new();
                record.each(&mut |name, field| {
                    let view = field.view();
                    if !matches!(view, View::Absent) {
                        map.insert(name.to_owned(), view.into());
                    }
                });
                Self::Object(map)
            }
        }
    }
}

impl Serialize for View<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => serializer.serialize_u64(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Made(text) => serializer.serialize_str(text),
            Self::Object(map) => map.serialize(serializer),
            Self::Any(value) => value.serialize(serializer),
            Self::List(list) => {
                let mut seq = serializer.serialize_seq(None)?;
                let mut written = Ok(());
                list.each(&mut |item| {
                    if written.is_ok() {
                        written = seq.serialize_element(&item.view());
                    }
                });
                written.and_then(|()| seq.end())
            }
            Self::Record(record) => {
                let mut map = serializer.serialize_map(None)?;
                let mut written = Ok(());
                record.each(&mut |name, field| {
                    let view = field.view();
                    if written.is_ok() && !matches!(view, View::Absent) {
                        written = map.serialize_entry(name, &view);
                    }
                });
                written.and_then(|()| map.end())
            }
        }
    }
}

impl ToJson for String {
    fn view(&self) -> View<'_> {
        View::Text(self)
    }
}

impl ToJson for str {
    fn view(&self) -> View<'_> {
        View::Text(self)
    }
}

impl<T: ToJson + ?Sized> ToJson for &T {
    fn view(&self) -> View<'_> {
        (**self).view()
    }
}

impl ToJson for bool {
    fn view(&self) -> View<'_> {
        View::Bool(*self)
    }
}

impl ToJson for u64 {
    fn view(&self) -> View<'_> {
        View::Number(*self)
    }
}

impl ToJson for u32 {
    fn view(&self) -> View<'_> {
        View::Number(u64::from(*self))
    }
}

impl ToJson for u16 {
    fn view(&self) -> View<'_> {
        View::Number(u64::from(*self))
    }
}

impl ToJson for usize {
    fn view(&self) -> View<'_> {
        View::Number(u64::try_from(*self).unwrap_or(u64::MAX))
    }
}

impl ToJson for Value {
    fn view(&self) -> View<'_> {
        View::Any(self)
    }
}

impl ToJson for Map<String, Value> {
    fn view(&self) -> View<'_> {
        View::Object(self)
    }
}

impl<T: ToJson> ToJson for Box<T> {
    fn view(&self) -> View<'_> {
        T::view(self)
    }
}

impl<T: ToJson> ToJson for Option<T> {
    fn view(&self) -> View<'_> {
        self.as_ref().map_or(View::Absent, ToJson::view)
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn view(&self) -> View<'_> {
        View::List(self)
    }
}

impl<T: ToJson, const N: usize> ToJson for [T; N] {
    fn view(&self) -> View<'_> {
        View::List(self)
    }
}

impl<T: ToJson, const N: usize> List for [T; N] {
    fn each(&self, to: &mut dyn FnMut(&dyn ToJson)) {
        for item in self {
            to(item);
        }
    }
}

impl<T: ToJson> List for Vec<T> {
    fn each(&self, to: &mut dyn FnMut(&dyn ToJson)) {
        for item in self {
            to(item);
        }
    }
}
