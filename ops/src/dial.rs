//! Opens the connections over which HTTP and WebSockets go out: directly or through a proxy, with TLS when
//! the URL asks for it. Knows nothing of what is said over them.

use std::error::Error;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use ::http::Uri;
use ::http::uri::Scheme;
use deno_tls::rustls::pki_types::ServerName;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::proxy::matcher::Intercept;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, TlsStream};
use tokio_socks::tcp::{Socks4Stream, Socks5Stream};
use tower_service::Service;

use crate::proxy;
use crate::tls::{self, Protocol};

/// The longest head of an answer to `CONNECT`.
const LONGEST_HEAD: usize = 16 << 10;

/// Why there is no connection. The text is for the user.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    #[error("{0}")]
    Connect(String),
    #[error("Not an address to connect to: `{0}`")]
    Address(String),
    #[error("{0}")]
    Tls(String),
    #[error(
        "Could not reach the proxy that `HTTP_PROXY`, `HTTPS_PROXY` or `ALL_PROXY` names ({reason}). Hosts in `NO_PROXY` are asked directly. The proxy: `{proxy}`"
    )]
    Proxy { proxy: String, reason: String },
    #[error("The proxy `{proxy}` did not connect to `{to}`: {reason}")]
    Tunnel {
        proxy: String,
        to: String,
        reason: String,
    },
    #[error("A secure WebSocket cannot go through a proxy that is itself reached by TLS: `{0}`")]
    Nested(String),
}

/// What goes over the connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// Requests, which a proxy may be given one by one.
    Requests,
    /// A WebSocket, which it can only carry.
    WebSocket,
}

/// An open connection.
pub struct Dialled {
    pub link: Link,
    /// Whether HTTP/2 was agreed on.
    pub is_http2: bool,
    /// Set when a proxy is to be told the whole URL of each request.
    pub forwarding: Option<Intercept>,
}

/// A stream of bytes: as it is, in TLS, or in TLS within that of a proxy.
pub enum Link {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Nested(Box<TlsStream<TlsStream<TcpStream>>>),
}

/// Opens a connection to where `uri` (`http:`, `https:`) leads.
///
/// # Errors
/// As [`DialError`] says.
pub async fn open(uri: &Uri, purpose: Use) -> Result<Dialled, DialError> {
    let is_secure = uri.scheme() == Some(&Scheme::HTTPS);
    let intercept = proxy::of(uri).await;
    let Some(intercept) = intercept else {
        let stream = connect(uri).await.map_err(DialError::Connect)?;
        let link = match is_secure {
            true => Link::Tls(Box::new(secure(stream, uri, purpose).await?)),
            false => Link::Plain(stream),
        };
        return Ok(Dialled::new(link));
    };
    let by_socks = intercept
        .uri()
        .scheme_str()
        .is_some_and(|scheme| scheme.starts_with("socks"));
    let mut link = if by_socks {
        Link::Plain(socks(&intercept, uri).await?)
    } else {
        reach(&intercept).await?
    };
    if !by_socks && !is_secure && purpose == Use::Requests {
        return Ok(Dialled {
            forwarding: Some(intercept),
            ..Dialled::new(link)
        });
    }
    if !by_socks {
        tunnel(&mut link, &intercept, uri).await?;
    }
    if is_secure {
        link = match link {
            Link::Plain(stream) => Link::Tls(Box::new(secure(stream, uri, purpose).await?)),
            Link::Tls(stream) if purpose == Use::Requests => {
                Link::Nested(Box::new(secure(*stream, uri, purpose).await?))
            }
            _ => return Err(DialError::Nested(intercept.uri().to_string())),
        };
    }
    Ok(Dialled::new(link))
}

/// The authentication that a proxy wants with each request for `uri`.
pub(crate) async fn forwarding(uri: &Uri) -> Option<Intercept> {
    if uri.scheme() == Some(&Scheme::HTTPS) {
        return None;
    }
    proxy::of(uri).await
}

impl Dialled {
    fn new(link: Link) -> Self {
        let agreed = match &link {
            Link::Plain(_) => None,
            Link::Tls(stream) => stream.get_ref().1.alpn_protocol(),
            Link::Nested(stream) => stream.get_ref().1.alpn_protocol(),
        };
        Self {
            is_http2: agreed == Some(b"h2"),
            link,
            forwarding: None,
        }
    }
}

/// A TCP connection to the host of `uri`, whichever of its addresses is there.
async fn connect(uri: &Uri) -> Result<TcpStream, String> {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    let stream = connector.call(uri.clone()).await;
    Ok(stream.map_err(|error| chain(&error))?.into_inner())
}

async fn secure<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    uri: &Uri,
    purpose: Use,
) -> Result<TlsStream<S>, DialError> {
    let protocol = match purpose {
        Use::Requests => Protocol::Http,
        Use::WebSocket => Protocol::Http1,
    };
    let host = proxy::bare(uri.host().unwrap_or_default()).to_owned();
    let name = ServerName::try_from(host).map_err(|_| DialError::Address(uri.to_string()))?;
    handshake(stream, name, protocol)
        .await
        .map_err(DialError::Tls)
}

