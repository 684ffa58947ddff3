//! What the management API and the gate answer when something is wrong: problem documents (RFC 9457).

use http::{Method, StatusCode};
use thiserror::Error;

use crate::http::{Response, header};
use crate::json::typed::object;
use crate::provisioning::connection::ConnectionRefusal;
use crate::provisioning::membership::MembershipRefusal;
use crate::provisioning::team::TeamRefusal;
use crate::provisioning::transfer::{ExportRefusal, ImportRefusal};
use crate::router::allow;

/// What is wrong, as programs tell it apart: the `code` member of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its code")]
pub enum ProblemKind {
    BadPath,
    InvalidBody,
    InvalidQuery,
    NoForwardedUri,
    Unauthenticated,
    NotOwner,
    NotPlatform,
    NotMember,
    ClosedPath,
    CrossOrigin,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    SsoRequired,
    ScimEnabled,
    ScimDisabled,
    Deprovisioned,
    LastOwner,
    OwnerRequired,
    BodyTooLarge,
    UnsupportedMediaType,
    InvalidImport,
    TeamExists,
    TeamChanged,
    ImportSuperseded,
    UploadTooFast,
    Importing,
    Internal,
    Unavailable,
    BadGateway,
    GatewayTimeout,
}

impl ProblemKind {
    /// The status and the code.
    fn wire(self) -> (StatusCode, &'static str) {
        match self {
            Self::BadPath => (StatusCode::BAD_REQUEST, "bad_path"),
            Self::InvalidBody => (StatusCode::BAD_REQUEST, "invalid_body"),
            Self::InvalidQuery => (StatusCode::BAD_REQUEST, "invalid_query"),
            Self::NoForwardedUri => (StatusCode::BAD_REQUEST, "no_forwarded_uri"),
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated"),
            Self::NotOwner => (StatusCode::FORBIDDEN, "not_owner"),
            Self::NotPlatform => (StatusCode::FORBIDDEN, "not_platform"),
            Self::NotMember => (StatusCode::FORBIDDEN, "not_member"),
            Self::ClosedPath => (StatusCode::FORBIDDEN, "closed_path"),
            Self::CrossOrigin => (StatusCode::FORBIDDEN, "cross_origin"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::NotAcceptable => (StatusCode::NOT_ACCEPTABLE, "not_acceptable"),
            Self::SsoRequired => (StatusCode::CONFLICT, "sso_required"),
            Self::ScimEnabled => (StatusCode::CONFLICT, "scim_enabled"),
            Self::ScimDisabled => (StatusCode::NOT_FOUND, "scim_disabled"),
            Self::Deprovisioned => (StatusCode::CONFLICT, "deprovisioned"),
            Self::LastOwner => (StatusCode::CONFLICT, "last_owner"),
            Self::OwnerRequired => (StatusCode::BAD_REQUEST, "owner_required"),
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            Self::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type")
            }
            Self::InvalidImport => (StatusCode::BAD_REQUEST, "invalid_import"),
            Self::TeamExists => (StatusCode::CONFLICT, "team_exists"),
            Self::TeamChanged => (StatusCode::CONFLICT, "team_changed"),
            Self::ImportSuperseded => (StatusCode::CONFLICT, "import_superseded"),
            Self::UploadTooFast => (StatusCode::TOO_MANY_REQUESTS, "upload_too_fast"),
            Self::Importing => (StatusCode::SERVICE_UNAVAILABLE, "importing"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::BadGateway => (StatusCode::BAD_GATEWAY, "bad_gateway"),
            Self::GatewayTimeout => (StatusCode::GATEWAY_TIMEOUT, "gateway_timeout"),
        }
    }
}

/// The reason phrase of one of these statuses (RFC 9110 §15). Not as `http` has it, which brings those of all 60 along.
fn title(status: StatusCode) -> Option<&'static str> {
    Some(match status {
        StatusCode::BAD_REQUEST => "Bad Request",
        StatusCode::UNAUTHORIZED => "Unauthorized",
        StatusCode::FORBIDDEN => "Forbidden",
        StatusCode::NOT_FOUND => "Not Found",
        StatusCode::METHOD_NOT_ALLOWED => "Method Not Allowed",
        StatusCode::NOT_ACCEPTABLE => "Not Acceptable",
        StatusCode::CONFLICT => "Conflict",
        StatusCode::PAYLOAD_TOO_LARGE => "Payload Too Large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "Unsupported Media Type",
        StatusCode::TOO_MANY_REQUESTS => "Too Many Requests",
        StatusCode::INTERNAL_SERVER_ERROR => "Internal Server Error",
        StatusCode::BAD_GATEWAY => "Bad Gateway",
        StatusCode::SERVICE_UNAVAILABLE => "Service Unavailable",
        StatusCode::GATEWAY_TIMEOUT => "Gateway Timeout",
        _ => return None,
    })
}

