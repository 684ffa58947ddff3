//! How a request goes on to the service behind the gate, and its answer back. Bodies are handed on as they are, part by
//! part, by the host.

use spin_sdk::wasip3::http::client;
use spin_sdk::wasip3::http::types::{
    ErrorCode, Request as WasiRequest, RequestOptions, Response as WasiResponse, Scheme,
};
use spin_sdk::wasip3::wit_future;

use super::{Spin, request};
use crate::config::Origin;
use crate::forward::{end_to_end, request_fields};
use crate::gate::Pass;
use crate::host::{Level, Log as _};
use crate::http::{Fields, Request};
use crate::manage::{Problem, ProblemKind};

/// How long it may take until the service behind is reached, in nanoseconds.
const CONNECT_NS: u64 = 5_000_000_000;

/// How long it may take until the service behind begins to answer, in nanoseconds.
const ANSWER_NS: u64 = 60_000_000_000;

/// Sends `request`, whose head is `head`, to `origin`.
pub(super) async fn forward(
    request: WasiRequest,
    head: &Request,
    origin: Option<&Origin>,
    pass: Option<&Pass>,
) -> WasiResponse {
    let Some(origin) = origin else {
        return request::answer(Problem::not_found("path").to_response());
    };
    let Ok(outgoing) = readdress(request, head, origin, pass) else {
        return failed(&ErrorCode::HttpRequestUriInvalid);
    };
    match client::send(outgoing).await {
        Ok(response) => hand_back(response),
        Err(error) => failed(&error),
    }
}

/// The same request, for `origin`.
fn readdress(
    request: WasiRequest,
    head: &Request,
    origin: &Origin,
    pass: Option<&Pass>,
) -> Result<WasiRequest, ()> {
    let (method, target) = (request.get_method(), request.get_path_with_query());
    let host = request.get_authority();
    let fields = request_fields(&head.headers, host.as_deref(), pass);
    let (taken, outcome) = wit_future::new(|| Ok(()));
    drop(taken);
    let (body, trailers) = WasiRequest::consume_body(request, outcome);
    let options = RequestOptions::new();
    // A host that has no such limits has its own.
    let _ = options.set_connect_timeout(Some(CONNECT_NS));
    let _ = options.set_first_byte_timeout(Some(ANSWER_NS));
    let fields = request::fields(&fields);
    let (outgoing, _sent) = WasiRequest::new(fields, Some(body), trailers, Some(options));
    outgoing.set_method(&method)?;
    outgoing.set_scheme(Some(if origin.tls { &Scheme::Https } else { &Scheme::Http }))?;
    outgoing.set_authority(Some(&origin.authority))?;
    outgoing.set_path_with_query(target.as_deref())?;
    Ok(outgoing)
}

/// The service's answer, for our client.
fn hand_back(response: WasiResponse) -> WasiResponse {
    let status = response.get_status_code();
    let fields = response.get_headers().copy_all();
    let mut headers = Fields::new();
    for (name, value) in fields {
        // One that is none of HTTP's is left out.
        let _ = headers.append(&name, &value);
    }
    let (taken, outcome) = wit_future::new(|| Ok(()));
    drop(taken);
    let (body, trailers) = WasiResponse::consume_body(response, outcome);
    let fields = request::fields(&end_to_end(headers));
    let (answer, _sent) = WasiResponse::new(fields, Some(body), trailers);
    let _ = answer.set_status_code(status);
    answer
}

/// What a client is told of a service that could not be asked. The log is told the rest.
fn failed(error: &ErrorCode) -> WasiResponse {
    Spin.log(Level::Error, &format!("the service behind the gate: {error}"));
    let problem = match error {
        ErrorCode::DnsTimeout
        | ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::HttpResponseTimeout => {
            Problem::new(ProblemKind::GatewayTimeout, "the service behind takes too long")
        }
        _ => Problem::new(ProblemKind::BadGateway, "the service behind cannot be reached"),
    };
    request::answer(problem.to_response())
}
