//! One keep-alive HTTP/1.1 client connection: bytes out, one answer in. Never decides what to ask.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::error::LoadError;

/// A request for `path`, ready to be written as often as needed.
pub fn encode_get(addr: SocketAddr, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\n\r\n").into_bytes()
}

/// A connection that asks, reads the whole answer, and may be asked again.
pub struct HttpConnection {
    addr: SocketAddr,
    /// `None` after the server closed it: the next request opens a new one.
    stream: Option<TcpStream>,
    inbox: Vec<u8>,
}

impl HttpConnection {
    pub fn new(addr: SocketAddr) -> Self {
        Self {
            addr,
            stream: None,
            inbox: Vec::with_capacity(8 * 1024),
        }
    }

    /// Opens the connection when it is not open.
    pub async fn open(&mut self) -> Result<&mut TcpStream, LoadError> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.addr)
                .await
                .map_err(LoadError::Connect)?;
            stream.set_nodelay(true).map_err(LoadError::Connect)?;
            self.stream = Some(stream);
        }
        Ok(self.stream.as_mut().expect("was just filled"))
    }

    /// Sends an encoded request and waits for all of its answer, which must be a 200.
    ///
    /// # Errors
    /// Any; the connection is then opened anew by the next request.
    pub async fn ask(&mut self, request: &[u8]) -> Result<(), LoadError> {
        let outcome = self.exchange(request).await;
        match outcome {
            Ok(Answer { status, closes, .. }) => {
                if closes {
                    self.stream = None;
                }
                match status {
                    200 => Ok(()),
                    got => Err(LoadError::Status { expected: 200, got }),
                }
            }
            Err(error) => {
                self.stream = None;
                Err(error)
            }
        }
    }

    /// As [`HttpConnection::ask`], for the body's text.
    pub async fn text(&mut self, request: &[u8]) -> Result<String, LoadError> {
        self.ask(request).await?;
        let text = String::from_utf8_lossy(&self.inbox);
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        Ok(body.to_owned())
    }

    async fn exchange(&mut self, request: &[u8]) -> Result<Answer, LoadError> {
        let mut inbox = std::mem::take(&mut self.inbox);
        inbox.clear();
        let stream = self.open().await?;
        stream.write_all(request).await.map_err(LoadError::Broken)?;
        let answer = loop {
            if stream
                .read_buf(&mut inbox)
                .await
                .map_err(LoadError::Broken)?
                == 0
            {
                return Err(LoadError::Closed);
            }
            if let Some(answer) = Answer::parse(&inbox)? {
                break answer;
            }
        };
        if answer.length != inbox.len() {
            return Err(LoadError::NotHttp(
                "bytes after the end of the answer".to_owned(),
            ));
        }
        self.inbox = inbox;
        Ok(answer)
    }
}

/// The frame of an answer: everything a load needs to know of it.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    /// Bytes of head and body together.
    pub length: usize,
    /// Whether the server will not take another request on this connection.
    pub closes: bool,
}

impl Answer {
    /// Reads the answer that starts `bytes`; `None` while it is incomplete.
    pub fn parse(bytes: &[u8]) -> Result<Option<Answer>, LoadError> {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut response = httparse::Response::new(&mut headers);
        let head = match response.parse(bytes) {
            Ok(httparse::Status::Complete(head)) => head,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(error) => return Err(LoadError::NotHttp(error.to_string())),
        };
        let header = |name: &str| {
            response
                .headers
                .iter()
                .find(|header| header.name.eq_ignore_ascii_case(name))
                .and_then(|header| std::str::from_utf8(header.value).ok())
        };
        let status = response.code.expect("a complete head has a status");
        let body = if status == 101 {
            Some(0)
        } else if header("transfer-encoding").is_some() {
            chunked_length(&bytes[head..])?
        } else {
            let length = header("content-length")
                .and_then(|value| value.parse().ok())
                .ok_or_else(|| LoadError::NotHttp("no usable length of the body".to_owned()))?;
            (bytes.len() - head >= length).then_some(length)
        };
        Ok(body.map(|body| Answer {
            status,
            length: head + body,
            closes: header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")),
        }))
    }
}

/// Bytes that a chunked body takes on the wire; `None` while it is incomplete.
fn chunked_length(body: &[u8]) -> Result<Option<usize>, LoadError> {
    let mut at = 0;
    loop {
        match httparse::parse_chunk_size(&body[at..]) {
            Ok(httparse::Status::Complete((line, size))) => {
                let size = usize::try_from(size)
                    .map_err(|_| LoadError::NotHttp(format!("a chunk of {size} bytes")))?;
                at += line + size + 2;
                if at > body.len() {
                    return Ok(None);
                }
                if size == 0 {
                    return Ok(Some(at));
                }
            }
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err(LoadError::NotHttp("a malformed chunk".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<Answer> {
        Answer::parse(text.as_bytes()).expect("well-formed")
    }

    #[test]
    fn an_answer_ends_where_its_length_says() {
        let whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        assert_eq!(
            parse(whole),
            Some(Answer {
                status: 200,
                length: whole.len(),
                closes: false
            })
        );
        assert_eq!(parse(&whole[..whole.len() - 1]), None);
        assert_eq!(parse(&whole[..20]), None);
    }

    #[test]
    fn a_chunked_answer_ends_after_the_empty_chunk() {
        let whole = "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
                     5\r\nhello\r\n0\r\n\r\n";
        assert_eq!(
            parse(whole),
            Some(Answer {
                status: 500,
                length: whole.len(),
                closes: true
            })
        );
        for cut in 1..20 {
            assert_eq!(
                parse(&whole[..whole.len() - cut]),
                None,
                "{cut} bytes short"
            );
        }
    }

    #[test]
    fn what_is_not_http_is_an_error() {
        assert!(Answer::parse(b"SSH-2.0-server\r\n\r\n").is_err());
        assert!(Answer::parse(b"HTTP/1.1 200 OK\r\n\r\nno length").is_err());
    }
}
