use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn read(text: &str) -> Option<DateTime> {
    text.parse().ok()
}

#[test]
fn the_same_instant_is_the_same_however_it_is_written() {
    let instant = read("2026-01-31T08:00:00Z").unwrap();
    assert_eq!(instant, DateTime { seconds: 1_769_846_400, nanoseconds: 0 });
    for text in [
        "2026-01-31t08:00:00z",
        "2026-01-31 08:00:00Z",
        "2026-01-31T08:00Z",
        "2026-01-31T08:00:00.000000000Z",
        "2026-01-31T08:00:00,0-00:00",
        "2026-01-31T09:30:00+01:30",
        "2026-01-31T00:00:00-0800",
        "2026-02-01T07:00:00+23",
    ] {
        assert_eq!(read(text), Some(instant), "{text}");
    }
}

#[test]
fn instants_have_an_order_to_the_nanosecond() {
    let texts = [
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999999Z",
        "1970-01-01T00:00:00Z",
        "2024-02-29T23:59:59Z",
        "2024-02-29T23:59:59.000000001Z",
        "2024-02-29T23:59:59.1Z",
        "2024-03-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ];
    let instants = texts.map(|text| read(text).expect(text));
    assert!(instants.is_sorted_by(|one, other| one < other));
    assert!(instants[2..].is_sorted_by_key(|instant| instant.to_be_bytes()));
    assert_eq!(read("2016-12-31T23:59:60Z"), read("2016-12-31T23:59:59Z"));
}

#[test]
fn what_is_no_date_with_a_time_and_an_offset_is_refused() {
    for text in [
        "",
        "2026-01-31",
        "2026-01-31T08:00:00",
        "2026-01-31T08Z",
        "2026-01-31T08:00:00.Z",
        "2026-01-31T08:00:00.0000000001Z",
        "2026-00-31T08:00:00Z",
        "2026-13-01T08:00:00Z",
        "2026-01-00T08:00:00Z",
        "2026-02-29T08:00:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T08:60:00Z",
        "2026-01-31T08:00:61Z",
        "2026-01-31T08:00:00+1",
        "2026-01-31T08:00:00+24:00",
        "2026-01-31T08:00:00+01:",
        "2026-01-31T08:00:00Z ",
        " 2026-01-31T08:00:00Z",
        "+2026-01-31T08:00:00Z",
        "26-01-31T08:00:00Z",
        "2026-1-31T08:00:00Z",
        "٢٠٢٦-01-31T08:00:00Z",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[cfg(not(target_family = "wasm"))]
mod laws {
    use proptest::prelude::*;

    use super::*;

    fn as_jiff_reads(text: &str) -> Option<DateTime> {
        let instant: jiff::Timestamp = text.parse().ok()?;
        let (seconds, nanoseconds) = (instant.as_second(), instant.subsec_nanosecond());
        // jiff counts both from 1970, backwards too.
        Some(match u32::try_from(nanoseconds) {
            Ok(nanoseconds) => DateTime { seconds, nanoseconds },
            Err(_) => DateTime {
                seconds: seconds - 1,
                nanoseconds: 1_000_000_000 - nanoseconds.unsigned_abs(),
            },
        })
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_jiff_reads(
            text in "(19|20|00)[0-9]{2}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9](:[0-6][0-9]([.,][0-9]{1,10})?)?(Z|z|[+-]([01][0-9]|2[0-3])(:?[0-6][0-9])?)"
        ) {
            prop_assert_eq!(read(&text), as_jiff_reads(&text));
        }

        #[test]
        fn nothing_is_read_that_jiff_does_not_read(text in "[0-9T:+Z. -]{0,30}") {
            if let Some(instant) = read(&text) {
                prop_assert_eq!(Some(instant), as_jiff_reads(&text));
            }
        }
    }
}
