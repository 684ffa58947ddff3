//! Who somebody is: whom a JWT names that one of the configured keys signed. Nothing else that a client sends says it.

use http::header;

use super::Spin;
use crate::authn::jwt::Verifier;
use crate::authn::{Identity, bearer_credential, cookie_credential};
use crate::config::SignIn;
use crate::host::Clock as _;
use crate::http::Request;

/// Knows people by their tokens.
pub(super) struct People {
    verifier: Verifier,
    email_claim: String,
    cookie: Option<String>,
}

impl People {
    pub(super) fn new(sign_in: &SignIn) -> Self {
        Self {
            verifier: Verifier::new(sign_in.tokens.clone()),
            email_claim: sign_in.email_claim.clone(),
            cookie: sign_in.cookie.clone(),
        }
    }

    /// Who sends the request with this `head`. A token that is not good is nobody's.
    pub(super) fn identify(&self, head: &Request) -> Option<Identity> {
        let token = self.token(head)?;
        self.verifier.identify(token, &self.email_claim, Spin.now()).ok()
    }

    /// The `authorization` field's, or without one the cookie's. Browsers send cookies along with what other sites make
    /// them send, so a cookie changes nothing at our own API.
    fn token<'r>(&self, head: &'r Request) -> Option<&'r str> {
        if head.headers.contains_key(header::AUTHORIZATION) {
            return bearer_credential(head);
        }
        let cookie = self.cookie.as_deref()?;
        let changes_ours = head.path.starts_with("/v1/") && !head.method.is_safe();
        if changes_ours { None } else { cookie_credential(head, cookie) }
    }
}
