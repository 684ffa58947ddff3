//! etcd's JSON gateway, by outbound HTTP.

use std::time::Duration;

use http::Uri;
use spin_sdk::wasip3::http::client;
use spin_sdk::wasip3::http::types::{
    ErrorCode, Fields, Method, Request, RequestOptions, Response, Scheme,
};
use spin_sdk::wasip3::{wit_future, wit_stream};
use spin_sdk::wit_bindgen::{StreamResult, spawn};

use super::deadline::within;
use crate::store::etcd::Post;
use crate::store::etcd::gateway::ANSWER_MAX;

/// How many bytes are read at once at the most.
const PART_BYTES: usize = 64 * 1024;

/// The gateway at one URL.
pub(super) struct Outbound {
    scheme: Scheme,
    authority: String,
}

impl Outbound {
    /// The gateway at `url`, which the configuration has looked at.
    pub(super) fn new(url: &str) -> Self {
        let uri: Uri = url.parse().unwrap_or_default();
        let scheme = if uri.scheme_str() == Some("http") { Scheme::Http } else { Scheme::Https };
        let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
        Self { scheme, authority }
    }

    async fn exchange(
        &self,
        path: &str,
        authorization: Option<&str>,
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<(u16, Vec<u8>), ErrorCode> {
        let request = self.request(path, authorization, body, timeout)?;
        let response = client::send(request).await?;
        let status = response.get_status_code();
        let (taken, outcome) = wit_future::new(|| Ok(()));
        let (mut parts, end) = Response::consume_body(response, outcome);
        let mut whole = Vec::new();
        loop {
            let (result, part) = parts.read(Vec::with_capacity(PART_BYTES)).await;
            whole.extend(part);
            if whole.len() > ANSWER_MAX {
                return Err(ErrorCode::HttpResponseBodySize(None));
            }
            if !matches!(result, StreamResult::Complete(_)) {
                break;
            }
        }
        end.await?;
        drop(taken);
        Ok((status, whole))
    }

    fn request(
        &self,
        path: &str,
        authorization: Option<&str>,
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<Request, ErrorCode> {
        let fields = Fields::new();
        let length = body.len().to_string();
        let named = [
            ("content-type", Some("application/json")),
            ("content-length", Some(length.as_str())),
            ("authorization", authorization),
        ];
        for (name, value) in named {
            if let Some(value) = value {
                let appended = fields.append(name, value.as_bytes());
                appended.map_err(|error| ErrorCode::InternalError(Some(error.to_string())))?;
            }
        }
        let options = RequestOptions::new();
        // A host that has no such limit is waited for no longer all the same.
        let limit = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
        let _ = options.set_connect_timeout(Some(limit));
        let _ = options.set_first_byte_timeout(Some(limit));
        let (trailers, no_trailers) = wit_future::new(|| Ok(None));
        drop(trailers);
        let (mut writer, contents) = wit_stream::new();
        spawn(async move {
            // Whether etcd has read it, its answer says.
            let _unread = writer.write_all(body).await;
        });
        let (request, _sent) = Request::new(fields, Some(contents), no_trailers, Some(options));
        let addressed = request
            .set_method(&Method::Post)
            .and_then(|()| request.set_scheme(Some(&self.scheme)))
            .and_then(|()| request.set_authority(Some(&self.authority)))
            .and_then(|()| request.set_path_with_query(Some(path)));
        addressed.map_err(|()| ErrorCode::HttpRequestUriInvalid)?;
        Ok(request)
    }
}

impl Post for Outbound {
    async fn post(
        &self,
        path: &str,
        authorization: Option<&str>,
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<(u16, Vec<u8>), String> {
        match within(timeout, self.exchange(path, authorization, body, timeout)).await {
            Some(answer) => answer.map_err(|error| error.to_string()),
            None => Err(format!("no answer within {} ms", timeout.as_millis())),
        }
    }
}
