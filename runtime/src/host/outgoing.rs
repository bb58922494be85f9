//! WebSockets that user code opens to elsewhere: TCP or TLS, the opening handshake (RFC 6455, section
//! 4.1), then the same wire as everybody's.

use base64::Engine;
use bytes::Bytes;
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::ext::ReasonPhrase;
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, HOST, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT,
    SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION,
    TRANSFER_ENCODING, UPGRADE,
};
use hyper::{HeaderMap, Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use partyrun_ops::dial::{self, DialError, Dialled as Connection, Link};
use partyrun_ops::message::{HeaderList, HttpReply};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsStream;

use crate::call::{header_list, take_body};
use crate::socket::{Dialled, Stream, accept_key, keep_alive};

/// Why a connection was not opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("Not a WebSocket URL: `{0}`")]
    Url(String),
    #[error("Cannot connect to `{host}`: {source}")]
    Connect { host: String, source: DialError },
    #[error("The opening handshake failed: {0}")]
    Handshake(#[from] hyper::Error),
    #[error(
        "Failed to establish the WebSocket connection: expected server to reply with HTTP status code 101 (switching protocols), but received {} instead.",
        .0.as_u16()
    )]
    Refused(StatusCode),
    #[error("The server chose a subprotocol that was not offered: `{0}`")]
    Protocol(String),
    #[error("The server's answer to the handshake is not that of a WebSocket server")]
    NotWebSocket,
    #[error("The connection was lost while it was handed over")]
    Lost,
}

/// What asking for a WebSocket came to.
pub enum Answer {
    Open {
        connection: Dialled,
        headers: HeaderList,
    },
    /// The server answered something else than 101.
    Plain(HttpReply),
}

/// Opens a connection to `url` (`ws:`, `wss:`), offering `protocols`. Gives it with the subprotocol
/// that the server chose, empty for none.
///
/// # Errors
/// As [`ConnectError`] says; the text is for the user.
pub async fn connect(url: &str, protocols: &[String]) -> Result<(Dialled, String), ConnectError> {
    let mut headers = HeaderMap::new();
    if !protocols.is_empty() {
        let offered = HeaderValue::from_str(&protocols.join(", "));
        let offered = offered.map_err(|_| ConnectError::Protocol(protocols.join(", ")))?;
        headers.insert(SEC_WEBSOCKET_PROTOCOL, offered);
    }
    let (response, scheme) = ask(url, headers).await?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(ConnectError::Refused(response.status()));
    }
    let chosen = response.headers().get(SEC_WEBSOCKET_PROTOCOL);
    let chosen = chosen.map_or("", |value| value.to_str().unwrap_or_default());
    if !chosen.is_empty() && !protocols.iter().any(|offered| offered == chosen) {
        return Err(ConnectError::Protocol(chosen.to_owned()));
    }
    let chosen = chosen.to_owned();
    Ok((take_over(response, scheme).await?, chosen))
}

/// Asks `url` (`http:`, `https:`) for a WebSocket with a request's own headers (section 11: `fetch`
/// with `Upgrade`).
///
/// # Errors
/// As [`ConnectError`] says; the text is for the user.
pub async fn fetch(url: &str, headers: &HeaderList) -> Result<Answer, ConnectError> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
        else {
            continue;
        };
        if !is_of_the_handshake(&name) {
            map.append(name, value);
        }
    }
    let (response, scheme) = ask(url, map).await?;
    let headers = header_list(response.headers());
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        let connection = take_over(response, scheme).await?;
        return Ok(Answer::Open {
            connection,
            headers,
        });
    }
    let status = response.status();
    let reason = match response.extensions().get::<ReasonPhrase>() {
        Some(own) => String::from_utf8_lossy(own.as_bytes()).into_owned(),
        None => String::new(),
    };
    let body = take_body(response.into_body()).await;
    Ok(Answer::Plain(HttpReply {
        status: status.as_u16(),
        reason,
        headers,
        body,
    }))
}

