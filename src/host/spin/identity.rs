//! Who somebody is: whom a JWT names that one of the configured keys signed. Nothing else that a client sends says it.

use super::Spin;
use crate::authn::jwt::Verifier;
use crate::authn::{Identity, bearer_credential, cookie_credential};
use crate::config::SignIn;
use crate::host::Clock as _;
use crate::http::{Request, header};

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

    /// The `authorization` field's, or without one the cookie's. That browsers send cookies along with what other sites
    /// make them send is for the management API to refuse, which looks at where a request came from.
    fn token<'r>(&self, head: &'r Request) -> Option<&'r str> {
        if head.headers.contains(header::AUTHORIZATION) {
            return bearer_credential(head);
        }
        cookie_credential(head, self.cookie.as_deref()?)
    }
}
