//! The pages on identity providers: each that is tested has one, all in the same order, and what they name is there.

use std::collections::BTreeSet;
use std::path::Path;

use scim_edge::authn::TokenError;
use scim_edge::provisioning::group::{Claim, GroupRefusal};
use scim_edge::provisioning::user::UserRefusal;
use scim_edge::scim::attribute::Resolution;
use scim_edge::scim::{AttributePath, ScimError, schema};
use serde_json::Value;

use crate::markdown::{Page, entries, file, read, spans};
use crate::{examples, source};

const INDEX: &str = "docs/idp/README.md";

/// The sections of a page, and whether they have a table.
const SECTIONS: [(&str, bool); 9] = [
    ("What you need", false),
    ("Steps", true),
    ("Mapping", true),
    ("The test", true),
    ("The first user", false),
    ("Groups", false),
    ("What goes wrong", true),
    ("What is sent", false),
    ("Sources", false),
];

/// The identity providers, by the folders of conversations with them.
fn providers() -> Vec<String> {
    let folders = entries("tests/idp").into_iter().filter(|name| file(name).is_dir());
    folders.map(|name| name.replace("tests/idp/", "")).collect()
}

fn page(provider: &str) -> Page {
    Page::read(&format!("docs/idp/{provider}.md"))
}

/// The shell lines of a page, as one text.
fn shell(page: &Page) -> String {
    let fences = page.fences();
    let blocks = fences.iter().filter(|fence| fence.language == "sh");
    let lines = blocks.flat_map(|fence| fence.lines.iter().map(|(_, line)| format!("{line}\n")));
    lines.collect()
}

/// The conversations with an identity provider.
fn conversations(provider: &str) -> Vec<Value> {
    let files = entries(&format!("tests/idp/{provider}"));
    files.iter().map(|name| serde_json::from_str(&read(name)).unwrap()).collect()
}

#[test]
fn what_an_identity_provider_sends_gets_the_answer_written_beside_it() {
    for provider in providers() {
        examples::run_after(&[INDEX], &format!("docs/idp/{provider}.md"));
    }
}

#[test]
fn every_identity_provider_has_its_page_and_its_row() {
    let providers = providers();
    assert!(providers.len() >= 8, "{providers:?}");
    let pages = entries("docs/idp").into_iter().filter(|name| name != INDEX);
    let named: Vec<String> =
        pages.map(|name| name.replace("docs/idp/", "").replace(".md", "")).collect();
    assert_eq!(named, providers);

    let mut linked: Vec<String> = Vec::new();
    for row in Page::read(INDEX).rows("Which one") {
        assert_eq!(row.len(), 6, "{row:?}");
        let target = row[0].split("](").nth(1).and_then(|rest| rest.strip_suffix(".md)"));
        linked.push(target.unwrap_or_else(|| panic!("{:?} is no link to a page", row[0])).into());
    }
    linked.sort();
    assert_eq!(linked, providers);
}

#[test]
fn every_page_has_the_same_sections_in_the_same_order() {
    for provider in providers() {
        let page = page(&provider);
        let headings: Vec<&str> =
            page.prose().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(headings, SECTIONS.map(|(title, _)| title), "{provider}");
        for (title, has_table) in SECTIONS {
            let section = page.section(title);
            let text = section.join("\n");
            assert!(text.trim().len() > 80, "{provider}: {title:?} says nothing");
            let table = section.iter().any(|line| line.trim_start().starts_with("|---"));
            assert!(table || !has_table, "{provider}: {title:?} has no table");
        }
        let needed = page.section("What you need").join("\n");
        assert!(
            needed.contains("](README.md#the-two-values)"),
            "{provider}: where from, the two values?"
        );
        let sources = page.section("Sources").join("\n");
        assert!(sources.contains("Checked in November 2026"), "{provider}: checked when?");
        assert!(sources.contains("](https://"), "{provider}: no source is linked");
    }
}

#[test]
fn links_within_the_pages_lead_to_headings_that_exist() {
    let pages = entries("docs/idp");
    for name in &pages {
        let text: String = Page::read(name).prose().collect::<Vec<_>>().join("\n");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let Some((path, anchor)) = target.split_once('#').filter(|_| !target.contains("://"))
            else {
                continue;
            };
            let folder = Path::new(name).parent().unwrap();
            let there = if path.is_empty() { name.into() } else { folder.join(path) };
            let there = Page::read(there.to_str().unwrap());
            assert!(
                there.prose().any(|line| slug(line).as_deref() == Some(anchor)),
                "{name}: {target} leads to no heading"
            );
        }
    }
}

/// What a heading is called in a link.
fn slug(line: &str) -> Option<String> {
    let heading = line.strip_prefix('#')?.trim_start_matches('#').strip_prefix(' ')?;
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-');
    Some(kept.collect::<String>().to_lowercase().replace(' ', "-"))
}

