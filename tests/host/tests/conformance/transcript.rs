//! What was asked and answered, with names in place of what no two runs have in common.

use std::collections::BTreeMap;
use std::io::Write as _;

use super::runner::{Answer, Request, Runner};

/// Header fields that hosts add by themselves, and why they are not compared.
const ADDED_BY_HOSTS: [(&str, &str); 4] = [
    (
        "content-length",
        "how long the body is, which Envoy and the component write and the core leaves to them",
    ),
    ("date", "when the host has answered"),
    ("server", "Envoy's name"),
    ("connection", "between the host and the client alone"),
];

/// A runner that takes down what it is asked and what it answers.
pub(crate) struct Recorder<'r> {
    runner: &'r mut dyn Runner,
    names: Names,
    records: Vec<Record>,
}

/// What was asked, for whoever reads it, and the answer.
#[derive(Debug)]
struct Record {
    case: String,
    text: String,
}

impl Recorder<'_> {
    pub(crate) fn ask(&mut self, case: &str, request: &Request) -> Answer {
        let answer = self.runner.ask(request);
        let mut text = match &answer {
            Answer::Answered { status, headers, body } => {
                let body = String::from_utf8_lossy(body);
                format!("{status}\n{}\n{body}", lines(headers))
            }
            Answer::Forwarded(fields) => format!("forwarded\n{}", lines(fields)),
        };
        text = self.names.fill_in(&text);
        self.records.push(Record { case: case.to_owned(), text });
        answer
    }
}

fn lines(headers: &[(String, String)]) -> String {
    let is_added = |name: &str| ADDED_BY_HOSTS.iter().any(|(added, _)| *added == name);
    let kept = headers.iter().filter(|(name, _)| !is_added(name));
    let mut lines: Vec<String> = kept.map(|(name, value)| format!("{name}: {value}\n")).collect();
    lines.sort();
    lines.concat()
}

