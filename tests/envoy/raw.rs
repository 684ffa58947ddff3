//! HTTP/1.1 by the byte, for what no well-behaved client sends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::answer::Answer;

pub(crate) struct Raw {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Raw {
    pub(crate) fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let reader = BufReader::new(stream.try_clone().unwrap());
        Self { stream, reader }
    }

    /// Sends a head (lines without their ends) and the empty line.
    pub(crate) fn head(&mut self, lines: &[&[u8]]) -> &mut Self {
        let mut head = lines.join(&b"\r\n"[..]);
        head.extend(b"\r\n\r\n");
        self.write(&head)
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> &mut Self {
        self.stream.write_all(bytes).unwrap();
        self
    }

    /// One chunk of a chunked body; the last one is empty.
    pub(crate) fn chunk(&mut self, bytes: &[u8]) -> &mut Self {
        self.write(format!("{:x}\r\n", bytes.len()).as_bytes()).write(bytes).write(b"\r\n")
    }

    /// Sends `bytes` beside reading: the other side may answer, and close, before it has read them.
    pub(crate) fn write_on(&mut self, bytes: Vec<u8>) -> &mut Self {
        let mut stream = self.stream.try_clone().unwrap();
        std::thread::spawn(move || stream.write_all(&bytes));
        self
    }

    /// Hangs up.
    pub(crate) fn hang_up(self) {
        self.stream.shutdown(Shutdown::Both).unwrap();
    }

    /// Hangs up, and waits until the other side has heard of it.
    pub(crate) fn hang_up_and_wait(mut self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
        // What is still sent, or that the connection was reset, says the same.
        let _ = self.reader.read_to_end(&mut Vec::new());
    }

    /// The next answer that is final.
    pub(crate) fn read(&mut self) -> Answer {
        loop {
            let (status, headers) = self.read_head();
            if status >= 200 {
                let body = self.read_body(&headers);
                return Answer { status, headers, body };
            }
        }
    }

    fn read_head(&mut self) -> (u16, HeaderMap) {
        let line = self.read_line();
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status line: {line:?}"));
        let mut headers = HeaderMap::new();
        loop {
            let line = self.read_line();
            if line.is_empty() {
                return (status, headers);
            }
            let (name, value) = line.split_once(':').unwrap();
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name, HeaderValue::from_str(value.trim()).unwrap());
        }
    }

    fn read_line(&mut self) -> String {
        let mut line = String::new();
        self.reader.read_line(&mut line).expect("an answer");
        line.trim_end().to_owned()
    }

    fn read_body(&mut self, headers: &HeaderMap) -> Vec<u8> {
        let mut body = Vec::new();
        match headers.get("content-length") {
            Some(length) => {
                body.resize(length.to_str().unwrap().parse().unwrap(), 0);
                self.reader.read_exact(&mut body).unwrap();
            }
            None if headers.contains_key("transfer-encoding") => self.read_chunks(&mut body),
            None => {}
        }
        body
    }

    fn read_chunks(&mut self, body: &mut Vec<u8>) {
        loop {
            let length = usize::from_str_radix(&self.read_line(), 16).unwrap();
            let mut chunk = vec![0; length];
            self.reader.read_exact(&mut chunk).unwrap();
            body.extend(chunk);
            self.read_line();
            if length == 0 {
                return;
            }
        }
    }
}
