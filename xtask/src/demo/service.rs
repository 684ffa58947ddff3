use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use anyhow::Result;
use data_encoding::HEXLOWER;
use http::{HeaderMap, Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::runtime::Runtime;

use super::SignInPage;

/// The head of a request that reached the service.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The headers, as Envoy passed them on.
    pub headers: HeaderMap,
}

/// A service behind the edge: answers each request with what it saw of it (the body as its digest), and
/// remembers the heads.
///
/// It runs on a thread of its own and stops when it is dropped.
#[derive(Debug)]
pub struct Service {
    address: SocketAddr,
    seen: Arc<Mutex<Option<Vec<Seen>>>>,
    sign_in: Arc<OnceLock<SignInPage>>,
    _runtime: Runtime,
}

impl Service {
    /// Starts it on a free port of 127.0.0.1, remembering what it sees.
    pub fn start() -> Result<Self> {
        Self::serve(Some(Vec::new()))
    }

    /// Starts it without a memory, for runs that send it any number of requests.
    pub fn start_forgetful() -> Result<Self> {
        Self::serve(None)
    }

    fn serve(memory: Option<Vec<Seen>>) -> Result<Self> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener = runtime.block_on(tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;
        let seen = Arc::new(Mutex::new(memory));
        let memory = Arc::clone(&seen);
        let sign_in = Arc::new(OnceLock::new());
        let page = Arc::clone(&sign_in);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).ok();
                let memory = Arc::clone(&memory);
                let page = Arc::clone(&page);
                let service = service_fn(move |request| {
                    answer(request, Arc::clone(&memory), Arc::clone(&page))
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Ok(Self { address, seen, sign_in, _runtime: runtime })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Has it answer at the page where people sign in. The first page that it is given stays.
    pub fn open_sign_in(&self, page: SignInPage) {
        self.sign_in.get_or_init(|| page);
    }

    /// Takes the heads that it has seen since it was last asked, the oldest first.
    pub fn take_seen(&self) -> Vec<Seen> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.as_mut().map(std::mem::take).unwrap_or_default()
    }
}

async fn answer(
    request: Request<Incoming>,
    memory: Arc<Mutex<Option<Vec<Seen>>>>,
    page: Arc<OnceLock<SignInPage>>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    if let Some(response) = page.get().and_then(|page| page.answer(request.uri())) {
        return Ok(response);
    }
    let (head, body) = request.into_parts();
    let seen =
        Seen { method: head.method.to_string(), path: head.uri.to_string(), headers: head.headers };
    let mut echo = serde_json::Map::new();
    echo.insert("method".to_owned(), json!(seen.method));
    echo.insert("path".to_owned(), json!(seen.path));
    echo.insert("headers".to_owned(), fields(&seen.headers));
    // Remembered before the body is there: whoever asks wants to know whether anything at all came through.
    if let Some(memory) = memory.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        memory.push(seen);
    }
    let body = body.collect().await?;
    if let Some(trailers) = body.trailers() {
        echo.insert("trailers".to_owned(), fields(trailers));
    }
    let body = body.to_bytes();
    if !body.is_empty() {
        let digest = HEXLOWER.encode(&Sha256::digest(&body));
        echo.insert("body".to_owned(), json!({ "bytes": body.len(), "sha256": digest }));
    }
    let echo = Value::Object(echo);
    let mut response = Response::new(Full::new(Bytes::from(format!("{echo}\n"))));
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(response)
}

fn fields(headers: &HeaderMap) -> Value {
    let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), json!(text(value)))).collect()
}
