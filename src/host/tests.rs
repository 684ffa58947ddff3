use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_time_is_written_as_rfc_3339_has_it() {
    for (time, text) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (951_827_696_007, "2000-02-29T12:34:56.007Z"),
        (1_769_846_400_120, "2026-01-31T08:00:00.120Z"),
        (LAST, "9999-12-31T23:59:59.999Z"),
        (LAST + 1, "9999-12-31T23:59:59.999Z"),
        (u64::MAX, "9999-12-31T23:59:59.999Z"),
    ] {
        assert_eq!(Timestamp(time).to_rfc3339(), text);
    }
    // Every 37 days and some, for 400 years.
    for time in (0..12_622_780_800_000_u64).step_by(3_210_987_654) {
        let instant = jiff::Timestamp::from_millisecond(i64::try_from(time).unwrap()).unwrap();
        assert_eq!(Timestamp(time).to_rfc3339(), format!("{instant:.3}"));
    }
}
