//! WebSockets of an isolate: sending, closing, broadcasting, and what hibernation must remember of
//! them. The sockets themselves belong to the [`Sockets`](crate::interface::Sockets) of the isolate.

use bytes::Bytes;
use deno_core::JsBuffer;
use deno_core::OpState;
use deno_core::ToJsBuffer;
use deno_core::op2;
use deno_core::serde::Serialize;
use deno_core::v8;

use crate::console::function_place;
use crate::interface::SharedSockets;
use crate::message::Message;
use crate::message::SocketRecord;

fn sockets(state: &OpState) -> &SharedSockets {
    state.borrow::<SharedSockets>()
}

#[op2(fast)]
#[smi]
pub fn op_pr_ws_open(state: &OpState) -> u32 {
    sockets(state).socket_open()
}

#[op2]
#[smi]
pub fn op_pr_ws_connect(
    state: &OpState,
    #[string] url: String,
    #[serde] protocols: Vec<String>,
) -> u32 {
    sockets(state).socket_connect(url, protocols)
}

#[op2(fast)]
pub fn op_pr_ws_accept(state: &OpState, #[smi] socket: u32) {
    sockets(state).socket_accept(socket);
}

#[op2(fast)]
pub fn op_pr_ws_send_text(state: &OpState, #[smi] socket: u32, #[string] text: String) {
    sockets(state).socket_send(socket, Message::Text(Bytes::from(text)));
}

#[op2]
pub fn op_pr_ws_send_binary(state: &OpState, #[smi] socket: u32, #[anybuffer] bytes: JsBuffer) {
    sockets(state).socket_send(socket, Message::Binary(Bytes::copy_from_slice(&bytes)));
}

/// `code` 0 stands for a Close frame without a code.
#[op2(fast)]
pub fn op_pr_ws_close(
    state: &OpState,
    #[smi] socket: u32,
    #[smi] code: u16,
    #[string] reason: &str,
) {
    sockets(state).socket_close(socket, (code != 0).then_some(code), reason);
}

#[op2(fast)]
pub fn op_pr_ws_member(state: &OpState, #[smi] socket: u32, member: bool) {
    sockets(state).socket_member(socket, member);
}

#[op2(fast)]
pub fn op_pr_ws_name(state: &OpState, #[smi] socket: u32, #[string] name: String) {
    sockets(state).socket_name(socket, name);
}

#[op2]
pub fn op_pr_ws_keep(state: &OpState, #[smi] socket: u32, #[buffer] left: JsBuffer) {
    sockets(state).socket_keep(socket, left.to_vec());
}

/// `cause` is the function that is the reason, if it is one.
#[op2(fast)]
pub fn op_pr_ws_keep_not(
    state: &OpState,
    scope: &mut v8::PinScope<'_, '_>,
    #[smi] socket: u32,
    #[string] why: &str,
    cause: v8::Local<'_, v8::Value>,
) {
    let place = function_place(scope, cause, String::new());
    sockets(state).socket_keep_not(socket, why, place);
}

#[op2(fast)]
pub fn op_pr_ws_resumed(state: &OpState, #[smi] socket: u32) {
    sockets(state).socket_resumed(socket);
}

#[op2]
pub fn op_pr_broadcast_text(
    state: &OpState,
    #[string] text: String,
    #[serde] except: Option<Vec<u32>>,
) {
    let except = except.unwrap_or_default();
    sockets(state).broadcast(Message::Text(Bytes::from(text)), &except);
}

#[op2]
pub fn op_pr_broadcast_binary(
    state: &OpState,
    #[anybuffer] bytes: JsBuffer,
    #[serde] except: Option<Vec<u32>>,
) {
    let except = except.unwrap_or_default();
    sockets(state).broadcast(Message::Binary(Bytes::copy_from_slice(&bytes)), &except);
}

#[op2]
pub fn op_pr_ws_record(
    state: &OpState,
    #[smi] id: u32,
    #[string] connection: String,
    #[string] uri: String,
    #[serde] tags: Vec<String>,
) {
    sockets(state).socket_record(SocketRecord {
        id,
        connection,
        uri,
        tags,
    });
}

/// A [`SocketRecord`] for JavaScript.
#[derive(Serialize)]
#[serde(crate = "deno_core::serde")]
pub struct Record {
    socket: u32,
    id: String,
    uri: String,
    tags: Vec<String>,
}

#[op2]
#[serde]
pub fn op_pr_ws_records(state: &OpState) -> Vec<Record> {
    let records = sockets(state).socket_records();
    records
        .into_iter()
        .map(|r| Record {
            socket: r.id,
            id: r.connection,
            uri: r.uri,
            tags: r.tags,
        })
        .collect()
}

#[op2]
pub fn op_pr_ws_set_attachment(state: &OpState, #[smi] socket: u32, #[buffer] bytes: JsBuffer) {
    sockets(state).set_attachment(socket, bytes.to_vec());
}

#[op2]
#[serde]
pub fn op_pr_ws_attachment(state: &OpState, #[smi] socket: u32) -> Option<ToJsBuffer> {
    sockets(state).attachment(socket).map(ToJsBuffer::from)
}

/// An id for a connection that brings none: a random UUID (section 2.6).
#[op2]
#[string]
pub fn op_pr_uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}
