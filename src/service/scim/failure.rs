//! Why a SCIM request did nothing, and what is answered then (RFC 7644 §3.12).

use http::Method;
use thiserror::Error;

use super::MEDIA_TYPE;
use crate::authn::TokenError;
use crate::http::{BODY_MAX, Response, header};
use crate::provisioning::OperationError;
use crate::provisioning::group::GroupRefusal;
use crate::provisioning::user::UserRefusal;
use crate::router::allow;
use crate::scim::{ScimError, ScimErrorKind};
use crate::service::explain;
use crate::store::{StoreError, StoreErrorKind};

/// Why a SCIM request did nothing.
#[derive(Debug, Error)]
pub(in crate::service) enum Failure {
    /// No token, or none that is good for this endpoint.
    #[error("unauthenticated")]
    Unauthenticated(Unauthenticated),
    /// The team's records are being written by an import.
    #[error("the team is being imported")]
    Importing,
    /// The endpoint takes other methods.
    #[error("method not allowed")]
    Method(&'static [Method]),
    /// Something in the request is wrong.
    #[error(transparent)]
    Wire(#[from] ScimError),
    /// A rule says no to a write of a user.
    #[error(transparent)]
    Rule(#[from] UserRefusal),
    /// A rule says no to a write of a group.
    #[error(transparent)]
    Group(#[from] GroupRefusal),
}

/// What is wrong with a credential (RFC 6750 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::service) enum Unauthenticated {
    Missing,
    Malformed(TokenError),
    Wrong,
}

impl Failure {
    pub(in crate::service) fn to_response(&self) -> Response {
        match self {
            Self::Unauthenticated(why) => why.to_response(),
            Self::Importing => {
                let detail = "the team is being imported, try again in a moment";
                let error = ScimError::new(ScimErrorKind::Unavailable, detail);
                error_response(&error).with(header::RETRY_AFTER, "1")
            }
            Self::Method(methods) => {
                let allow = allow(methods);
                let detail = format!("this path takes {allow}");
                let error = ScimError::new(ScimErrorKind::MethodNotAllowed, detail);
                error_response(&error).with(header::ALLOW, &allow)
            }
            Self::Wire(error) => error_response(error),
            Self::Rule(refusal) => error_response(&ScimError::from(refusal)),
            Self::Group(refusal) => error_response(&ScimError::from(refusal)),
        }
    }
}

impl Unauthenticated {
    /// What it is called where it is remembered.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed(_) => "malformed",
            Self::Wrong => "wrong",
        }
    }

    fn to_response(self) -> Response {
        let (challenge, detail) = match self {
            Self::Missing => (
                "Bearer realm=\"scim\"",
                "send the SCIM token as \"authorization: Bearer …\"".to_owned(),
            ),
            Self::Malformed(error) => {
                ("Bearer realm=\"scim\", error=\"invalid_token\"", error.to_string())
            }
            Self::Wrong => (
                "Bearer realm=\"scim\", error=\"invalid_token\"",
                "the token is not valid for this endpoint".to_owned(),
            ),
        };
        let error = ScimError::new(ScimErrorKind::Unauthorized, detail);
        error_response(&error).with(header::WWW_AUTHENTICATE, challenge)
    }
}

impl From<&UserRefusal> for ScimError {
    fn from(refusal: &UserRefusal) -> Self {
        let kind = match refusal {
            UserRefusal::NotFound => ScimErrorKind::NotFound,
            UserRefusal::UserNameTaken
            | UserRefusal::ExternalIdTaken
            | UserRefusal::EmailTaken
            | UserRefusal::EmailOfAnotherAccount => ScimErrorKind::Uniqueness,
            UserRefusal::EmailOutsideDomains | UserRefusal::EmailNotOurs | UserRefusal::Owner => {
                ScimErrorKind::Forbidden
            }
            UserRefusal::VersionMismatch => ScimErrorKind::PreconditionFailed,
        };
        Self::new(kind, refusal.to_string())
    }
}

impl From<&GroupRefusal> for ScimError {
    fn from(refusal: &GroupRefusal) -> Self {
        let kind = match refusal {
            GroupRefusal::NotFound => ScimErrorKind::NotFound,
            GroupRefusal::DisplayNameTaken | GroupRefusal::ExternalIdTaken => {
                ScimErrorKind::Uniqueness
            }
            GroupRefusal::UnusableId(_)
            | GroupRefusal::LongDisplay(_)
            | GroupRefusal::OtherKind(_)
            | GroupRefusal::Loop(_)
            | GroupRefusal::NestedTooFar
            | GroupRefusal::TooManyMembers
            | GroupRefusal::TooManyGroups(_) => ScimErrorKind::InvalidValue,
            GroupRefusal::NobodyPicked => ScimErrorKind::NoTarget,
            GroupRefusal::VersionMismatch => ScimErrorKind::PreconditionFailed,
        };
        Self::new(kind, refusal.to_string())
    }
}

/// What a client is told of a store's error.
pub(super) fn store_error(error: &StoreError) -> ScimError {
    let kind = match error.kind() {
        StoreErrorKind::Corrupt(_) => ScimErrorKind::Internal,
        StoreErrorKind::TooLarge(_) => ScimErrorKind::PayloadTooLarge,
        StoreErrorKind::Lacking
        | StoreErrorKind::Conflict
        | StoreErrorKind::Unavailable(_)
        | StoreErrorKind::Unknown(_) => ScimErrorKind::Unavailable,
    };
    ScimError::new(kind, explain(error))
}

/// The answer to a body over [`BODY_MAX`].
pub(in crate::service) fn large_body() -> Response {
    error_response(&large_body_error())
}

/// The answer to a path that could be read in two ways.
pub(in crate::service) fn ambiguous_path() -> Response {
    error_response(&ScimError::new(
        ScimErrorKind::NotFound,
        "the path has dot segments, an encoded slash or bytes that are no text",
    ))
}

/// The answer of a host that cannot serve.
pub(in crate::service) fn unserved(detail: &str) -> Response {
    error_response(&ScimError::new(ScimErrorKind::Unavailable, detail))
        .with(header::RETRY_AFTER, "1")
}

/// The answer to a body that ends before its end.
pub(in crate::service) fn broken_body(detail: &str) -> Response {
    error_response(&ScimError::new(ScimErrorKind::InvalidSyntax, detail))
}

pub(super) fn large_body_error() -> ScimError {
    ScimError::new(
        ScimErrorKind::PayloadTooLarge,
        format!("a body can have {BODY_MAX} bytes at the most"),
    )
}

pub(super) fn error_response(error: &ScimError) -> Response {
    Response::json(error.kind().status(), MEDIA_TYPE, &error.to_json())
}

pub(super) fn refused(failure: impl Into<Failure>) -> OperationError<Failure> {
    OperationError::Refused(failure.into())
}