/// Headers that belong to one connection: those of a request that is passed on say nothing of ours.
fn is_of_the_handshake(name: &HeaderName) -> bool {
    [
        CONNECTION,
        CONTENT_LENGTH,
        HOST,
        SEC_WEBSOCKET_EXTENSIONS,
        SEC_WEBSOCKET_KEY,
        SEC_WEBSOCKET_VERSION,
        TRANSFER_ENCODING,
        UPGRADE,
    ]
    .contains(name)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Plain,
    Secure,
}

type Incoming = Response<hyper::body::Incoming>;

async fn ask(url: &str, mut headers: HeaderMap) -> Result<(Incoming, Scheme), ConnectError> {
    let not_a_url = || ConnectError::Url(url.to_owned());
    let uri: Uri = url.parse().map_err(|_| not_a_url())?;
    let http = match uri.scheme_str() {
        Some("ws" | "http") => "http",
        Some("wss" | "https") => "https",
        _ => return Err(not_a_url()),
    };
    let authority = uri.authority().ok_or_else(not_a_url)?.as_str();
    // User information is not for the wire.
    let address = authority.rsplit('@').next().unwrap_or(authority);
    let key = base64::engine::general_purpose::STANDARD.encode(uuid::Uuid::new_v4().as_bytes());
    let key = HeaderValue::from_str(&key).expect("base64 is ASCII");
    headers.insert(
        HOST,
        HeaderValue::from_str(address).map_err(|_| not_a_url())?,
    );
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(SEC_WEBSOCKET_KEY, key);
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    let expected = accept_key(&headers);
    let target = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::get(target)
        .body(Empty::new())
        .map_err(|_| not_a_url())?;
    *request.headers_mut() = headers;

    let dialled = Uri::builder()
        .scheme(http)
        .authority(address)
        .path_and_query("/")
        .build()
        .map_err(|_| not_a_url())?;
    let opened = dial::open(&dialled, dial::Use::WebSocket).await;
    let Connection { link, .. } = opened.map_err(|source| ConnectError::Connect {
        host: address.to_owned(),
        source,
    })?;
    if let Link::Plain(stream) = &link {
        // A socket that refuses this is dead, which the handshake tells.
        let _ = keep_alive(stream);
    }
    let (response, scheme) = match link {
        Link::Plain(stream) => (exchange(stream, request).await?, Scheme::Plain),
        Link::Tls(stream) => (exchange(*stream, request).await?, Scheme::Secure),
        Link::Nested(_) => unreachable!("no WebSocket is given one"),
    };
    let switched = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    if switched && response.headers().get(SEC_WEBSOCKET_ACCEPT) != expected.as_ref() {
        return Err(ConnectError::NotWebSocket);
    }
    Ok((response, scheme))
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Empty<Bytes>>,
) -> Result<Incoming, ConnectError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Ends with the exchange: the stream is taken out of it, or dropped with it.
    tokio::task::spawn_local(connection.with_upgrades());
    Ok(sender.send_request(request).await?)
}

async fn take_over(response: Incoming, scheme: Scheme) -> Result<Dialled, ConnectError> {
    let upgraded = hyper::upgrade::on(response).await?;
    Ok(match scheme {
        Scheme::Plain => {
            let parts = upgraded
                .downcast::<TokioIo<TcpStream>>()
                .map_err(|_| ConnectError::Lost)?;
            Dialled {
                stream: Stream::Plain(parts.io.into_inner()),
                read_ahead: parts.read_buf,
            }
        }
        Scheme::Secure => {
            let parts = upgraded
                .downcast::<TokioIo<TlsStream<TcpStream>>>()
                .map_err(|_| ConnectError::Lost)?;
            Dialled {
                stream: Stream::Tls(Box::new(parts.io.into_inner())),
                read_ahead: parts.read_buf,
            }
        }
    })
}
