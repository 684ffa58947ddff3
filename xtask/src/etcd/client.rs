use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use http::{HeaderMap, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Buf as _, Bytes};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use scim_edge::store::etcd::message::{RangeRequest, RangeResponse, TxnRequest, TxnResponse};
use scim_edge::store::etcd::{CallError, Client};
use tokio::net::TcpStream;

/// How long a call may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// A connection to an etcd by gRPC, without TLS. To be used within one runtime of tokio.
#[derive(Clone, Debug)]
pub struct Grpc {
    sender: SendRequest<Full<Bytes>>,
    authority: SocketAddr,
}

impl Grpc {
    /// Connects to the etcd at `authority`.
    pub async fn connect(authority: SocketAddr) -> Result<Self> {
        let connect = async {
            let stream = TcpStream::connect(authority).await?;
            stream.set_nodelay(true)?;
            let io = TokioIo::new(stream);
            anyhow::Ok(http2::handshake(TokioExecutor::new(), io).await?)
        };
        let (sender, connection) =
            connect.await.with_context(|| format!("no etcd answers at {authority}"))?;
        tokio::spawn(connection);
        Ok(Self { sender, authority })
    }

    async fn call<R: Message + Default>(
        &self,
        method: &str,
        message: &impl Message,
    ) -> Result<R, CallError> {
        let call = tokio::time::timeout(DEADLINE, self.exchange(method, message)).await;
        call.unwrap_or_else(|_| Err(CallError::Lost("no answer in time".to_owned())))
    }

    async fn exchange<R: Message + Default>(
        &self,
        method: &str,
        message: &impl Message,
    ) -> Result<R, CallError> {
        let lost = |error: &dyn std::fmt::Display| CallError::Lost(error.to_string());
        let request = Request::post(format!("http://{}/etcdserverpb.KV/{method}", self.authority))
            .header(header::CONTENT_TYPE, "application/grpc")
            .header(header::TE, "trailers")
            .body(Full::new(framed(message)))
            .map_err(|error| lost(&error))?;
        let mut sender = self.sender.clone();
        sender.ready().await.map_err(|error| lost(&error))?;
        let answer = sender.send_request(request).await.map_err(|error| lost(&error))?;
        // A refusal may have its status in the head, and no body.
        refuse_status(answer.headers())?;
        let body = answer.into_body().collect().await.map_err(|error| lost(&error))?;
        if let Some(trailers) = body.trailers() {
            refuse_status(trailers)?;
        }
        unframed(body.to_bytes()).ok_or_else(|| lost(&"an answer that is not whole"))
    }
}

/// A message with gRPC's prefix: not compressed, so long.
fn framed(message: &impl Message) -> Bytes {
    let message = message.encode_to_vec();
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&[0], &length[..], &message].concat().into()
}

fn unframed<R: Message + Default>(mut body: Bytes) -> Option<R> {
    if body.remaining() < 5 || body.get_u8() != 0 {
        return None;
    }
    let length = usize::try_from(body.get_u32()).ok()?;
    (body.remaining() == length).then(|| R::decode(body).ok()).flatten()
}

fn refuse_status(headers: &HeaderMap) -> Result<(), CallError> {
    let Some(status) = headers.get("grpc-status") else { return Ok(()) };
    match status.to_str().ok().and_then(|status| status.parse().ok()) {
        Some(0) => Ok(()),
        Some(code) => Err(CallError::of_status(code)),
        None => Err(CallError::Lost("a status that is no number".to_owned())),
    }
}

impl Client for Grpc {
    async fn range(&self, request: RangeRequest) -> Result<RangeResponse, CallError> {
        self.call("Range", &request).await
    }

    async fn txn(&self, request: TxnRequest) -> Result<TxnResponse, CallError> {
        self.call("Txn", &request).await
    }
}
