//! The conversations of `tests/idp`, each in a team of its own.

use http::{HeaderName, HeaderValue, Response, StatusCode};

use super::conversation;
use super::player::{self, Endpoint, owner};
use super::runner::{Answer, Request};
use super::transcript::Recorder;
use super::walks::{enable, make_team};

/// The endpoint of a conversation's team.
struct Recorded<'a, 'r> {
    recorder: &'a mut Recorder<'r>,
    case: String,
    url: String,
    token: String,
}

pub(crate) fn play(recorder: &mut Recorder<'_>) {
    let mut folders: Vec<_> = std::fs::read_dir(conversation::folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    for folder in folders {
        for conversation in conversation::of(folder.file_name().unwrap().to_str().unwrap()) {
            let team = &conversation.team;
            let owner = owner(team);
            make_team(recorder, team, &owner);
            let (url, token) = enable(recorder, team, &owner);
            let case = team.clone();
            player::play(&conversation, &mut Recorded { recorder, case, url, token });
        }
    }
}

impl Endpoint for Recorded<'_, '_> {
    fn url(&self) -> &str {
        &self.url
    }

    fn token(&self) -> &str {
        &self.token
    }

    fn answer(&mut self, request: http::Request<Vec<u8>>) -> Response<Vec<u8>> {
        let (head, body) = request.into_parts();
        let field = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.as_str().to_owned(), value.to_str().unwrap().to_owned())
        };
        let request = Request {
            method: head.method.to_string(),
            target: head.uri.to_string(),
            headers: head.headers.iter().map(field).collect(),
            body,
            identity: None,
        };
        let case = format!("{}: {} {}", self.case, request.method, request.target);
        let Answer::Answered { status, headers, body } = self.recorder.ask(&case, &request) else {
            panic!("{case} was forwarded");
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            response.headers_mut().append(name, HeaderValue::from_str(&value).unwrap());
        }
        response
    }
}
