use std::cell::RefCell;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use http::{Request, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use scim_edge::store::etcd::Post;
use scim_edge::store::etcd::gateway::ANSWER_MAX;
use tokio::net::TcpStream;

/// A way to an etcd's JSON gateway, without TLS: a connection for each of the requests under way. To be used within one
/// runtime of tokio.
#[derive(Debug)]
pub struct Http {
    address: SocketAddr,
    idle: RefCell<Vec<SendRequest<Full<Bytes>>>>,
}

impl Http {
    /// To the etcd at `address`, which is not called yet.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, idle: RefCell::default() }
    }

    async fn connection(&self) -> Result<SendRequest<Full<Bytes>>> {
        while let Some(idle) = self.next_idle() {
            if idle.is_ready() {
                return Ok(idle);
            }
        }
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }

    fn next_idle(&self) -> Option<SendRequest<Full<Bytes>>> {
        self.idle.borrow_mut().pop()
    }

    async fn exchange(
        &self,
        path: &str,
        authorization: Option<&str>,
        body: Vec<u8>,
    ) -> Result<(u16, Vec<u8>)> {
        let mut request = Request::post(path)
            .header(header::HOST, self.address.to_string())
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let mut connection = self.connection().await.context("no connection")?;
        connection.ready().await?;
        let answer = connection.send_request(request.body(Full::from(body))?).await?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), ANSWER_MAX).collect().await;
        let body = body.map_err(|error| anyhow!("{error}"))?.to_bytes();
        self.idle.borrow_mut().push(connection);
        Ok((status, body.into()))
    }
}

impl Post for Http {
    async fn post(
        &self,
        path: &str,
        authorization: Option<&str>,
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<(u16, Vec<u8>), String> {
        match tokio::time::timeout(timeout, self.exchange(path, authorization, body)).await {
            Ok(answer) => answer.map_err(|error| format!("{error:#}")),
            Err(_) => Err("no answer in time".to_owned()),
        }
    }
}
