//! The answers of the control plane's own: refusals, values as JSON, and that something is done.

use partyrun_ops::message::{Body, HttpReply};
use serde_json::{Value, json};

/// The name of the header that tells an answer of the control plane's own from one of a room's.
pub const ERROR_HEADER: &str = "partyrun-error";

/// Why a request of the control plane is not done.
#[derive(Debug)]
pub struct Refusal {
    pub status: u16,
    /// One word for programs.
    pub code: &'static str,
    /// For people: what is wrong and what to do.
    pub text: String,
}

impl Refusal {
    pub fn new(status: u16, code: &'static str, text: impl Into<String>) -> Self {
        Refusal {
            status,
            code,
            text: text.into(),
        }
    }

    pub fn into_reply(self) -> HttpReply {
        let error = json!({ "code": self.code, "message": self.text });
        let mut reply = json_reply(self.status, &json!({ "error": error }));
        reply.headers.push((ERROR_HEADER.into(), self.code.into()));
        if self.status == 401 {
            let challenge = ("www-authenticate".into(), "Bearer".into());
            reply.headers.push(challenge);
        }
        reply
    }
}

/// An answer for a program.
pub fn json_reply(status: u16, value: &Value) -> HttpReply {
    HttpReply {
        status,
        reason: String::new(),
        headers: vec![("content-type".into(), "application/json".into())],
        body: Body::Bytes(format!("{value}\n").into()),
    }
}

pub fn done() -> HttpReply {
    HttpReply {
        status: 204,
        reason: String::new(),
        headers: Vec::new(),
        body: Body::Empty,
    }
}
