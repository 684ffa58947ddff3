//! The Spin app: WASI 0.3 HTTP. Thin: it reads a request, lets the [`Service`] decide, and carries the decision out.
//!
//! One instance serves many requests, up to 16 of them at once, and has one [`Service`] for all of them. Spin makes
//! another instance when it likes, and ends one that has nothing to do.
//!
//! | module | decides |
//! |---|---|
//! | `settings` | what the variables say; an app cannot refuse to start, so it refuses to serve |
//! | `request`, `body` | how a request is read, and its answer written |
//! | `bucket` | how Spin's key-value store is asked, and for how long |
//! | `gateway` | how etcd is asked |
//! | `choice` | which store there is |
//! | `identity` | who somebody is |
//! | `forward` | how a request goes on to the service behind |
//! | `deadline` | when an answer is no longer waited for |

mod body;
mod bucket;
mod choice;
mod deadline;
mod forward;
mod gateway;
mod identity;
mod request;
mod settings;

use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use spin_sdk::wasip3;
use spin_sdk::wit_bindgen::spawn;
use wasip3::http::types::{ErrorCode, Request as WasiRequest, Response as WasiResponse};

use self::body::Incoming;
use self::choice::ChosenStore;
use self::identity::People;
use self::settings::Edge;
use super::{Clock, Entropy, Host, Level, Log, Timestamp, wasi};
use crate::config::{Origin, SpinConfig};
use crate::http::{BODY_MAX, Response};
use crate::json::to_text;
use crate::json::typed::object;
use crate::service::{self, Outcome, Service};

/// How long a pause takes.
const PAUSE: Duration = Duration::from_millis(2);

/// What an instance has for all its requests.
struct Instance {
    service: Service<ChosenStore, Spin>,
    people: Option<People>,
    origin: Option<Origin>,
}

impl Instance {
    fn new(config: SpinConfig) -> Self {
        Self {
            service: Service::new(config.edge, choice::open(&config.store), Spin),
            people: config.sign_in.as_ref().map(People::new),
            origin: config.origin,
        }
    }

    async fn serve(&self, request: WasiRequest) -> WasiResponse {
        let mut head = request::read_head(&request);
        let needs = self.service.needs(&head.path);
        if needs.identity {
            head.identity = self.people.as_ref().and_then(|people| people.identify(&head));
        }
        if needs.upload {
            let body = Incoming::of(request);
            return request::answer(self.service.import(&head, body).await);
        }
        if !needs.body {
            return match self.service.handle(&head).await {
                Outcome::Answer(response) => request::answer(response),
                Outcome::Forward(pass) => {
                    let origin = self.origin.as_ref();
                    forward::forward(request, &head, origin, pass.as_ref()).await
                }
            };
        }
        let mut body = Incoming::of(request);
        match body.first().await {
            Ok(None) => {}
            Ok(Some(first)) => {
                if let Some(refusal) = self.service.refuse_early(&head).await {
                    return request::answer(refusal);
                }
                match body.collect(first, BODY_MAX).await {
                    Ok(Some(whole)) => head.body = whole,
                    Ok(None) => {
                        return request::answer(self.service.refuse_large_body(&head.path));
                    }
                    Err(_) => return request::answer(service::refuse_broken_body(&head.path)),
                }
            }
            Err(_) => return request::answer(service::refuse_broken_body(&head.path)),
        }
        match self.service.handle(&head).await {
            Outcome::Answer(response) => request::answer(response),
            // Nothing whose body is read is let through.
            Outcome::Forward(_) => request::answer(service::refuse_all(&head.path, UNSERVED)),
        }
    }
}

/// What a client is told by an app that cannot serve.
const UNSERVED: &str = "this edge is not set up; its log says why";

struct App;

wasip3::http::service::export!(App);

impl wasip3::exports::http::handler::Guest for App {
    async fn handle(request: WasiRequest) -> Result<WasiResponse, ErrorCode> {
        Ok(match settings::edge().await {
            Edge::Ready(instance) => {
                let response = instance.serve(request).await;
                spawn(go_on(instance));
                response
            }
            Edge::Refusing(reason) => {
                Spin.log(Level::Error, &reason);
                request::answer(refuse(&request))
            }
        })
    }
}

fn refuse(request: &WasiRequest) -> Response {
    service::refuse_all(&request::read_head(request).path, UNSERVED)
}

/// Does what a request has left to be done, when its answer is there.
async fn go_on(instance: Rc<Instance>) {
    instance.service.go_on().await;
}

/// Spin as a host.
#[derive(Clone, Copy, Debug)]
pub struct Spin;

impl Clock for Spin {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
    }

    fn uptime(&self) -> Duration {
        wasi::uptime()
    }
}

impl Entropy for Spin {
    fn fill(&self, bytes: &mut [u8]) {
        wasi::fill(bytes);
    }
}

impl Log for Spin {
    /// One JSON object per line, to where Spin keeps the component's stderr.
    fn log(&self, level: Level, line: &str) {
        let level = match level {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        };
        eprintln!("{}", to_text(&object!({ "level": level, "message": line })));
    }
}

impl Host for Spin {
    async fn pause(&self) {
        deadline::sleep(PAUSE).await;
    }
}