#[test]
fn the_attributes_of_the_mapping_tables_are_in_the_schema() {
    for provider in providers() {
        let mut named = BTreeSet::new();
        for row in page(&provider).rows("Mapping") {
            assert_eq!(row.len(), 3, "{provider}: {row:?}");
            for attribute in spans(&row[1]) {
                let path: AttributePath = attribute.parse().unwrap();
                let known = !matches!(path.resolve(schema::user()), Resolution::Unknown);
                assert!(known, "{provider}: no schema has {attribute}");
                named.insert(path.name().unwrap().to_owned());
            }
        }
        for needed in ["userName", "emails", "name", "active"] {
            assert!(named.contains(needed), "{provider}: nothing is mapped to {needed}");
        }
    }
}

#[test]
fn templates_to_be_pasted_are_json() {
    for provider in providers() {
        let page = page(&provider);
        for fence in page.fences().iter().filter(|fence| fence.language == "json") {
            let text: String = fence.lines.iter().map(|(_, line)| *line).collect();
            serde_json::from_str::<Value>(&text).unwrap_or_else(|e| panic!("{provider}: {e}"));
        }
    }
}

#[test]
fn a_page_sends_the_headers_that_the_identity_provider_sends() {
    for provider in providers() {
        let sent = shell(&page(&provider)).to_lowercase();
        for conversation in conversations(&provider) {
            for (name, value) in conversation["headers"].as_object().unwrap() {
                let value = value.as_str().unwrap().to_lowercase();
                // An empty field is written with a semicolon for curl; the token is another one.
                let header = match value.as_str() {
                    "" => format!("{name};"),
                    value if value.starts_with("bearer") => continue,
                    value => format!("{name}: {value}"),
                };
                assert!(sent.contains(&header), "{provider}: does not send {header:?}");
            }
        }
    }
}

#[test]
fn a_page_sends_requests_that_the_identity_provider_sends() {
    for provider in providers() {
        let mut known = BTreeSet::new();
        for conversation in conversations(&provider) {
            for step in conversation["steps"].as_array().unwrap() {
                let (request, text) =
                    (&step["request"], |value: &Value| value.as_str().unwrap().to_owned());
                known.insert(format!(
                    "{} {}",
                    text(&request["method"]),
                    shape(&text(&request["path"]))
                ));
            }
        }
        let shell = shell(&page(&provider));
        let curls = shell.split('\n').filter(|line| line.starts_with("curl "));
        let mut requests = 0;
        for curl in curls {
            let method =
                curl.split(" -X ").nth(1).map_or("GET", |rest| rest.split(' ').next().unwrap());
            let path = curl.split("\"$SCIM_URL").nth(1).and_then(|rest| rest.split('"').next());
            let request = format!("{method} {}", shape(path.unwrap()));
            assert!(known.contains(&request), "{provider}: never says {request}: {known:?}");
            requests += 1;
        }
        assert!(requests >= 5, "{provider}: {requests} requests");
    }
}

/// A path without its query, with `<id>` for what is filled in.
fn shape(path: &str) -> String {
    let path = path.split('?').next().unwrap();
    let segments = path.split('/').map(|segment| match segment {
        filled if filled.starts_with("{{") || filled.starts_with('$') => "<id>",
        segment => segment,
    });
    segments.collect::<Vec<_>>().join("/")
}

#[test]
fn the_refusals_that_are_explained_are_those_of_the_code() {
    let rows = Page::read(INDEX).rows("What a refusal says");
    let told: BTreeSet<String> =
        rows.iter().map(|row| format!("{} {}", row[0], spans(&row[1]).concat())).collect();
    assert_eq!(told.len(), rows.len(), "a refusal is listed twice");
    let refusals = [
        UserRefusal::UserNameTaken,
        UserRefusal::ExternalIdTaken,
        UserRefusal::EmailTaken,
        UserRefusal::EmailOfAnotherAccount,
        UserRefusal::EmailOutsideDomains,
        UserRefusal::EmailNotOurs,
        UserRefusal::Owner,
    ];
    let id = || "<id>".into();
    let of_groups = [
        GroupRefusal::DisplayNameTaken,
        GroupRefusal::ExternalIdTaken,
        GroupRefusal::Loop(id()),
        GroupRefusal::OtherKind(Box::new(Claim { id: "<id>".into(), claimed: "<type>".into() })),
        GroupRefusal::UnusableId(id()),
        GroupRefusal::LongDisplay(id()),
        GroupRefusal::TooManyGroups(id()),
        GroupRefusal::TooManyMembers,
        GroupRefusal::NestedTooFar,
    ];
    // Where nobody has to do anything: the client will read again.
    let unexplained = ["NotFound", "VersionMismatch", "NobodyPicked"];
    let of = |path, name| {
        source::variants(path, name).difference(&unexplained.map(str::to_owned).into()).count()
    };
    assert_eq!(of("src/provisioning/user.rs", "UserRefusal"), refusals.len());
    assert_eq!(of("src/provisioning/group.rs", "GroupRefusal"), of_groups.len());

    let said = |error: ScimError| format!("{} {}", error.kind().status().as_u16(), error.detail());
    let mut known: BTreeSet<String> = refusals.iter().map(|refusal| said(refusal.into())).collect();
    known.extend(of_groups.iter().map(|refusal| said(refusal.into())));
    known.extend([TokenError::Form, TokenError::Checksum].map(|error| format!("401 {error}")));
    known.extend(source::unauthenticated_details().into_iter().map(|text| format!("401 {text}")));
    assert_eq!(told, known);
}
