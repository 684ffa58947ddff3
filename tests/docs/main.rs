//! The documentation is true: its examples are run, its tables compared with the code.

#![cfg(not(target_family = "wasm"))]

#[cfg(test)]
mod commands;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod idp;
#[cfg(test)]
mod markdown;
#[cfg(test)]
mod source;
#[cfg(test)]
mod tables;

use markdown::{file, pages};

#[test]
fn the_first_steps_of_the_readme_get_the_answers_written_beside_them() {
    examples::run("README.md");
}

#[test]
fn every_example_of_the_management_api_gets_the_answer_written_beside_it() {
    examples::run("docs/management-api.md");
}

#[test]
fn every_example_of_the_scim_endpoint_gets_the_answer_written_beside_it() {
    examples::run("docs/scim.md");
}

#[test]
fn links_lead_to_files_that_exist() {
    for page in pages() {
        let name = file(&page.name);
        let folder = name.parent().unwrap();
        for link in page.relative_links() {
            assert!(folder.join(&link).exists(), "{}: {link} does not exist", page.name);
        }
    }
}
