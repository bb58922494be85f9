//! The dashboard's page, as far as the server knows it: its token and its socket.

use serde_json::{Value, json};

use super::dev::Dev;
use super::socket::Socket;

/// An open dashboard.
pub struct Page {
    socket: Socket,
    number: u64,
    /// Told of messages before anybody asked.
    passed: Vec<Value>,
}

impl Page {
    /// Opens the dashboard of `dev`.
    pub fn open(dev: &Dev) -> Self {
        let page = dev.get("/__partyrun__/").text();
        let token = page
            .split_once("<meta name=\"token\" content=\"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .unwrap_or_else(|| panic!("The page has no token: {page}"))
            .0
            .to_owned();
        let origin = format!("http://{}", dev.host());
        let mut socket = dev.ws_with("/__partyrun__/socket", &[("Origin", &origin)]);
        socket.send(&token);
        assert!(socket.json()["hello"].is_string());
        Self {
            socket,
            number: 0,
            passed: Vec::new(),
        }
    }

    /// Status and JSON of what is asked for.
    pub fn ask(&mut self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        self.wish(json!({ "method": method, "path": path, "body": body }))
    }

    /// Status and JSON of what is wished for.
    pub fn wish(&mut self, mut wish: Value) -> (u16, Value) {
        self.number += 1;
        wish["id"] = self.number.into();
        self.socket.send(&wish.to_string());
        loop {
            let told = self.socket.json();
            if told["id"] == self.number {
                let status = told["status"].as_u64().expect("an answer has a status");
                return (status as u16, told["body"].clone());
            }
            self.passed.push(told);
        }
    }

    /// The JSON of what is asked for and succeeds.
    pub fn done(&mut self, method: &str, path: &str, body: Value) -> Value {
        let (status, body) = self.ask(method, path, body);
        assert!((200..300).contains(&status), "{method} {path}: {body}");
        body
    }

    pub fn get(&mut self, path: &str) -> Value {
        self.done("GET", path, Value::Null)
    }

    /// Has the messages of a room shown, from when this returns.
    pub fn tap(&mut self, party: &str, room: &str) {
        self.number += 1;
        let tap = json!({ "tap": self.number, "room": [party, room] });
        self.socket.send(&tap.to_string());
        // Both are done in their order, and the room answers the second at its next turn.
        self.get("/figures");
    }

    /// Has requests shown as they are answered from when this returns, or no more.
    pub fn watch(&mut self, watch: bool) {
        self.socket.send(&json!({ "watch": watch }).to_string());
        // Both are done in their order.
        self.get("/");
    }

    /// Requests that have been answered, as they are told next, and how many more were left out.
    pub fn told_of_requests(&mut self) -> (Vec<Value>, u64) {
        let told = match self.passed.is_empty() {
            true => self.socket.json(),
            false => self.passed.remove(0),
        };
        let requests = told["requests"].as_array().cloned().unwrap_or_default();
        (requests, told["missed"].as_u64().unwrap_or_default())
    }

    /// The next requests that have been answered, at least `count`.
    pub fn answered(&mut self, count: usize) -> Vec<Value> {
        let mut answered = Vec::new();
        while answered.len() < count {
            answered.extend(self.told_of_requests().0);
        }
        answered
    }

    /// The messages of the room that have been shown so far, since the last call.
    pub fn seen(&mut self) -> Vec<Value> {
        let told = std::mem::take(&mut self.passed);
        let messages = told.iter().filter_map(|told| told["messages"].as_array());
        messages.flatten().cloned().collect()
    }

    /// The next messages of the room, at least `count`, and how many were left out.
    pub fn passed(&mut self, count: usize) -> (Vec<Value>, u64) {
        let (mut messages, mut missed) = (Vec::new(), 0);
        while messages.len() < count {
            let told = match self.passed.is_empty() {
                true => self.socket.json(),
                false => self.passed.remove(0),
            };
            messages.extend(told["messages"].as_array().cloned().unwrap_or_default());
            missed += told["missed"].as_u64().unwrap_or_default();
        }
        (messages, missed)
    }
}
