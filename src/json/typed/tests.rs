#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Map, Value, json};

use super::{FromJson, ToJson, from_slice, from_value, to_vec};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Colour {
    Red,
    DarkBlue,
}

names!(Colour { Red = "red", DarkBlue = "dark_blue" });

#[derive(Debug, PartialEq)]
struct Wheel {
    size: u32,
    colour: Option<Colour>,
}

record!(strict Wheel { size, colour });

#[derive(Debug, PartialEq)]
struct Cart {
    name: String,
    kind: Colour,
    wheels: Vec<Wheel>,
    load: Option<u64>,
    notes: Vec<String>,
    broken: bool,
    more: Map<String, Value>,
}

record!(Cart {
    name,
    kind as "type",
    wheels,
    load,
    notes: default,
    broken: sparse,
    more,
});

const LEAST: &str = r#"{"name":"n","type":"red","wheels":[],"notes":[],"more":{}}"#;

fn refusal<T: FromJson>(value: Value) -> String {
    from_value::<T>(value).err().expect("is refused").to_string()
}

#[test]
fn fields_are_written_in_the_order_of_their_list() {
    let text = r#"{"name":"\"n\"\n","type":"dark_blue","wheels":[{"size":3,"colour":"red"},{"size":4}],"load":18446744073709551615,"notes":["é"],"broken":true,"more":{"a":[1.5,null],"b":"c"}}"#;
    let cart: Cart = from_slice(text.as_bytes()).unwrap();
    assert_eq!(cart.wheels.len(), 2);
    assert_eq!(cart.load, Some(u64::MAX));
    assert_eq!(String::from_utf8(to_vec(&cart).unwrap()).unwrap(), text);
}

#[test]
fn what_is_not_there_is_left_out_and_may_be_missing() {
    let cart: Cart = from_slice(LEAST.as_bytes()).unwrap();
    assert_eq!((cart.load, cart.broken), (None, false));
    assert_eq!(String::from_utf8(to_vec(&cart).unwrap()).unwrap(), LEAST);
    let shorter = LEAST.replace(r#""notes":[],"#, "");
    assert_eq!(from_slice::<Cart>(shorter.as_bytes()), Ok(cart));
}

#[test]
fn null_stands_for_what_is_not_there_only_where_that_may_be() {
    let with_null = |field: &str| {
        let mut cart: Value = serde_json::from_str(LEAST).unwrap();
        cart[field] = Value::Null;
        from_value::<Cart>(cart)
    };
    assert_eq!(with_null("load").unwrap().load, None);
    for field in ["name", "type", "wheels", "notes", "broken", "more"] {
        let refused = with_null(field).expect_err(field).to_string();
        assert!(refused.starts_with(&format!("{field}: ")), "{refused}");
    }
}

#[test]
fn fields_that_are_not_known_are_left_alone_unless_the_record_is_strict() {
    let more = LEAST.replace('{', r#"{"x":1,"#).replace(r#""more":{"x":1,}"#, r#""more":{}"#);
    assert_eq!(from_slice::<Cart>(more.as_bytes()), from_slice(LEAST.as_bytes()));
    assert_eq!(
        refusal::<Wheel>(json!({ "colour": "red", "Size": 1 })),
        "unknown field \"Size\", expected one of `size`, `colour`"
    );
}

#[test]
fn little_is_repeated_of_what_is_not_known() {
    let long = "k".repeat(100_000);
    for refused in [refusal::<Wheel>(json!({ long.clone(): 1 })), refusal::<Colour>(json!(long))] {
        assert!(refused.contains("kkk") && refused.len() < 200, "{}", refused.len());
    }
}

#[test]
fn an_error_says_where_it_is_and_what_was_expected_and_repeats_no_value() {
    let cart = |field: &str, value: Value| {
        let mut cart: Value = serde_json::from_str(LEAST).unwrap();
        cart[field] = value;
        refusal::<Cart>(cart)
    };
    let whole = "a whole number that is not negative was expected";
    for (refused, expected) in [
        (refusal::<Cart>(json!("secret")), "an object was expected, not a string".to_owned()),
        (refusal::<Cart>(json!(["n", "red"])), "an object was expected, not an array".to_owned()),
        (refusal::<Cart>(json!({ "name": "n" })), "missing field `type`".to_owned()),
        (cart("name", json!(1)), "name: a string was expected, not a number".to_owned()),
        (
            cart("type", json!("green")),
            "type: one of `red`, `dark_blue` was expected, not \"green\"".to_owned(),
        ),
        (
            cart("type", json!({ "red": null })),
            "type: one of `red`, `dark_blue` was expected, not an object".to_owned(),
        ),
        (cart("wheels", json!({})), "wheels: an array was expected, not an object".to_owned()),
        (cart("wheels", json!([{ "size": 1 }, {}])), "wheels[1]: missing field `size`".to_owned()),
        (cart("wheels", json!([{ "size": -1 }])), format!("wheels[0].size: {whole}")),
        (
            cart("wheels", json!([{ "size": "1" }])),
            format!("wheels[0].size: {whole}, not a string"),
        ),
        (cart("load", json!(1.0)), format!("load: {whole}")),
        (
            cart("wheels", json!([{ "size": 1_u64 << 32 }])),
            "wheels[0].size: 4294967295 is the most".to_owned(),
        ),
        (
            cart("notes", json!(["a", false])),
            "notes[1]: a string was expected, not a boolean".to_owned(),
        ),
        (
            cart("broken", json!("true")),
            "broken: true or false was expected, not a string".to_owned(),
        ),
        (cart("more", json!([])), "more: an object was expected, not an array".to_owned()),
    ] {
        assert_eq!(refused, expected);
    }
    assert!(from_slice::<Cart>(b"{").unwrap_err().to_string().contains("line 1 column 1"));
}

#[test]
fn a_view_stands_in_other_json() {
    let wheel = Wheel { size: 3, colour: Some(Colour::DarkBlue) };
    let document = json!({ "wheel": wheel.view(), "none": None::<Colour>.view() });
    assert_eq!(document, json!({ "wheel": { "size": 3, "colour": "dark_blue" }, "none": null }));
}
