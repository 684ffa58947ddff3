//! Reads a request's head from Spin, and writes an answer.

use http::{Method, StatusCode};
use spin_sdk::wasip3::http::types::{
    Fields as WasiFields, Method as WasiMethod, Request as WasiRequest, Response as WasiResponse,
};
use spin_sdk::wasip3::{wit_future, wit_stream};
use spin_sdk::wit_bindgen::spawn;

use crate::http::{Fields, Request, Response, header};

/// The head of `request`, without identity and body.
pub(super) fn read_head(request: &WasiRequest) -> Request {
    let mut headers = Fields::new();
    let mut unclear = false;
    for (name, value) in request.get_headers().copy_all() {
        unclear |= headers.append(&name, &value).is_err();
    }
    // A head that cannot be looked at whole must not get by: an empty path names nothing.
    let target = if unclear { None } else { request.get_path_with_query() };
    let mut head = Request::new(method(request.get_method()), &target.unwrap_or_default());
    head.headers = headers;
    head
}

fn method(method: WasiMethod) -> Method {
    match method {
        WasiMethod::Get => Method::GET,
        WasiMethod::Head => Method::HEAD,
        WasiMethod::Post => Method::POST,
        WasiMethod::Put => Method::PUT,
        WasiMethod::Delete => Method::DELETE,
        WasiMethod::Connect => Method::CONNECT,
        WasiMethod::Options => Method::OPTIONS,
        WasiMethod::Trace => Method::TRACE,
        WasiMethod::Patch => Method::PATCH,
        WasiMethod::Other(name) => Method::from_bytes(name.as_bytes()).unwrap_or_default(),
    }
}

/// `response` on its way.
pub(super) fn answer(response: Response) -> WasiResponse {
    let Response { status, headers, body } = response;
    let fields = fields(&headers);
    let bare = status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED;
    if !bare {
        let _ = fields.set(header::CONTENT_LENGTH, &[body.len().to_string().into_bytes()]);
    }
    let (trailers, no_trailers) = wit_future::new(|| Ok(None));
    drop(trailers);
    let contents = (!body.is_empty() && !bare).then(|| {
        let (mut writer, reader) = wit_stream::new();
        spawn(async move {
            // A client that has hung up reads no more of it.
            let _unread = writer.write_all(body).await;
        });
        reader
    });
    let (response, _sent) = WasiResponse::new(fields, contents, no_trailers);
    let _ = response.set_status_code(status.as_u16());
    response
}

/// `headers` as fields. One that the host does not take is left out.
pub(super) fn fields(headers: &Fields) -> WasiFields {
    let fields = WasiFields::new();
    for (name, value) in headers.iter() {
        let _ = fields.append(name, value);
    }
    fields
}
