//! The settings page of a team: files that are the same for everybody. What is shown in them comes from the management
//! API, asked by the page as the person who is signed in.
//!
//! They are sent compressed (RFC 9110 §8.4.1.3), as `build.rs` makes them.
//!
//! The page may load nothing from elsewhere and run nothing that is not in these files (Content Security Policy 3).

#[cfg(test)]
mod bundle;
mod coding;

use http::{Method, StatusCode};

use crate::config::SettingsConfig;
use crate::http::{Request, Response, header};
use crate::manage::{Problem, ProblemKind};
use crate::router::SettingsEndpoint;

/// What it answers to.
const METHODS: [Method; 2] = [Method::GET, Method::HEAD];

/// A file of the page. It is in the module as browsers take it, compressed with gzip, and in no other way: what
/// undoes that would take a quarter of what is saved.
struct File {
    name: &'static str,
    media_type: &'static str,
    gzip: &'static [u8],
}

macro_rules! file {
    ($name:literal as $media_type:literal) => {
        File {
            name: $name,
            media_type: $media_type,
            gzip: include_bytes!(concat!(env!("OUT_DIR"), "/settings/", $name, ".gz")),
        }
    };
}

macro_rules! files {
    ($($name:literal as $media_type:literal),* $(,)?) => {
        &[$(file!($name as $media_type)),*]
    };
}

/// The page itself.
const PAGE: File = file!("index.html" as "text/html");

const FILES: &[File] = files![
    "app.js" as "text/javascript",
    "icon.svg" as "image/svg+xml",
    "style.css" as "text/css",
];

/// Tells these files from those of other versions. The page has it in the paths of what it loads.
const VERSION: &str = env!("SCIM_EDGE_PAGE_VERSION");

/// Answers a request for the page or one of its files.
pub(crate) fn respond(
    config: &SettingsConfig,
    endpoint: Option<&SettingsEndpoint>,
    request: &Request,
) -> Response {
    let answer = match endpoint {
        Some(_) if !METHODS.contains(&request.method) => {
            Problem::method_not_allowed(&METHODS).to_response()
        }
        Some(SettingsEndpoint::Page(_)) => show(&PAGE, "no-store", request),
        Some(SettingsEndpoint::File { version, name }) => {
            match FILES.iter().find(|f| f.name == name) {
                Some(file) => show(file, caching(version), request),
                None => Problem::not_found("path").to_response(),
            }
        }
        None => Problem::not_found("path").to_response(),
    };
    protect(answer, config)
}

/// How long a file is kept that was asked for as one of this version. While nodes are being updated a page may ask for
/// the files of another version: better the wrong one than none, but not for long.
fn caching(version: &str) -> &'static str {
    if version == VERSION { "public, max-age=31536000, immutable" } else { "no-store" }
}

fn show(file: &File, caching: &str, request: &Request) -> Response {
    let answer = if coding::takes_gzip(&request.headers) {
        Response::empty(StatusCode::OK)
            .with(header::CONTENT_TYPE, &format!("{}; charset=utf-8", file.media_type))
            .with(header::CONTENT_ENCODING, "gzip")
            .with(header::CACHE_CONTROL, caching)
            .with_body(file.gzip.to_vec())
    } else {
        Problem::new(
            ProblemKind::NotAcceptable,
            "the settings page is there with content-encoding: gzip only, which accept-encoding refuses",
        )
        .to_response()
    };
    answer.with(header::VARY, "accept-encoding")
}

/// Adds what browsers have to know to protect the page, errors included.
fn protect(response: Response, config: &SettingsConfig) -> Response {
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
        (header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
        (
            header::PERMISSIONS_POLICY,
            "clipboard-write=(self), camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ];
    let ancestors = match config.frame_ancestors.as_slice() {
        [] => "'none'".to_owned(),
        origins => origins.join(" "),
    };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'none'; base-uri 'none'; frame-ancestors {ancestors}; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    );
    let response = response.with(header::CONTENT_SECURITY_POLICY, &policy);
    fixed.into_iter().fold(response, |response, (name, value)| response.with(name, value))
}

#[cfg(test)]
mod tests;