/// Makes a stream one of TLS with the server `name`; the error says what would help.
pub(crate) async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    name: ServerName<'static>,
    protocol: Protocol,
) -> Result<TlsStream<S>, String> {
    let config = tls::client(protocol).map_err(|error| error.to_string())?;
    let stream = TlsConnector::from(config).connect(name, stream).await;
    stream
        .map(TlsStream::from)
        .map_err(|error| tls::explained(&error))
}

fn unreachable(proxy: &Intercept, reason: impl ToString) -> DialError {
    DialError::Proxy {
        proxy: proxy.uri().to_string(),
        reason: reason.to_string(),
    }
}

/// A connection to an HTTP proxy.
async fn reach(proxy: &Intercept) -> Result<Link, DialError> {
    let uri = proxy.uri();
    let stream = connect(uri)
        .await
        .map_err(|reason| unreachable(proxy, reason))?;
    if uri.scheme() != Some(&Scheme::HTTPS) {
        return Ok(Link::Plain(stream));
    }
    let stream = secure(stream, uri, Use::WebSocket).await;
    let stream = stream.map_err(|error| unreachable(proxy, error))?;
    Ok(Link::Tls(Box::new(stream)))
}

/// Host and port of a URL, written out.
fn destination(uri: &Uri) -> Result<(&str, u16), DialError> {
    let host = uri
        .host()
        .ok_or_else(|| DialError::Address(uri.to_string()))?;
    let usual = match uri.scheme() == Some(&Scheme::HTTPS) {
        true => 443,
        false => 80,
    };
    Ok((host, uri.port_u16().unwrap_or(usual)))
}

async fn socks(proxy: &Intercept, uri: &Uri) -> Result<TcpStream, DialError> {
    let (host, port) = destination(uri)?;
    let to = (proxy::bare(host), port);
    let mut address = proxy.uri().clone().into_parts();
    if proxy.uri().port().is_none() {
        let host = proxy.uri().host().unwrap_or_default();
        address.authority = format!("{host}:1080").parse().ok();
    }
    let address =
        Uri::from_parts(address).map_err(|_| DialError::Address(proxy.uri().to_string()))?;
    let stream = connect(&address)
        .await
        .map_err(|reason| unreachable(proxy, reason))?;
    let is_old = proxy
        .uri()
        .scheme_str()
        .is_some_and(|scheme| scheme.starts_with("socks4"));
    let carried = match proxy.raw_auth() {
        _ if is_old => Socks4Stream::connect_with_socket(stream, to)
            .await
            .map(Socks4Stream::into_inner),
        Some((user, password)) => {
            Socks5Stream::connect_with_password_and_socket(stream, to, user, password)
                .await
                .map(Socks5Stream::into_inner)
        }
        None => Socks5Stream::connect_with_socket(stream, to)
            .await
            .map(Socks5Stream::into_inner),
    };
    carried.map_err(|error| DialError::Tunnel {
        proxy: proxy.uri().to_string(),
        to: format!("{host}:{port}"),
        reason: error.to_string(),
    })
}

/// Has an HTTP proxy carry what follows to the host of `uri` (RFC 9110, section 9.3.6).
async fn tunnel(link: &mut Link, proxy: &Intercept, uri: &Uri) -> Result<(), DialError> {
    let (host, port) = destination(uri)?;
    let to = format!("{host}:{port}");
    let refused = |reason: String| DialError::Tunnel {
        proxy: proxy.uri().to_string(),
        to: to.clone(),
        reason,
    };
    let mut head = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n").into_bytes();
    if let Some(authentication) = proxy.basic_auth() {
        head.extend_from_slice(b"Proxy-Authorization: ");
        head.extend_from_slice(authentication.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    let exchange = async {
        link.write_all(&head).await?;
        link.flush().await?;
        answer_head(link).await
    };
    let answer = exchange.await.map_err(|error| refused(error.to_string()))?;
    let first = String::from_utf8_lossy(&answer);
    let first = first.lines().next().unwrap_or_default();
    match first.split(' ').nth(1) {
        Some(status) if status.starts_with('2') => Ok(()),
        Some("407") => Err(refused(
            "it wants a user and a password, as in `http://user:password@host:port`".to_owned(),
        )),
        _ => Err(refused(format!("it says `{first}`"))),
    }
}

/// Reads to the end of the head, and not a byte more: what follows is the host's.
async fn answer_head(link: &mut Link) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == LONGEST_HEAD {
            return Err(io::Error::other("its answer is too long"));
        }
        head.push(link.read_u8().await?);
    }
    Ok(head)
}

/// An error with the ones behind it.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

impl AsyncRead for Link {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Link::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Link::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
            Link::Nested(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Link {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Link::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Link::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
            Link::Nested(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Link::Plain(stream) => Pin::new(stream).poll_write_vectored(context, parts),
            Link::Tls(stream) => Pin::new(stream).poll_write_vectored(context, parts),
            Link::Nested(stream) => Pin::new(stream).poll_write_vectored(context, parts),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Link::Plain(stream) => Pin::new(stream).poll_flush(context),
            Link::Tls(stream) => Pin::new(stream).poll_flush(context),
            Link::Nested(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Link::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Link::Tls(stream) => Pin::new(stream).poll_shutdown(context),
            Link::Nested(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