/// A problem as the client is told it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{}", .0.detail)]
// A pointer, as `ScimError`.
pub struct Problem(Box<Told>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    kind: ProblemKind,
    detail: String,
    allow: Option<String>,
}

impl Problem {
    /// A problem of `kind` that says `detail`.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self(Box::new(Told { kind, detail: detail.into(), allow: None }))
    }

    /// The method is none of `methods`.
    pub fn method_not_allowed(methods: &[Method]) -> Self {
        let allow = allow(methods);
        let detail = format!("this path takes {allow}");
        let kind = ProblemKind::MethodNotAllowed;
        Self(Box::new(Told { kind, detail, allow: Some(allow) }))
    }

    /// Nothing is there.
    pub fn not_found(what: &str) -> Self {
        Self::new(ProblemKind::NotFound, format!("there is no such {what}"))
    }

    /// What it is.
    pub fn kind(&self) -> ProblemKind {
        self.0.kind
    }

    /// The answer.
    pub fn to_response(&self) -> Response {
        let (status, code) = self.0.kind.wire();
        let document = object!({
            "title": title(status),
            "status": status.as_u16(),
            "code": code,
            "detail": self.0.detail,
        });
        let mut response = Response::json(status, "application/problem+json", &document);
        if let Some(allow) = &self.0.allow {
            response = response.with(header::ALLOW, allow);
        }
        match self.0.kind {
            ProblemKind::Unauthenticated => response.with(header::WWW_AUTHENTICATE, "Bearer"),
            ProblemKind::Unavailable | ProblemKind::Importing => {
                response.with(header::RETRY_AFTER, "1")
            }
            _ => response,
        }
    }
}

impl From<ExportRefusal> for Problem {
    fn from(refusal: ExportRefusal) -> Self {
        let kind = match refusal {
            ExportRefusal::NoTeam => ProblemKind::NotFound,
            ExportRefusal::Changed => ProblemKind::TeamChanged,
            ExportRefusal::UnknownCursor => ProblemKind::InvalidQuery,
        };
        Self::new(kind, refusal.to_string())
    }
}

impl From<ImportRefusal> for Problem {
    fn from(refusal: ImportRefusal) -> Self {
        let kind = match refusal {
            ImportRefusal::Exists => ProblemKind::TeamExists,
            ImportRefusal::Importing => ProblemKind::Importing,
            ImportRefusal::Superseded => ProblemKind::ImportSuperseded,
            ImportRefusal::Line { .. } => ProblemKind::InvalidImport,
        };
        Self::new(kind, refusal.to_string())
    }
}

impl From<TeamRefusal> for Problem {
    fn from(refusal: TeamRefusal) -> Self {
        let kind = match refusal {
            TeamRefusal::NoOwner => ProblemKind::OwnerRequired,
        };
        Self::new(kind, refusal.to_string())
    }
}

impl From<MembershipRefusal> for Problem {
    fn from(refusal: MembershipRefusal) -> Self {
        let kind = match refusal {
            MembershipRefusal::Deprovisioned => ProblemKind::Deprovisioned,
            MembershipRefusal::LastOwner => ProblemKind::LastOwner,
            MembershipRefusal::NotAMember => ProblemKind::NotFound,
        };
        Self::new(kind, refusal.to_string())
    }
}

impl From<ConnectionRefusal> for Problem {
    fn from(refusal: ConnectionRefusal) -> Self {
        let kind = match refusal {
            ConnectionRefusal::NoSso => ProblemKind::SsoRequired,
            ConnectionRefusal::Enabled => ProblemKind::ScimEnabled,
            ConnectionRefusal::Disabled => ProblemKind::ScimDisabled,
            ConnectionRefusal::NoTeam => ProblemKind::NotFound,
        };
        Self::new(kind, refusal.to_string())
    }
}

#[cfg(test)]
mod tests;
