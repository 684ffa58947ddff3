use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn numbers_are_equal_however_they_are_written() {
    let equal: [&[&str]; 5] = [
        &["1", "1.0", "1e0", "10E-1", "0.001e+3", "1.000"],
        &["0", "-0", "0.0", "0e9", "-0.00E-5", "0e99999999999999999999"],
        &["-250", "-2.5e2", "-25E+1", "-250.0"],
        &["1e-400", "0.1e-399"],
        &["9007199254740993", "9007199254740993.0", "9007199254740.993e3"],
    ];
    for texts in equal {
        for text in texts {
            assert_eq!(Decimal::read(text), Decimal::read(texts[0]), "{text}");
            assert_eq!(Decimal::read(text).to_bytes(), Decimal::read(texts[0]).to_bytes());
        }
    }
}

#[test]
fn only_what_json_calls_a_number_is_one() {
    for text in ["0", "-0", "10", "0.10", "-1.5e+07", "1E-0", "12345678901234567890.0e99999"] {
        assert_eq!(parse(text.to_owned()).unwrap().as_str(), text);
        assert!(text.parse::<Number>().is_ok(), "{text}");
    }
    for text in [
        "",
        "-",
        "+1",
        "01",
        "-01",
        ".5",
        "1.",
        "1.e1",
        "1e",
        "1e+",
        "1e1.0",
        " 1",
        "1 ",
        "0x1",
        "١",
        "NaN",
        "1,\"a\":2",
    ] {
        assert_eq!(parse(text.to_owned()), None, "{text}");
        assert!(text.parse::<Number>().is_err(), "{text}");
    }
}

#[test]
fn thousandths_are_written_as_short_as_can_be() {
    let cases = [(0, "0"), (1, "0.001"), (400, "0.4"), (12_000, "12"), (1_050, "1.05")];
    for (count, text) in cases {
        assert_eq!(of_thousandths(count).as_str(), text);
    }
}

#[test]
fn numbers_are_in_their_order() {
    let ordered = [
        "-1e99999999999999999999",
        "-1e309",
        "-12",
        "-9.5",
        "-9",
        "-0.1",
        "-1e-300",
        "0",
        "1e-99999999999999999999",
        "1e-300",
        "0.09",
        "0.1",
        "0.100000000000000000001",
        "9",
        "9.5",
        "12",
        "120",
        "9007199254740992",
        "9007199254740993",
        "1e308",
        "1e99999999999999999999",
    ];
    for (place, text) in ordered.iter().enumerate() {
        for (other_place, other) in ordered.iter().enumerate() {
            let order = Decimal::read(text).cmp(&Decimal::read(other));
            assert_eq!(order, place.cmp(&other_place), "{text} and {other}");
        }
    }
}

#[test]
fn a_whole_number_is_known_by_its_value() {
    let cases = [
        ("0", Some(0)),
        ("-0.0", Some(0)),
        ("12", Some(12)),
        ("1.20e1", Some(12)),
        ("-1e2", Some(-100)),
        ("1.5", None),
        ("1e-1", None),
        ("9223372036854775807", Some(i64::MAX)),
        ("-9223372036854775808", Some(i64::MIN)),
        ("9223372036854775808", Some(i64::MAX)),
        ("-1e300", Some(i64::MIN)),
    ];
    for (text, whole) in cases {
        assert_eq!(Decimal::read(text).whole(), whole, "{text}");
    }
}

#[test]
fn what_other_readers_know_is_in_range() {
    for text in ["0", "1e308", "-1.7976931348623157e308", "1e-999", "0.1e309", "-0e999"] {
        assert!(!Decimal::read(text).is_out_of_range(), "{text}");
        assert!(text.parse::<f64>().unwrap().is_finite());
    }
    for text in ["1e309", "-1.797693134862316e308", "0.1e99999999999999999999", &"9".repeat(400)] {
        assert!(Decimal::read(text).is_out_of_range(), "{text}");
        assert!(!text.parse::<f64>().unwrap().is_finite());
    }
}

#[cfg(not(target_family = "wasm"))]
mod laws {
    use proptest::prelude::*;

    use super::*;

    fn text() -> impl Strategy<Value = String> {
        "-?(0|[1-9][0-9]{0,9})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,2})?"
    }

    proptest! {
        /// Of so few digits no two numbers are nearer than floats can tell.
        #[test]
        fn short_numbers_compare_as_floats_do(one in text(), other in text()) {
            let float = |text: &str| text.parse::<f64>().unwrap();
            let order = float(&one).partial_cmp(&float(&other)).unwrap();
            let (short, long) = (one.len().min(other.len()), one.len().max(other.len()));
            prop_assume!(short + long < 30);
            prop_assert_eq!(Decimal::read(&one).cmp(&Decimal::read(&other)), order);
        }

        #[test]
        fn whole_numbers_compare_as_they_are(one: i64, other: i64) {
            let decimal = |number: i64| Decimal::of(&number.into());
            prop_assert_eq!(decimal(one).cmp(&decimal(other)), one.cmp(&other));
            prop_assert_eq!(decimal(one).whole(), Some(one));
        }

        #[test]
        fn a_text_is_a_number_where_serde_says_so(text in "[-+.eE0-9]{0,8}") {
            prop_assert_eq!(parse(text.clone()).is_some(), text.parse::<Number>().is_ok());
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            parse(text.clone());
            Decimal::read(&text).whole();
        }
    }
}
