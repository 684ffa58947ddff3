//! A blocking HTTP client on one connection, for tests, for the preload and for measuring.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use http::{HeaderMap, Method, Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Frame};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

type Body = BoxBody<Bytes, Infallible>;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

enum Connection {
    Http1(http1::SendRequest<Body>),
    Http2(http2::SendRequest<Body>),
}

/// One connection, kept alive over any number of requests. After an error it is of no more use: connect again.
pub struct Client {
    // Before the runtime, so that it goes first.
    connection: Connection,
    runtime: Runtime,
    authority: String,
}

impl Client {
    /// Connects with HTTP/1.1.
    pub fn connect(address: SocketAddr) -> Result<Self> {
        let (runtime, io) = dial(address)?;
        let (sender, connection) = runtime.block_on(http1::handshake(io))?;
        runtime.spawn(connection);
        Ok(Self { connection: Connection::Http1(sender), runtime, authority: address.to_string() })
    }

    /// Connects with HTTP/2, with prior knowledge.
    pub fn connect_http2(address: SocketAddr) -> Result<Self> {
        let (runtime, io) = dial(address)?;
        let (sender, connection) = runtime.block_on(http2::handshake(TokioExecutor::new(), io))?;
        runtime.spawn(connection);
        Ok(Self { connection: Connection::Http2(sender), runtime, authority: address.to_string() })
    }

    /// GET.
    pub fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Result<Response<Bytes>> {
        self.send(Method::GET, path, headers, Bytes::new())
    }

    /// Any method, with a body (none if it is empty).
    pub fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Response<Bytes>> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.request(request.body(body.into())?)
    }

    /// Sends a request that is made already. `host` is filled in where it is missing.
    pub fn request(&mut self, request: Request<Bytes>) -> Result<Response<Bytes>> {
        self.exchange(request.map(|body| Full::new(body).boxed()))
    }

    /// Sends a body in chunks, without `content-length`, and then trailers, if any.
    pub fn send_chunked(
        &mut self,
        head: Request<()>,
        chunks: Vec<Bytes>,
        trailers: Option<HeaderMap>,
    ) -> Result<Response<Bytes>> {
        let frames = chunks.into_iter().map(Frame::data).chain(trailers.map(Frame::trailers));
        let body = Frames(frames.collect());
        self.exchange(head.map(|()| body.boxed()))
    }

    fn exchange(&mut self, mut request: Request<Body>) -> Result<Response<Bytes>> {
        let name = format!("{} {}", request.method(), request.uri().path());
        match &self.connection {
            Connection::Http1(_) => {
                if !request.headers().contains_key(http::header::HOST) {
                    request.headers_mut().insert(http::header::HOST, self.authority.parse()?);
                }
            }
            Connection::Http2(_) => {
                let mut parts = request.uri().clone().into_parts();
                parts.scheme = Some(http::uri::Scheme::HTTP);
                parts.authority = Some(self.authority.parse()?);
                *request.uri_mut() = http::Uri::from_parts(parts)?;
            }
        }
        let connection = &mut self.connection;
        let answer = async {
            let response = match connection {
                Connection::Http1(sender) => {
                    sender.ready().await?;
                    sender.send_request(request).await?
                }
                Connection::Http2(sender) => {
                    sender.ready().await?;
                    sender.send_request(request).await?
                }
            };
            let (head, body) = response.into_parts();
            Ok::<_, hyper::Error>(Response::from_parts(head, body.collect().await?.to_bytes()))
        };
        self.runtime
            .block_on(async { tokio::time::timeout(PATIENCE, answer).await })
            .map_err(|_| anyhow!("{name}: no answer within {} s", PATIENCE.as_secs()))?
            .with_context(|| format!("{name}: no answer"))
    }
}

fn dial(address: SocketAddr) -> Result<(Runtime, TokioIo<TcpStream>)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let stream = runtime
        .block_on(TcpStream::connect(address))
        .with_context(|| format!("nothing answers at {address}"))?;
    stream.set_nodelay(true)?;
    Ok((runtime, TokioIo::new(stream)))
}

/// A body of frames that are there already, of no length known beforehand.
struct Frames(VecDeque<Frame<Bytes>>);

impl hyper::body::Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }
}
