//! A running `partyrun dev --control`, and what a test says to its control plane.

use std::net::TcpStream;

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

use super::dev::Dev;
use super::http::{Request, Response};
use super::project::Project;
use super::socket::Socket;
use super::{PATIENCE, eventually};

/// A server that can be controlled.
pub struct Controlled {
    pub dev: Dev,
    /// `127.0.0.1:<port>`
    pub host: String,
    pub token: String,
}

impl Controlled {
    /// Serves `source` as the main party.
    pub fn inline(source: &str) -> Self {
        Self::of(Project::inline(source).args(&["--persist", "false"]))
    }

    pub fn of(project: Project) -> Self {
        let dev = project
            .args(&["--control", "--ready-file", "ready.json"])
            .dev();
        let line: Value = eventually("the ready file is there", || {
            let text = std::fs::read_to_string(dev.project().path().join("ready.json")).ok()?;
            serde_json::from_str(&text).ok()
        });
        let text = |field: &str| line[field].as_str().expect("it is told").to_owned();
        let host = text("control").replace("http://", "");
        Self {
            host,
            token: text("token"),
            dev,
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.host).expect("it listens");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("the duration is not zero");
        stream
    }

    /// A request without the token.
    pub fn bare(&self, method: &str, path: &str) -> Request {
        Request::new(self.connect(), &self.host, method, path)
    }

    /// A request to be completed and sent.
    pub fn request(&self, method: &str, path: &str) -> Request {
        let token = format!("Bearer {}", self.token);
        self.bare(method, path).header("Authorization", &token)
    }

    /// What is answered to a request with this JSON as its body, if any.
    pub fn send(&self, method: &str, path: &str, body: &Value) -> Response {
        let request = self.request(method, path);
        match body {
            Value::Null => request.send(),
            body => request.body(body.to_string().as_bytes()).send(),
        }
    }

    /// The JSON of a request that succeeds.
    pub fn json(&self, method: &str, path: &str, body: &Value) -> Value {
        let response = self.send(method, path, body);
        let text = response.text();
        assert!(
            (200..300).contains(&response.status),
            "{method} {path}: {text}"
        );
        match response.body.is_empty() {
            true => json!(null),
            false => response.json(),
        }
    }

    pub fn get(&self, path: &str) -> Value {
        self.json("GET", path, &Value::Null)
    }

    pub fn post(&self, path: &str) -> Value {
        self.json("POST", path, &Value::Null)
    }

    /// Status and code of a request that is refused.
    pub fn refused(&self, method: &str, path: &str, body: &Value) -> (u16, String) {
        refusal(&self.send(method, path, body))
    }

    /// Opens a space.
    pub fn space(&self, options: &Value) -> Space<'_> {
        let opened = self.json("POST", "/spaces", options);
        let text = |field: &str| opened[field].as_str().expect("it is told").to_owned();
        Space {
            server: self,
            id: text("id"),
            host: text("host"),
            path: text("path"),
        }
    }

    /// The events from here on.
    pub fn events(&self) -> Events {
        Events(self.control_socket("/events"))
    }

    fn control_socket(&self, path: &str) -> WebSocket<TcpStream> {
        let mut request = format!("ws://{}{path}", self.host)
            .into_client_request()
            .expect("it is a URL");
        let offered = format!("partyrun, bearer.{}", self.token);
        request.headers_mut().insert(
            "sec-websocket-protocol",
            offered.parse().expect("a header's value"),
        );
        let (socket, _) = tungstenite::client(request, self.connect()).expect("it is opened");
        socket
    }
}

/// A space of a server that can be controlled.
pub struct Space<'a> {
    server: &'a Controlled,
    pub id: String,
    /// `127.0.0.1:<port>`
    pub host: String,
    /// What its routes begin with.
    pub path: String,
}

impl Space<'_> {
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.host).expect("it listens");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("the duration is not zero");
        stream
    }

    /// What a client gets.
    pub fn text(&self, path: &str) -> String {
        Request::new(self.connect(), &self.host, "GET", path)
            .send()
            .text()
    }

    /// Sends a request whose answer nobody waits for.
    pub fn open(&self, path: &str) -> TcpStream {
        use std::io::Write as _;
        let mut stream = self.connect();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.host);
        stream.write_all(request.as_bytes()).expect("it is open");
        stream
    }

    /// A client's socket.
    pub fn ws(&self, path: &str) -> Socket {
        Socket::open(self.connect(), &self.host, path, &[])
    }

    /// The JSON of a request of the control plane that succeeds.
    pub fn json(&self, method: &str, path: &str, body: &Value) -> Value {
        let path = format!("{}{path}", self.path);
        self.server.json(method, &path, body)
    }

    pub fn get(&self, path: &str) -> Value {
        self.json("GET", path, &Value::Null)
    }

    pub fn post(&self, path: &str) -> Value {
        self.json("POST", path, &Value::Null)
    }

    /// Status and code of a request that is refused.
    pub fn refused(&self, method: &str, path: &str, body: &Value) -> (u16, String) {
        let path = format!("{}{path}", self.path);
        self.server.refused(method, &path, body)
    }
}

/// Status and code of an answer that is a refusal.
pub fn refusal(response: &Response) -> (u16, String) {
    let error = &response.json()["error"];
    let code = error["code"].as_str().unwrap_or_default();
    assert_eq!(response.header("partyrun-error"), Some(code));
    let message = error["message"].as_str().unwrap_or_default();
    assert!(!message.is_empty(), "a refusal says why");
    (response.status, code.to_owned())
}

/// A test that answers the requests of rooms.
pub struct Outbound(WebSocket<TcpStream>);

impl Outbound {
    pub fn of(server: &Controlled, space: &str) -> Self {
        Outbound(server.control_socket(&format!("{space}/outbound")))
    }

    /// The next request.
    pub fn next(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.0.read().expect("requests come") {
                return serde_json::from_str(&text).expect("a request is JSON");
            }
        }
    }

    pub fn say(&mut self, answer: &Value) {
        let message = Message::text(answer.to_string());
        self.0.send(message).expect("it is open");
    }
}

/// Events as they come.
pub struct Events(WebSocket<TcpStream>);

impl Events {
    /// The next event with this name.
    pub fn next(&mut self, name: &str) -> Value {
        loop {
            let message = self.0.read().expect("events come");
            let Message::Text(text) = message else {
                continue;
            };
            let event: Value = serde_json::from_str(&text).expect("an event is JSON");
            if event["event"] == name {
                return event;
            }
        }
    }
}
