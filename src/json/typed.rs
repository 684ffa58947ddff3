//! Our own types as JSON: records as they are stored and exported, and bodies of the management API.
//!
//! This is what serde's derive is for, which they had before. It makes code for each type and field anew, for input in
//! whatever order and form, which was 119 KB of the filter; this is 30 KB. Here a type only says what its fields are, by
//! `record!` or `names!`, and all types share what takes a field out of an object and what words an error. Writing is
//! still serde's, of one type: [`View`].
//!
//! Fields are written in the order in which they are listed, and read in any. What is not known is left alone, unless the
//! record is `strict`.

mod read;
mod view;

pub(crate) use read::{Fields, FromJson, ReadRecord, RecordError, from_slice, from_value};
pub(crate) use read::{choose, none_of, parsed};
pub(crate) use view::{Field, ToJson, View, WriteRecord, is_default, object as object_of, to_vec};

/// An object as `serde_json::json!` makes it, in a third of the code: of values that are [`ToJson`], objects within by
/// themselves.
macro_rules! object {
    ({ $($name:literal: $value:expr),+ $(,)? }) => {
        $crate::json::typed::object_of(&[
            $(($name, &$value as &dyn $crate::json::typed::ToJson)),+
        ])
    };
}

/// Says how a struct is read and written, field by field.
///
/// A field has its own name unless another follows with `as`. An `Option` need not be there, and is not written where it is
/// `None`. `: default` is for a field that need not be there and is always written, `: sparse` for one that is not written
/// where it has its default. With `read` or `write` ahead only the one is provided, and with `strict` a field that is not
/// listed is refused.
macro_rules! record {
    (read strict $type:ident { $($fields:tt)* }) => {
        $crate::json::typed::record!(@read $type { $($fields)* } { $($fields)* });
    };
    (read $type:ident { $($fields:tt)* }) => {
        $crate::json::typed::record!(@read $type {} { $($fields)* });
    };
    (write $type:ident { $($field:ident $(as $name:literal)? $(: $mode:ident)?),+ $(,)? }) => {
        impl $crate::json::typed::ToJson for $type {
            fn view(&self) -> $crate::json::typed::View<'_> {
                $crate::json::typed::View::Record(self)
            }
        }

        impl $crate::json::typed::WriteRecord for $type {
            fn each(&self, to: &mut $crate::json::typed::Field<'_>) {
                $($crate::json::typed::record!(
                    @write to, self.$field, $crate::json::typed::record!(@name $field $($name)?)
                    $(, $mode)?
                );)+
            }
        }
    };
    (strict $type:ident { $($fields:tt)* }) => {
        $crate::json::typed::record!(read strict $type { $($fields)* });
        $crate::json::typed::record!(write $type { $($fields)* });
    };
    ($type:ident { $($fields:tt)* }) => {
        $crate::json::typed::record!(read $type { $($fields)* });
        $crate::json::typed::record!(write $type { $($fields)* });
    };
    (
        @read $type:ident { $($known:ident $(as $known_name:literal)? $(: $known_mode:ident)?),* $(,)? }
        { $($field:ident $(as $name:literal)? $(: $mode:ident)?),+ $(,)? }
    ) => {
        impl $crate::json::typed::ReadRecord for $type {
            const KNOWN: &[&str] = &[$($crate::json::typed::record!(@name $known $($known_name)?)),*];

            fn read(
                fields: &mut $crate::json::typed::Fields<'_>,
            ) -> Result<Self, $crate::json::typed::RecordError> {
                Ok(Self {
                    $($field: $crate::json::typed::record!(
                        @take fields, $crate::json::typed::record!(@name $field $($name)?)
                        $(, $mode)?
                    ),)+
                })
            }
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $name:literal) => { $name };
    (@take $fields:ident, $name:expr) => { $fields.take($name)? };
    (@take $fields:ident, $name:expr, $mode:ident) => { $fields.take_or_default($name)? };
    (@write $to:ident, $value:expr, $name:expr) => { $to($name, &$value) };
    (@write $to:ident, $value:expr, $name:expr, default) => { $to($name, &$value) };
    (@write $to:ident, $value:expr, $name:expr, sparse) => {
        if !$crate::json::typed::is_default(&$value) {
            $to($name, &$value);
        }
    };
}

/// Gives each variant of an enum a name, which is all that stands for it in JSON.
macro_rules! names {
    ($type:ident { $($variant:ident = $name:literal),+ $(,)? }) => {
        impl $type {
            /// What stands for it in JSON.
            pub(crate) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl $crate::json::typed::FromJson for $type {
            fn take(
                value: &mut serde_json::Value,
            ) -> Result<Self, $crate::json::typed::RecordError> {
                $crate::json::typed::choose(value, &[$(($name, Self::$variant)),+])
            }
        }

        impl $crate::json::typed::ToJson for $type {
            fn view(&self) -> $crate::json::typed::View<'_> {
                $crate::json::typed::View::Text(self.as_str())
            }
        }
    };
}

pub(crate) use {names, object, record};

#[cfg(test)]
mod tests;
