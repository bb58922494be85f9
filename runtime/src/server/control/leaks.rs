//! What a test should not leave behind, and spaces that close only if nothing of it is there.

use partyrun_ops::message::HttpReply;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::super::space::Space;
use super::Control;
use super::body::form;
use super::refusal::{Refusal, json_reply, no_space};
use super::settle::LOOK;

/// What is there of a space.
pub(super) struct Left {
    sockets: Vec<Value>,
    /// The events `error` since the space began, those included of what its rooms had been given.
    pub errors: Vec<Value>,
    pending: Vec<Value>,
}

impl Left {
    /// Whether no socket is open, and no handler goes on. What may outlast a handler, a stream for instance, is of the
    /// room, and ends with it.
    fn is_over(&self) -> bool {
        let lasts = |pending: &Value| pending["lasting"] == true;
        self.sockets.is_empty() && self.pending.iter().all(lasts)
    }

    fn to_json(&self) -> Value {
        json!({ "sockets": self.sockets, "errors": self.errors, "pending": self.pending })
    }
}

/// Whether a space is to be closed only if nothing is left of what was done there.
///
/// # Errors
/// When the query says anything else.
pub(super) fn is_unless_leaks(query: &str) -> Result<bool, Refusal> {
    let mut is_unless = false;
    for (name, value) in form(query) {
        if (name.as_str(), value.as_str()) != ("unless", "leaks") {
            let text = format!("The only option is `unless=leaks`, got: `{name}={value}`");
            return Err(Refusal::new(400, "options", text));
        }
        is_unless = true;
    }
    Ok(is_unless)
}

impl Control {
    /// Closes a space in which nothing is left, and says what there was.
    pub(super) async fn close_unless_leaks(&self, id: &str) -> Result<HttpReply, Refusal> {
        let space = self.spaces.find(id).ok_or_else(|| no_space(id))?;
        let left = space.left().await;
        let is_closed = left.is_over();
        if is_closed {
            let space = self.spaces.take(id).ok_or_else(|| no_space(id))?;
            space.close().await;
        }
        let mut told = left.to_json();
        told["closed"] = is_closed.into();
        Ok(json_reply(200, &told))
    }
}

impl Space {
    pub(super) async fn leaks(&self) -> HttpReply {
        json_reply(200, &self.left().await.to_json())
    }

    /// What is there once the rooms have looked at all that has been sent to them.
    pub(super) async fn left(&self) -> Left {
        let sweep = self.sweep(Instant::now() + LOOK).await;
        let sockets = sweep.standings.iter().flat_map(|(key, standing)| {
            standing.connections.iter().map(move |heard| {
                json!({
                    "party": key.as_ref().map(|key| &*key.party),
                    "room": key.as_ref().map(|key| &*key.room),
                    "connection": heard.connection,
                })
            })
        });
        Left {
            sockets: sockets.collect(),
            errors: self.logs.since(0, &["error"]).0,
            pending: sweep.pending(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_option_is_unless_leaks() {
        assert_eq!(is_unless_leaks("").ok(), Some(false));
        assert_eq!(is_unless_leaks("unless=leaks").ok(), Some(true));
        assert!(is_unless_leaks("unless=errors").is_err());
        assert!(is_unless_leaks("if=leaks").is_err());
    }

    #[test]
    fn sockets_and_handlers_are_left_and_streams_are_not() {
        let left = |sockets: &[Value], pending: &[Value]| Left {
            sockets: sockets.to_vec(),
            errors: vec![json!({ "text": "an error closes nothing, and keeps nothing open" })],
            pending: pending.to_vec(),
        };
        let stream = json!({ "what": "a stream", "lasting": true });
        let request = json!({ "what": "a request", "lasting": false });
        assert!(left(&[], &[]).is_over());
        assert!(left(&[], std::slice::from_ref(&stream)).is_over());
        assert!(!left(&[], &[stream, request]).is_over());
        assert!(!left(&[json!({ "connection": "bob" })], &[]).is_over());
    }
}
