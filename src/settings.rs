//! The settings page of a team: files that are the same for everybody. What is shown in them comes from the management
//! API, asked by the page as the person who is signed in.
//!
//! The page may load nothing from elsewhere and run nothing that is not in these files (Content Security Policy 3).

use http::{HeaderName, Method, StatusCode, header};

use crate::config::SettingsConfig;
use crate::http::Response;
use crate::manage::Problem;
use crate::router::SettingsEndpoint;

/// What it answers to.
const METHODS: [Method; 2] = [Method::GET, Method::HEAD];

/// A file of the page.
struct File {
    name: &'static str,
    media_type: &'static str,
    text: &'static str,
}

/// The page itself. `{version}` stands for [`VERSION`].
const SHELL: &str = include_str!("settings/index.html");

macro_rules! files {
    ($($name:literal as $media_type:literal),* $(,)?) => {
        &[$(File {
            name: $name,
            media_type: $media_type,
            text: include_str!(concat!("settings/", $name)),
        }),*]
    };
}

const FILES: &[File] = files![
    "activity.js" as "text/javascript",
    "api.js" as "text/javascript",
    "app.js" as "text/javascript",
    "chart.js" as "text/javascript",
    "dom.js" as "text/javascript",
    "events.js" as "text/javascript",
    "icon.svg" as "image/svg+xml",
    "idps.js" as "text/javascript",
    "mode.js" as "text/javascript",
    "scim.js" as "text/javascript",
    "setup.js" as "text/javascript",
    "style.css" as "text/css",
    "texts.js" as "text/javascript",
    "time.js" as "text/javascript",
    "trial.js" as "text/javascript",
];

/// Tells these files from those of other versions: FNV-1a of all of them. So a browser may keep them for ever.
const VERSION: u64 = {
    let mut hash = hashed(0xcbf2_9ce4_8422_2325, SHELL.as_bytes());
    let mut rest = FILES;
    while let Some((file, others)) = rest.split_first() {
        hash = hashed(hash, file.text.as_bytes());
        rest = others;
    }
    hash
};

const fn hashed(mut hash: u64, mut bytes: &[u8]) -> u64 {
    while let Some((byte, rest)) = bytes.split_first() {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0000_0100_0000_01b3);
        bytes = rest;
    }
    hash
}

/// Answers a request for the page or one of its files.
pub(crate) fn respond(
    config: &SettingsConfig,
    endpoint: Option<&SettingsEndpoint>,
    method: &Method,
) -> Response {
    let answer = match endpoint {
        Some(_) if !METHODS.contains(method) => Problem::method_not_allowed(&METHODS).to_response(),
        Some(SettingsEndpoint::Page(_)) => page(),
        Some(SettingsEndpoint::File { version, name }) => {
            match FILES.iter().find(|f| f.name == name) {
                Some(file) => show(file, *version == version_text()),
                None => Problem::not_found("path").to_response(),
            }
        }
        None => Problem::not_found("path").to_response(),
    };
    protect(answer, config)
}

fn version_text() -> String {
    format!("{VERSION:016x}")
}

fn page() -> Response {
    let text = SHELL.replace("{version}", &version_text());
    Response::empty(StatusCode::OK)
        .with(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .with(header::CACHE_CONTROL, "no-store")
        .with_body(text.into_bytes())
}

/// A file. While nodes are being updated a page may ask for the files of another version: better the wrong one than none,
/// but not for long.
fn show(file: &File, is_this_version: bool) -> Response {
    let caching = if is_this_version { "public, max-age=31536000, immutable" } else { "no-store" };
    Response::empty(StatusCode::OK)
        .with(header::CONTENT_TYPE, &format!("{}; charset=utf-8", file.media_type))
        .with(header::CACHE_CONTROL, caching)
        .with_body(file.text.as_bytes().to_vec())
}

/// Adds what browsers have to know to protect the page, errors included.
fn protect(response: Response, config: &SettingsConfig) -> Response {
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
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
