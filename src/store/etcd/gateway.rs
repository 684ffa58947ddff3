//! etcd by its JSON gateway, for hosts that speak HTTP but no gRPC: the same calls, as `POST /v3/kv/range` and
//! `POST /v3/kv/txn` of etcd 3.4 and newer.
//!
//! | module | decides |
//! |---|---|
//! | `request` | how messages are written as JSON |
//! | `answer` | how answers and refusals are read |
//!
//! Nothing between this and etcd may repeat a request by itself, or follow a redirection.

mod answer;
mod request;

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use self::answer::{Fields, UNAUTHENTICATED};
use super::message::{RangeRequest, RangeResponse, TxnRequest, TxnResponse};
use super::{CallError, Client};

/// The longest answer in bytes that is to be read: a little more than a page of 1,000 records with values as large as
/// the store takes them, in base 64.
pub const ANSWER_MAX: usize = 96 * 1024 * 1024;

const RANGE: &str = "/v3/kv/range";
const TXN: &str = "/v3/kv/txn";
const AUTHENTICATE: &str = "/v3/auth/authenticate";

/// A host's way to etcd by HTTP.
#[expect(async_fn_in_trait, reason = "hosts are single-threaded, no future has to be Send")]
pub trait Post {
    /// Sends `body`, JSON, to `path` by POST, once, with the header field `authorization` where one is given. Gives the
    /// answer's status and body.
    ///
    /// # Errors
    /// What is to be said in the log where no whole answer of up to [`ANSWER_MAX`] bytes came within `timeout`.
    async fn post(
        &self,
        path: &str,
        authorization: Option<&str>,
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<(u16, Vec<u8>), String>;
}

/// A user of etcd with the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// A [`Client`] by JSON.
#[derive(Debug)]
pub struct Gateway<P> {
    post: P,
    timeout: Duration,
    login: Option<Login>,
    /// What etcd takes for the login, until it does not any more.
    token: RefCell<Option<Rc<str>>>,
}

impl<P: Post> Gateway<P> {
    /// A client that waits for each answer for the time `timeout`.
    pub fn new(post: P, timeout: Duration) -> Self {
        Self { post, timeout, login: None, token: RefCell::new(None) }
    }

    /// The same as a user of etcd. To log in takes a call before the first one, and again when etcd no longer takes
    /// what that gave; each of them may take the whole time.
    pub fn with_login(self, login: Login) -> Self {
        Self { login: Some(login), ..self }
    }

    async fn call(
        &self,
        path: &str,
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<Fields, CallError> {
        let Some(login) = &self.login else {
            return self.exchange(path, None, body, timeout).await;
        };
        let known = self.token.borrow().clone();
        let Some(token) = known else {
            let token = self.log_in(login, timeout).await?;
            return self.exchange(path, Some(&token), body, timeout).await;
        };
        match self.exchange(path, Some(&token), body.clone(), timeout).await {
            // Whom etcd does not know has changed nothing, so this is sent again in any case.
            Err(CallError::Refused { code: UNAUTHENTICATED }) => {
                let token = self.log_in(login, timeout).await?;
                self.exchange(path, Some(&token), body, timeout).await
            }
            answer => answer,
        }
    }

    async fn log_in(&self, login: &Login, timeout: Duration) -> Result<Rc<str>, CallError> {
        let body = request::authenticate(login);
        let answer = self.exchange(AUTHENTICATE, None, body, timeout).await;
        let answer = answer.map_err(|error| match error {
            // Whatever it is that etcd does not like, it is about the login, and not about the call.
            CallError::Refused { .. } => CallError::Refused { code: UNAUTHENTICATED },
            lost @ CallError::Lost(_) => lost,
        })?;
        let token: Rc<str> = answer::token(answer).ok_or_else(not_whole)?.into();
        self.token.replace(Some(Rc::clone(&token)));
        Ok(token)
    }

    async fn exchange(
        &self,
        path: &str,
        authorization: Option<&str>,
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<Fields, CallError> {
        let (status, body) =
            self.post.post(path, authorization, body, timeout).await.map_err(CallError::Lost)?;
        answer::read(status, &body)
    }
}

impl<P: Post> Client for Gateway<P> {
    async fn range(&self, request: RangeRequest) -> Result<RangeResponse, CallError> {
        self.range_within(request, self.timeout).await
    }

    async fn range_within(
        &self,
        request: RangeRequest,
        patience: Duration,
    ) -> Result<RangeResponse, CallError> {
        let timeout = self.timeout.min(patience);
        let answer = self.call(RANGE, request::range(&request), timeout).await?;
        answer::range(answer).filter(|answer| answer.header.is_some()).ok_or_else(not_whole)
    }

    async fn txn(&self, request: TxnRequest) -> Result<TxnResponse, CallError> {
        let answer = self.call(TXN, request::txn(&request), self.timeout).await?;
        answer::txn(answer).filter(|answer| answer.header.is_some()).ok_or_else(not_whole)
    }
}

/// An answer that may be cut off, or somebody else's: what it left out must not count as 0.
fn not_whole() -> CallError {
    CallError::Lost("an answer that is not whole".to_owned())
}

#[cfg(test)]
mod tests;
