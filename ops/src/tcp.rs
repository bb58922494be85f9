//! Outgoing TCP connections, with TLS from the start or from later on, for `cloudflare:sockets`.
//! Never listens.

use std::cell::RefCell;
use std::rc::Rc;

use deno_core::convert::Uint8Array;
use deno_core::op2;
use deno_core::{
    AsyncRefCell, CancelHandle, CancelTryFuture, OpState, RcRef, Resource, ResourceId,
};
use deno_tls::rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::TcpStream;

use crate::dial;
use crate::tls::Protocol;
use crate::way_out::{self, WayOut};

/// Most bytes that one read takes.
const CHUNK: usize = 64 << 10;

#[derive(Debug, thiserror::Error, deno_error::JsError)]
pub enum TcpError {
    #[class(generic)]
    #[error("Could not connect to `{address}`: {reason}")]
    Connect {
        address: String,
        reason: std::io::Error,
    },
    #[class(generic)]
    #[error("{0}")]
    Refused(String),
    #[class(generic)]
    #[error("The TLS handshake with `{name}` failed: {reason}")]
    Handshake { name: String, reason: String },
    #[class(generic)]
    #[error("The connection is closed")]
    Closed,
    #[class(generic)]
    #[error("The connection failed: {0}")]
    Io(#[from] std::io::Error),
}

trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

type ByteStream = Box<dyn Stream>;

/// A connection that JavaScript holds by its number. Closing it ends what reads from it; the system's
/// socket is closed with the last operation on it.
struct Connection {
    reader: AsyncRefCell<ReadHalf<ByteStream>>,
    writer: AsyncRefCell<WriteHalf<ByteStream>>,
    cancel: CancelHandle,
}

impl Resource for Connection {
    fn name(&self) -> std::borrow::Cow<'_, str> {
        "tcpConnection".into()
    }

    fn close(self: Rc<Self>) {
        self.cancel.cancel();
    }
}

impl Connection {
    fn keep(state: &RefCell<OpState>, stream: ByteStream) -> ResourceId {
        let (reader, writer) = tokio::io::split(stream);
        state.borrow_mut().resource_table.add(Connection {
            reader: AsyncRefCell::new(reader),
            writer: AsyncRefCell::new(writer),
            cancel: CancelHandle::new(),
        })
    }

    fn of(state: &RefCell<OpState>, id: ResourceId) -> Result<Rc<Self>, TcpError> {
        let found = state.borrow().resource_table.get::<Connection>(id);
        found.map_err(|_| TcpError::Closed)
    }
}

async fn handshake(stream: ByteStream, name: String) -> Result<ByteStream, TcpError> {
    let failed = |reason: String| TcpError::Handshake {
        name: name.clone(),
        reason,
    };
    let server = ServerName::try_from(name.clone()).map_err(|error| failed(error.to_string()))?;
    let stream = dial::handshake(stream, server, Protocol::Any)
        .await
        .map_err(failed)?;
    Ok(Box::new(stream))
}

/// Connects; returns the connection's number and both addresses. `name` asks for TLS with the server
/// of that name.
#[op2]
#[serde]
pub async fn op_pr_tcp_connect(
    state: Rc<RefCell<OpState>>,
    #[string] host: String,
    port: u16,
    #[string] name: Option<String>,
) -> Result<(ResourceId, String, String), TcpError> {
    let failed = |reason| TcpError::Connect {
        address: format!("{host}:{port}"),
        reason,
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let ways = way_out::of(&state.borrow());
    if let Some(ways) = ways {
        let way = ways.way_to(bare, port, &format!("{host}:{port}"));
        if let WayOut::Refused(text) = way {
            return Err(TcpError::Refused(text));
        }
    }
    let stream = TcpStream::connect((bare, port)).await.map_err(failed)?;
    stream.set_nodelay(true)?;
    let (remote, local) = (stream.peer_addr()?, stream.local_addr()?);
    let stream: ByteStream = match name {
        None => Box::new(stream),
        Some(name) => handshake(Box::new(stream), name).await?,
    };
    let id = Connection::keep(&state, stream);
    Ok((id, remote.to_string(), local.to_string()))
}

/// The next bytes; none at the end, and when the connection is closed here.
#[op2]
pub async fn op_pr_tcp_read(
    state: Rc<RefCell<OpState>>,
    #[smi] id: ResourceId,
) -> Result<Option<Uint8Array>, TcpError> {
    let connection = Connection::of(&state, id)?;
    let cancel = RcRef::map(connection.clone(), |connection| &connection.cancel);
    let mut reader = RcRef::map(&connection, |connection| &connection.reader)
        .borrow_mut()
        .await;
    let mut bytes = Vec::with_capacity(CHUNK);
    let read = reader.read_buf(&mut bytes).try_or_cancel(cancel).await;
    match read {
        Ok(0) => Ok(None),
        Ok(_) => {
            bytes.shrink_to_fit();
            Ok(Some(bytes.into()))
        }
        // Closed here, or by a peer that does without TLS's goodbye.
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::Interrupted | std::io::ErrorKind::UnexpectedEof
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Resolves when the system has taken all of it.
#[op2]
pub async fn op_pr_tcp_write(
    state: Rc<RefCell<OpState>>,
    #[smi] id: ResourceId,
    #[buffer(copy)] bytes: Vec<u8>,
) -> Result<(), TcpError> {
    let connection = Connection::of(&state, id)?;
    let cancel = RcRef::map(connection.clone(), |connection| &connection.cancel);
    let mut writer = RcRef::map(&connection, |connection| &connection.writer)
        .borrow_mut()
        .await;
    let write = async {
        writer.write_all(&bytes).await?;
        writer.flush().await
    };
    write.try_or_cancel(cancel).await?;
    Ok(())
}

/// Says that nothing more will be written.
#[op2]
pub async fn op_pr_tcp_end(
    state: Rc<RefCell<OpState>>,
    #[smi] id: ResourceId,
) -> Result<(), TcpError> {
    let connection = Connection::of(&state, id)?;
    let mut writer = RcRef::map(&connection, |connection| &connection.writer)
        .borrow_mut()
        .await;
    writer.shutdown().await?;
    Ok(())
}

/// Continues with TLS under a new number. The old one is closed; a read on it ends without having
/// taken anything.
#[op2]
#[smi]
pub async fn op_pr_tcp_start_tls(
    state: Rc<RefCell<OpState>>,
    #[smi] id: ResourceId,
    #[string] name: String,
) -> Result<ResourceId, TcpError> {
    let connection = state
        .borrow_mut()
        .resource_table
        .take::<Connection>(id)
        .map_err(|_| TcpError::Closed)?;
    connection.cancel.cancel();
    // Whoever reads or writes lets go of its half first.
    let reader = RcRef::map(&connection, |connection| &connection.reader)
        .borrow_mut()
        .await;
    let writer = RcRef::map(&connection, |connection| &connection.writer)
        .borrow_mut()
        .await;
    drop((reader, writer));
    let connection = Rc::try_unwrap(connection).map_err(|_| TcpError::Closed)?;
    let reader = connection.reader.into_inner();
    let stream = reader.unsplit(connection.writer.into_inner());
    let stream = handshake(stream, name).await?;
    Ok(Connection::keep(&state, stream))
}

#[op2(fast)]
pub fn op_pr_tcp_close(state: &mut OpState, #[smi] id: ResourceId) {
    if let Ok(connection) = state.resource_table.take::<Connection>(id) {
        connection.close();
    }
}
