//! One request, as Envoy carries it through the filter with `allow_on_headers_stop_iteration`: what the filter pauses at is
//! held back with all that follows, until the filter lets it go on or answers.

use bytes::Bytes;
use serde_json::{Value, json};

/// Header fields in their order, pseudo header fields among them.
pub type Fields = Vec<(String, Vec<u8>)>;

/// Fields that Envoy joins with a comma where they are sent twice.
const JOINED: [&str; 3] = ["authorization", "content-type", "if-match"];

/// A request.
#[derive(Clone, Debug)]
pub struct Ask {
    pub(super) fields: Fields,
    /// The parts in which the body arrives.
    pub(super) body: Vec<Vec<u8>>,
    pub(super) trailers: Option<Fields>,
    /// What `jwt_authn` has left of a verified token.
    pub(super) claims: Option<Value>,
}

impl Ask {
    /// A request for `target` (path and query), without body and identity.
    pub fn new(method: &str, target: &str) -> Self {
        let pseudo = [
            (":method", method),
            (":path", target),
            (":authority", "edge.example"),
            (":scheme", "https"),
        ];
        let field = |(name, value): (&str, &str)| (name.to_owned(), value.as_bytes().to_vec());
        Self {
            fields: pseudo.into_iter().map(field).collect(),
            body: Vec::new(),
            trailers: None,
            claims: None,
        }
    }

    /// With a header field.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let (name, value) = (name.to_ascii_lowercase(), value.as_ref());
        let there = self.fields.iter_mut().find(|(there, _)| *there == name);
        match there {
            Some((_, there)) if JOINED.contains(&name.as_str()) => {
                there.push(b',');
                there.extend(value);
            }
            _ => self.fields.push((name, value.to_vec())),
        }
        self
    }

    /// With a part of the body, behind those that there are.
    #[must_use]
    pub fn part(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body.push(bytes.into());
        self
    }

    /// With trailers, in which the body then ends.
    #[must_use]
    pub fn trailers(mut self, fields: Fields) -> Self {
        self.trailers = Some(fields);
        self
    }

    /// From somebody whom `jwt_authn` has verified.
    #[must_use]
    pub fn signed_in(self, email: &str) -> Self {
        self.claims(json!({ "email": email, "email_verified": true }))
    }

    /// With the claims that `jwt_authn` has verified.
    #[must_use]
    pub fn claims(mut self, claims: Value) -> Self {
        self.claims = Some(claims);
        self
    }

    /// The same for another host, which verifies who somebody is by itself: `token` makes a token of the claims.
    pub fn to_http(
        &self,
        token: impl FnOnce(&Value) -> String,
    ) -> http::Result<http::Request<Bytes>> {
        let pseudo = |name| {
            let value = self.fields.iter().find(|(field, _)| field == name);
            value.map_or(&[][..], |(_, value)| value.as_slice())
        };
        let uri = http::Uri::builder()
            .scheme(pseudo(":scheme"))
            .authority(pseudo(":authority"))
            .path_and_query(pseudo(":path"))
            .build()?;
        let mut request = http::Request::builder().method(pseudo(":method")).uri(uri);
        for (name, value) in self.fields.iter().filter(|(name, _)| !name.starts_with(':')) {
            request = request.header(name, value.as_slice());
        }
        if let Some(claims) = &self.claims {
            request = request.header("authorization", format!("Bearer {}", token(claims)));
        }
        request.body(self.body.concat().into())
    }
}

/// The filter's own answer. Envoy adds `content-length`, `date` and `server`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The header fields as the filter gave them.
    pub headers: Fields,
    /// The body.
    pub body: Vec<u8>,
}

/// What has reached the service behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forwarded {
    /// The header fields.
    pub headers: Fields,
    /// As much of the body as has come through.
    pub body: Vec<u8>,
    /// Whether that is all.
    pub ended: bool,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The filter answered.
    Answered(Answer),
    /// The request goes to the service behind.
    Forwarded(Forwarded),
}

/// What the filter says to what was shown to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Continue,
    Pause,
}

/// A request in the filter.
#[derive(Debug)]
pub(super) struct HttpStream {
    pub(super) fields: Fields,
    pub(super) trailers: Option<Fields>,
    /// What of the body is held back, or is being shown.
    pub(super) held: Vec<u8>,
    ended: bool,
    claims: Option<Value>,
    end: Option<End>,
}

impl HttpStream {
    pub(super) fn new(fields: Fields, claims: Option<Value>, ended: bool) -> Self {
        Self { fields, trailers: None, held: Vec::new(), ended, claims, end: None }
    }

    pub(super) fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    pub(super) fn is_answered(&self) -> bool {
        matches!(self.end, Some(End::Answered(_)))
    }

    /// Takes a part of the body in.
    pub(super) fn arrive(&mut self, bytes: &[u8], ended: bool) {
        self.held.extend(bytes);
        self.ended |= ended;
    }

    pub(super) fn arrive_trailers(&mut self, fields: Fields) {
        self.trailers = Some(fields);
        self.ended = true;
    }

    /// Carries out what the filter has said.
    pub(super) fn act(&mut self, action: Action) {
        if action == Action::Continue {
            self.go_on();
        }
    }

    /// Lets go on whatever is held.
    pub(super) fn go_on(&mut self) {
        let (held, ended) = (std::mem::take(&mut self.held), self.ended);
        match &mut self.end {
            None => {
                let headers = self.fields.clone();
                self.end = Some(End::Forwarded(Forwarded { headers, body: held, ended }));
            }
            Some(End::Forwarded(forwarded)) => {
                forwarded.body.extend(held);
                forwarded.ended = ended;
            }
            Some(End::Answered(_)) => {}
        }
    }

    /// The filter answers. False: it is too late for that.
    pub(super) fn answer(&mut self, answer: Answer) -> bool {
        let free = self.end.is_none();
        if free {
            self.held.clear();
            self.end = Some(End::Answered(answer));
        }
        free
    }

    /// A claim that `jwt_authn` has left under `key`, as a property's bytes.
    pub(super) fn claim(&self, key: &[u8], name: &[u8]) -> Option<Vec<u8>> {
        let name = std::str::from_utf8(name).ok()?;
        let claims = self.claims.as_ref().filter(|_| key == b"jwt_payload")?;
        match claims.get(name)? {
            Value::String(text) => Some(text.clone().into_bytes()),
            Value::Bool(is) => Some(vec![u8::from(*is)]),
            Value::Number(number) => Some(number.as_f64()?.to_le_bytes().to_vec()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }
}
