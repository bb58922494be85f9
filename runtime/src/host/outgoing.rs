//! WebSockets that user code opens to elsewhere: TCP, the opening handshake (RFC 6455, section 4.1),
//! then the same wire as everybody's. `wss:` is refused with a clear error.

use std::io;

use base64::Engine;
use bytes::Bytes;
use http_body_util::Empty;
use hyper::header::{
    CONNECTION, HOST, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::event::Transport;
use crate::socket::Role;

/// Why a connection was not opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("Secure WebSockets (`wss:`) are not supported by this version of partyrun yet: `{0}`")]
    Secure(String),
    #[error("Not a WebSocket URL: `{0}`")]
    Url(String),
    #[error("Cannot connect to `{host}`: {source}")]
    Connect { host: String, source: io::Error },
    #[error("The opening handshake failed: {0}")]
    Handshake(#[from] hyper::Error),
    #[error("The server did not open a WebSocket, its status is {0}")]
    Refused(StatusCode),
    #[error("The connection was lost while it was handed over")]
    Lost,
}

/// Opens a connection to `url` (`ws:`), offering `protocols`. Answers its transport.
///
/// # Errors
/// As [`ConnectError`] says; the text is for the user.
pub async fn connect(url: &str, protocols: &[String]) -> Result<Transport, ConnectError> {
    let uri: Uri = url.parse().map_err(|_| ConnectError::Url(url.to_owned()))?;
    if uri.scheme_str() != Some("ws") {
        return Err(match uri.scheme_str() {
            Some("wss") => ConnectError::Secure(url.to_owned()),
            _ => ConnectError::Url(url.to_owned()),
        });
    }
    let authority = uri
        .authority()
        .ok_or_else(|| ConnectError::Url(url.to_owned()))?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let stream = TcpStream::connect((host, uri.port_u16().unwrap_or(80)))
        .await
        .map_err(|source| ConnectError::Connect {
            host: authority.to_string(),
            source,
        })?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // Ends with the handshake: the stream is taken out of it, or dropped with it.
    tokio::task::spawn_local(connection.with_upgrades());

    let key = base64::engine::general_purpose::STANDARD.encode(uuid::Uuid::new_v4().as_bytes());
    let mut request = Request::get(uri.path_and_query().map_or("/", |p| p.as_str()))
        .header(HOST, authority.as_str())
        .header(UPGRADE, "websocket")
        .header(CONNECTION, "Upgrade")
        .header(SEC_WEBSOCKET_KEY, key)
        .header(SEC_WEBSOCKET_VERSION, "13");
    if !protocols.is_empty() {
        request = request.header(SEC_WEBSOCKET_PROTOCOL, protocols.join(", "));
    }
    let request = request
        .body(Empty::<Bytes>::new())
        .map_err(|_| ConnectError::Url(url.to_owned()))?;
    let response = sender.send_request(request).await?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(ConnectError::Refused(response.status()));
    }
    let upgraded = hyper::upgrade::on(response).await?;
    let parts = upgraded
        .downcast::<TokioIo<TcpStream>>()
        .map_err(|_| ConnectError::Lost)?;
    let stream = parts
        .io
        .into_inner()
        .into_std()
        .map_err(|_| ConnectError::Lost)?;
    Ok(Transport::Tcp {
        stream,
        read_ahead: parts.read_buf,
        role: Role::Client,
    })
}
