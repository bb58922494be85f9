//! How the control plane answers programs: as JSON, and with a word for each thing that is not done.

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

    /// As it is answered.
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

/// What is said of a space that is not there.
pub fn no_space(id: &str) -> Refusal {
    let text = format!("There is no space `{id}`: it was closed, or another server has opened it");
    Refusal::new(404, "space", text)
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
