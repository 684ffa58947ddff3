//! SCIM errors and the status each is answered with (RFC 7644 §3.12).

use http::StatusCode;
use serde_json::Value;
use thiserror::Error;

use crate::json::JsonError;
use crate::json::typed::object;

/// Schema of an error body.
pub const ERROR_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// What went wrong, as SCIM tells it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScimErrorKind {
    /// 400 `invalidFilter`
    InvalidFilter,
    /// 400 `tooMany`
    TooMany,
    /// 409 `uniqueness`
    Uniqueness,
    /// 400 `mutability`
    Mutability,
    /// 400 `invalidSyntax`
    InvalidSyntax,
    /// 400 `invalidPath`
    InvalidPath,
    /// 400 `noTarget`
    NoTarget,
    /// 400 `invalidValue`
    InvalidValue,
    /// 400 `invalidVers`
    InvalidVers,
    /// 400 `sensitive`
    Sensitive,
    /// 400 `invalidCursor` (RFC 9865 §2.1)
    InvalidCursor,
    /// 400 `expiredCursor` (RFC 9865 §2.1)
    ExpiredCursor,
    /// 400 `invalidCount` (RFC 9865 §2.1)
    InvalidCount,
    /// 401
    Unauthorized,
    /// 403
    Forbidden,
    /// 404
    NotFound,
    /// 405
    MethodNotAllowed,
    /// 409 without keyword
    Conflict,
    /// 412
    PreconditionFailed,
    /// 413
    PayloadTooLarge,
    /// 415
    UnsupportedMediaType,
    /// 500
    Internal,
    /// 501
    NotImplemented,
    /// 503
    Unavailable,
}

impl ScimErrorKind {
    /// The status of the answer.
    pub fn status(self) -> StatusCode {
        match self {
            Self::InvalidFilter
            | Self::TooMany
            | Self::Mutability
            | Self::InvalidSyntax
            | Self::InvalidPath
            | Self::NoTarget
            | Self::InvalidValue
            | Self::InvalidVers
            | Self::Sensitive
            | Self::InvalidCursor
            | Self::ExpiredCursor
            | Self::InvalidCount => StatusCode::BAD_REQUEST,
            Self::Uniqueness | Self::Conflict => StatusCode::CONFLICT,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotImplemented => StatusCode::NOT_IMPLEMENTED,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The `scimType` keyword, where an RFC has one for it (RFC 7644 table 9, RFC 9865 §2.1).
    pub fn scim_type(self) -> Option<&'static str> {
        Some(match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
            _ => return None,
        })
    }
}

/// An error as the client is told it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{}", .0.detail)]
// A pointer: what fails hands it on through many functions, each of which would else copy all of it.
pub struct ScimError(Box<Told>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    kind: ScimErrorKind,
    detail: String,
}

impl From<JsonError> for ScimError {
    fn from(error: JsonError) -> Self {
        Self::new(ScimErrorKind::InvalidSyntax, error.to_string())
    }
}

impl ScimError {
    /// An error of `kind` that says `detail`.
    pub fn new(kind: ScimErrorKind, detail: impl Into<String>) -> Self {
        Self(Box::new(Told { kind, detail: detail.into() }))
    }

    /// What went wrong.
    pub fn kind(&self) -> ScimErrorKind {
        self.0.kind
    }

    /// In words, for the administrator who reads the identity provider's log.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The error body (RFC 7644 §3.12). `status` is a string there.
    pub fn to_json(&self) -> Value {
        // Not by `StatusCode::as_str`, which has a table of all numbers.
        let mut body = object!({
            "schemas": [ERROR_SCHEMA],
            "status": self.kind().status().as_u16().to_string(),
            "detail": self.detail(),
        });
        if let (Some(scim_type), Some(object)) = (self.kind().scim_type(), body.as_object_mut()) {
            object.insert("scimType".to_owned(), scim_type.into());
        }
        body
    }
}
