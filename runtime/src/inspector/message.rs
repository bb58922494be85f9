//! Messages of the Chrome DevTools Protocol as text: what a command asks, and what answers it. Knows no
//! domain.

use serde_json::{Value, json};

/// Ids of commands that no client has sent. Clients count from 1.
pub const OWN_IDS: i64 = 1 << 30;
/// JSON-RPC's code of a method that does not exist.
const NO_METHOD: i64 = -32601;
const FAILED: i64 = -32000;

/// What a client asks.
pub struct Command {
    pub id: i64,
    pub method: String,
    pub params: Value,
    /// Of the flat kind: which of the client's sessions it is for.
    pub session: Option<String>,
}

impl Command {
    /// `None` for what is no command.
    pub fn read(text: &str) -> Option<Command> {
        let mut message: Value = serde_json::from_str(text).ok()?;
        Some(Command {
            id: message.get("id")?.as_i64()?,
            method: message.get("method")?.as_str()?.to_owned(),
            session: message["sessionId"].as_str().map(str::to_owned),
            params: message["params"].take(),
        })
    }

    pub fn domain(&self) -> &str {
        self.method.split('.').next().unwrap_or_default()
    }

    pub fn text(&self, name: &str) -> &str {
        self.params[name].as_str().unwrap_or_default()
    }

    pub fn is(&self, name: &str) -> bool {
        self.params[name].as_bool().unwrap_or_default()
    }
}

/// Whether a command is one of those that debuggers have for Node.js and for browsers, and give without asking
/// whether there is such a thing. Nothing has to be done for it. Those that want an answer get an error.
pub fn is_of_others(command: &Command) -> bool {
    const DOMAINS: [&str; 7] = [
        "Log",
        "Network",
        "NodeRuntime",
        "NodeTracing",
        "NodeWorker",
        "Page",
        "Target",
    ];
    const TOLD: [&str; 9] = [
        "attach", "clear", "detach", "disable", "enable", "notify", "send", "set", "start",
    ];
    let (domain, name) = command.method.split_once('.').unwrap_or_default();
    DOMAINS.contains(&domain) && TOLD.iter().any(|told| name.starts_with(told))
}

/// A command as V8 takes it.
pub fn command(id: i64, method: &str, params: &Value) -> String {
    match params {
        Value::Null => json!({ "id": id, "method": method }).to_string(),
        _ => json!({ "id": id, "method": method, "params": params }).to_string(),
    }
}

pub fn answer(id: i64, result: &Value) -> String {
    json!({ "id": id, "result": result }).to_string()
}

pub fn failure(id: i64, text: &str) -> String {
    json!({ "id": id, "error": { "code": FAILED, "message": text } }).to_string()
}

pub fn no_method(id: i64, method: &str) -> String {
    let text = format!("'{method}' wasn't found");
    json!({ "id": id, "error": { "code": NO_METHOD, "message": text } }).to_string()
}

pub fn event(method: &str, params: &Value) -> String {
    json!({ "method": method, "params": params }).to_string()
}

/// A message with the session it is of, in the flat kind.
pub fn in_session(text: &str, session: &str) -> String {
    match text.strip_prefix('{') {
        Some(rest) => format!("{{\"sessionId\":\"{session}\",{rest}"),
        None => text.to_owned(),
    }
}

/// The id of the command that a message of V8 answers. Heap snapshots are large: only its beginning is read.
pub fn answered(text: &str) -> Option<i64> {
    let rest = text.strip_prefix("{\"id\":")?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '-')?;
    rest[..end].parse().ok()
}

/// The method of an event of V8.
pub fn told(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("{\"method\":\"")?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_a_message_tells_what_it_is() {
        assert_eq!(answered(r#"{"id":12,"result":{}}"#), Some(12));
        assert_eq!(answered(r#"{"method":"a.b","params":{}}"#), None);
        assert_eq!(told(r#"{"method":"a.b","params":{}}"#), Some("a.b"));
        assert_eq!(told(r#"{"id":12,"result":{}}"#), None);
    }

    #[test]
    fn a_message_is_put_into_a_session() {
        let text = in_session(r#"{"id":1,"result":{}}"#, "s");
        assert_eq!(text, r#"{"sessionId":"s","id":1,"result":{}}"#);
    }

    #[test]
    fn what_is_only_told_is_taken() {
        let is_taken = |method: &str| {
            let text = command(1, method, &Value::Null);
            is_of_others(&Command::read(&text).expect("it is one"))
        };
        for method in [
            "Network.enable",
            "Target.setAutoAttach",
            "NodeWorker.detach",
        ] {
            assert!(is_taken(method), "{method}");
        }
        for method in [
            "Network.emulateNetworkConditionsByRule",
            "Network.getResponseBody",
            "Page.getResourceTree",
            "Storage.enable",
            "enable",
        ] {
            assert!(!is_taken(method), "{method}");
        }
    }

    #[test]
    fn what_is_no_command_is_none() {
        for text in [
            "",
            "1",
            "[]",
            "{}",
            r#"{"id":"a","method":"b"}"#,
            r#"{"id":1}"#,
        ] {
            assert!(Command::read(text).is_none(), "{text}");
        }
        let command = Command::read(r#"{"id":1,"method":"A.b","params":{"c":"d","e":true}}"#);
        let command = command.expect("it is one");
        assert_eq!((command.domain(), command.text("c")), ("A", "d"));
        assert!(command.is("e") && !command.is("c"));
    }
}
