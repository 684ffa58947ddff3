//! What the suite is played to.

use super::component::InSpin;
use super::filter::InEnvoy;
use super::native::Native;

/// Where every host says it is.
pub(crate) const PUBLIC_URL: &str = "https://edge.example";

/// A request, whatever the host makes of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The address of whom the host has verified.
    pub(crate) identity: Option<String>,
}

impl Request {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        Self { method: method.to_owned(), target: target.to_owned(), ..Self::default() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn body(mut self, media_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = bytes.into();
        self.header("content-type", media_type)
    }

    pub(crate) fn signed_in(mut self, email: &str) -> Self {
        self.identity = Some(email.to_owned());
        self
    }
}

/// What became of it.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Answered {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// It goes on to the service behind, with these fields of those that the gate alone may write.
    Forwarded(Vec<(String, String)>),
}

/// A service with nothing in it, on a host. Its clock shows another millisecond at each request.
pub(crate) trait Runner {
    fn name(&self) -> &'static str;

    fn ask(&mut self, request: &Request) -> Answer;
}

/// All hosts, each with a new service. The first is what the others are compared with.
pub(crate) fn all() -> Vec<Box<dyn Runner>> {
    vec![
        Box::new(Native::new()),
        Box::new(InEnvoy::on_shared_data()),
        Box::new(InEnvoy::on_etcd()),
        Box::new(InSpin::on_key_value()),
    ]
}
