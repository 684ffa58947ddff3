//! scim-edge in this process: the service on a store in memory, which knows people by their JWTs.

use std::cell::RefCell;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread::JoinHandle;

use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use scim_edge::authn::bearer_credential;
use scim_edge::authn::jwt::{JwtConfig, Verifier};
use scim_edge::config::Config;
use scim_edge::host::{Clock as _, ManualHost};
use scim_edge::service::{Outcome, Service};
use scim_edge::store::memory::{Memory, MemoryTransaction};
use scim_edge::store::{Store, StoreError};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use xtask::demo::{AUDIENCE, ISSUER, SignIn, sha256};

/// The platform's key.
pub(crate) const PLATFORM_KEY: &str = "platform-key";

/// Runs until it is dropped.
pub(crate) struct Edge {
    pub(crate) address: SocketAddr,
    away: Arc<AtomicBool>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Edge {
    /// Starts it for the people of this sign-in.
    pub(crate) fn start(sign_in: &SignIn) -> Self {
        let verifier = JwtConfig::parse(&sign_in.jwks().to_string(), ISSUER, AUDIENCE).unwrap();
        let away = Arc::new(AtomicBool::new(false));
        let switch = Arc::clone(&away);
        let (end, ended) = oneshot::channel();
        let (tell, told) = channel();
        let thread = std::thread::spawn(move || {
            let store = Switched { memory: Memory::new(), away: switch };
            let service = Service::new(config(), store, ManualHost::default());
            let site = Rc::new(Site { service, verifier: Verifier::new(verifier) });
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let local = tokio::task::LocalSet::new();
            local.block_on(&runtime, async move {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                tokio::select! {
                    () = serve(listener, site) => {}
                    _ = ended => {}
                }
            });
        });
        Self { address: told.recv().unwrap(), away, end: Some(end), thread: Some(thread) }
    }

    /// Makes the store answer nobody, or everybody again.
    pub(crate) fn set_store_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// Ends it, with its connections.
    pub(crate) fn stop(&mut self) {
        self.end.take().map(|end| end.send(()));
        self.thread.take().map(JoinHandle::join);
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A store that can go away.
struct Switched {
    memory: Memory,
    away: Arc<AtomicBool>,
}

impl Store for Switched {
    type Transaction<'s> = MemoryTransaction<'s>;

    async fn begin(&self) -> Result<MemoryTransaction<'_>, StoreError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(StoreError::unavailable("gone"));
        }
        self.memory.begin().await
    }
}

struct Site {
    service: Service<Switched, ManualHost>,
    verifier: Verifier,
}

async fn serve(listener: TcpListener, site: Rc<Site>) {
    let connections = RefCell::new(tokio::task::JoinSet::new());
    while let Ok((stream, _)) = listener.accept().await {
        let site = Rc::clone(&site);
        let service = service_fn(move |request| answer(request, Rc::clone(&site)));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        connections.borrow_mut().spawn_local(connection);
    }
}

async fn answer(
    request: Request<Incoming>,
    site: Rc<Site>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let mut request = scim_edge::http::Request::new(head.method, &head.uri.to_string());
    for (name, value) in &head.headers {
        request.headers.append(name.as_str(), value.as_bytes()).unwrap();
    }
    request.body = body.collect().await.map_or_else(|_| Vec::new(), |b| b.to_bytes().to_vec());
    let now = site.service.host().now();
    request.identity = bearer_credential(&request)
        .and_then(|token| site.verifier.identify(token, "email", now).ok());
    let answer = match site.service.handle(&request).await {
        Outcome::Answer(answer) => answer,
        Outcome::Forward(_) => panic!("{}: there is nothing behind this edge", request.path),
    };
    let response = Response::builder().status(answer.status);
    let fields = answer.headers.iter();
    let response = fields.fold(response, |response, (name, value)| response.header(name, value));
    Ok(response.body(Full::new(answer.body.into())).unwrap())
}

fn config() -> Config {
    let config = json!({
        "public_url": "https://edge.example",
        "platform_keys_sha256": [sha256(PLATFORM_KEY)],
        "gate": { "open_prefixes": ["/public/"] },
    });
    Config::from_json(config.to_string().as_bytes()).unwrap()
}