/// Plays a suite to all runners, and panics with the first answer that is not the first runner's.
pub(crate) fn compare(
    suite: &str,
    runners: &mut [Box<dyn Runner>],
    play: impl Fn(&mut Recorder<'_>),
) {
    let mut first: Option<(&str, Vec<Record>)> = None;
    for runner in runners {
        let name = runner.name();
        let mut recorder =
            Recorder { runner: &mut **runner, names: Names::default(), records: Vec::new() };
        play(&mut recorder);
        let records = recorder.records;
        let Some((whose, expected)) = &first else {
            first = Some((name, records));
            continue;
        };
        for (expected, found) in expected.iter().zip(&records) {
            assert!(
                expected.text == found.text,
                "{suite}: {}\n\n{whose}:\n{}\n\n{name}:\n{}",
                found.case,
                expected.text,
                found.text
            );
        }
        assert_eq!(expected.len(), records.len(), "{suite}: {name} was asked another number");
    }
    let (_, records) = first.unwrap();
    // To the real standard error: what a test prints is shown only where it fails.
    writeln!(std::io::stderr(), "{suite}: {} answers are the same everywhere", records.len())
        .unwrap();
}

/// What was seen of each kind, in the order in which it came up.
#[derive(Debug, Default)]
struct Names(BTreeMap<String, String>, BTreeMap<&'static str, usize>);

/// A kind of text that no two runs have in common: its name, and how long one is that a text begins with.
type Kind = (&'static str, fn(&str) -> Option<usize>);

const KINDS: [Kind; 9] = [
    ("id", uuid),
    ("time", time),
    ("instant", instant),
    ("token", token),
    ("digest", digest),
    ("endpoint", endpoint),
    ("endpoint", bare_endpoint),
    ("checksum", checksum),
    ("cursor", cursor),
];

impl Names {
    /// The text with names in it.
    fn fill_in(&mut self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        let mut before = ' ';
        while let Some(next) = rest.chars().next() {
            let found = KINDS.iter().find_map(|(kind, length)| Some((*kind, length(rest)?)));
            match found.filter(|_| next == '.' || !before.is_ascii_alphanumeric()) {
                Some((kind, length)) => {
                    let (value, behind) = rest.split_at(length);
                    filled.push_str(&self.name(kind, value));
                    before = '>';
                    rest = behind;
                }
                None => {
                    filled.push(next);
                    before = next;
                    rest = rest.split_at(next.len_utf8()).1;
                }
            }
        }
        filled
    }

    fn name(&mut self, kind: &'static str, value: &str) -> String {
        let Self(names, counts) = self;
        let new = || {
            let count = counts.entry(kind).or_default();
            *count += 1;
            format!("<{kind} {count}>")
        };
        names.entry(value.to_owned()).or_insert_with(new).clone()
    }
}

/// Whether `text` begins with the pattern, in which `x` is a hexadecimal digit and `9` a decimal one.
fn begins_with(text: &str, pattern: &str) -> Option<usize> {
    let mut bytes = text.bytes();
    let all = pattern.bytes().all(|wanted| match (wanted, bytes.next()) {
        (b'x', Some(found)) => found.is_ascii_hexdigit(),
        (b'9', Some(found)) => found.is_ascii_digit(),
        (wanted, found) => found == Some(wanted),
    });
    all.then_some(pattern.len())
}

fn uuid(text: &str) -> Option<usize> {
    begins_with(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")
}

/// One of the host's clock, whose years are these: others were sent by a client.
fn time(text: &str) -> Option<usize> {
    begins_with(text, "2026-99-99T99:99:99.999Z")
        .or_else(|| begins_with(text, "2027-99-99T99:99:99.999Z"))
}

fn token(text: &str) -> Option<usize> {
    let random = text.strip_prefix("scim_")?;
    let length = random.bytes().take_while(u8::is_ascii_alphanumeric).count();
    (length == 49).then_some(5 + length)
}

/// The random part of an endpoint id.
fn endpoint(text: &str) -> Option<usize> {
    let random = text.strip_prefix('.')?;
    let is_base32 = |byte: &u8| matches!(byte, b'a'..=b'z' | b'2'..=b'7');
    let length = random.bytes().take_while(is_base32).count();
    (length == 24).then_some(1 + length)
}

/// Milliseconds since 1970, as the team's file has them.
fn instant(text: &str) -> Option<usize> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    (length == 13 && text.starts_with("17")).then_some(length)
}

/// A SHA-256: of a token, or of a file with one in it.
fn digest(text: &str) -> Option<usize> {
    let length = text.bytes().take_while(u8::is_ascii_hexdigit).count();
    (length == 64).then_some(length)
}

/// An endpoint id without the team.
fn bare_endpoint(text: &str) -> Option<usize> {
    quoted(text, "\"endpoint\":\"").filter(|length| *length == 37)
}

/// What an entity tag has of the ids of somebody's groups.
fn checksum(text: &str) -> Option<usize> {
    let length = begins_with(text, ".xxxxxxxx")?;
    let behind = text.get(length..)?;
    (behind.starts_with('"') || behind.starts_with("\\\"")).then_some(length)
}

/// A cursor has ids in it.
fn cursor(text: &str) -> Option<usize> {
    quoted(text, "\"nextCursor\":\"")
}

/// How long the beginning of a text is that is a field of JSON with a text.
fn quoted(text: &str, field: &str) -> Option<usize> {
    let value = text.strip_prefix(field)?;
    Some(field.len() + value.find('"')? + 1)
}

#[test]
fn what_is_seen_again_has_the_same_name() {
    let text = "a.aaaaaaaaaaaaaaaaaaaaaaaa/01970000-0000-7000-8000-000000000000 at 2026-09-21T14:13:20.000Z, \
                01970000-0000-7000-8000-000000000001, 01970000-0000-7000-8000-000000000000";
    let mut names = Names::default();
    assert_eq!(names.fill_in(text), "a<endpoint 1>/<id 1> at <time 1>, <id 2>, <id 1>");
    let others = "a.example.com at 1999-09-21T14:13:20.000Z";
    assert_eq!(names.fill_in(others), others);
}

#[test]
#[should_panic(expected = "the second:\n200")]
fn a_host_that_answers_otherwise_is_found() {
    struct Fixed(&'static str, &'static str);

    impl Runner for Fixed {
        fn name(&self) -> &'static str {
            self.0
        }

        fn ask(&mut self, _request: &Request) -> Answer {
            Answer::Answered { status: 200, headers: Vec::new(), body: self.1.into() }
        }
    }

    let mut runners: Vec<Box<dyn Runner>> =
        vec![Box::new(Fixed("the first", "a")), Box::new(Fixed("the second", "b"))];
    compare("two", &mut runners, |recorder| {
        recorder.ask("once", &Request::new("GET", "/"));
    });
}
