//! The seeds of the fuzz targets, and every beginning of theirs.

use std::fs;
use std::path::Path;

use crate::checks;

/// Runs `check` on the seeds of `target`, cut off after every byte.
fn run(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        (0..=bytes.len()).for_each(|end| check(&bytes[..end]));
        count += 1;
    }
    assert!(count >= 3, "{target} has {count} seeds");
}

#[test]
fn filters_mean_the_same_once_written_out() {
    run("filter", checks::filter);
}

#[test]
fn paths_mean_the_same_once_written_out() {
    run("path", checks::path);
}

#[test]
fn the_strict_reader_of_json_agrees_with_the_lenient_one() {
    run("json", checks::json);
}

#[test]
fn what_a_patch_makes_can_be_put_back() {
    run("patch_body", checks::patch_body);
}

#[test]
fn requests_are_answered_in_scims_terms() {
    run("request", checks::request);
}

#[test]
fn bulk_comes_to_the_same_as_its_operations_one_by_one() {
    run("bulk", checks::bulk);
}

#[test]
fn a_search_shows_what_the_same_question_in_a_url_shows() {
    run("search", checks::search);
}

#[test]
fn a_cursor_is_ours_or_refused() {
    run("cursor", checks::cursor);
}

#[test]
fn a_token_is_one_that_was_signed_or_refused() {
    run("jwt", checks::jwt);
}

#[test]
fn every_target_has_seeds_and_a_test_here() {
    let manifest =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/Cargo.toml"));
    let manifest = manifest.unwrap();
    let targets: Vec<&str> = manifest
        .split("[[bin]]\nname = \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let tested =
        ["filter", "path", "patch_body", "json", "request", "bulk", "search", "cursor", "jwt"];
    assert_eq!(targets, tested);
}
