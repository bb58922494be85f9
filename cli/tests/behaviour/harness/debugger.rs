//! A debugger: a client of the Chrome DevTools Protocol that knows where TypeScript is in what V8 runs.

use std::collections::{BTreeMap, VecDeque};
use std::net::TcpStream;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::http::Request;
use super::socket::Socket;
use super::{Dev, PATIENCE, eventually};

/// An open connection of a debugger.
pub struct Debugger {
    socket: Socket,
    latest: i64,
    events: VecDeque<(String, Value)>,
    /// Source maps by URL, as the debugger was told of them.
    scripts: BTreeMap<String, Map>,
    /// Their URLs by V8's numbers.
    urls: BTreeMap<String, String>,
    /// The session that messages are for, of a connection to all rooms.
    session: Option<Session>,
}

/// A room, in a connection to all of them.
enum Session {
    /// As VS Code talks to it: messages in messages.
    Worker(String),
    /// As DevTools does: messages with the session's id.
    Flat(String),
}

/// The port for debuggers of a program.
pub struct DebugPort(u16);

impl DebugPort {
    /// Waits until what is `printed` tells it.
    pub fn told_in(printed: impl Fn() -> String) -> Self {
        Self(eventually("the port for debuggers is told", || {
            let printed = printed();
            let (_, rest) = printed.split_once("- debuggers: ")?;
            let (address, _) = rest.split_once('\n')?;
            address.rsplit_once(':')?.1.parse().ok()
        }))
    }

    pub fn number(&self) -> u16 {
        self.0
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.0)).expect("it listens");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("the duration is not zero");
        stream
    }

    /// A request to it.
    pub fn request(&self, path: &str) -> Request {
        let host = format!("127.0.0.1:{}", self.0);
        Request::new(self.connect(), &host, "GET", path)
    }

    /// What debuggers can attach to.
    pub fn targets(&self) -> Vec<Value> {
        let list = self.request("/json/list").send().json();
        list.as_array().expect("it is a list").clone()
    }

    /// Attaches to the target with this title.
    pub fn debugger(&self, title: &str) -> Debugger {
        let target = eventually(&format!("{title} can be attached to"), || {
            let mut targets = self.targets().into_iter();
            targets.find(|target| target["title"] == title)
        });
        let url = target["webSocketDebuggerUrl"].as_str().expect("a URL");
        let address = url
            .strip_prefix("ws://")
            .and_then(|rest| rest.split_once('/'));
        let (host, id) = address.expect("host and id");
        Debugger {
            socket: Socket::open(self.connect(), host, &format!("/{id}"), &[]),
            latest: 0,
            events: VecDeque::new(),
            scripts: BTreeMap::new(),
            urls: BTreeMap::new(),
            session: None,
        }
    }
}

impl Dev {
    /// The port for debuggers.
    pub fn debug_port(&self) -> DebugPort {
        DebugPort::told_in(|| self.stdout() + &self.stderr())
    }

    /// Attaches a debugger to the target with this title.
    pub fn debugger(&self, title: &str) -> Debugger {
        self.debug_port().debugger(title)
    }
}

impl Debugger {
    /// Sends a command and gives its result.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let mut answer = self.answer(method, params);
        assert!(answer["error"].is_null(), "{method}: {answer}");
        answer["result"].take()
    }

    /// Sends a command and gives its whole answer.
    pub fn answer(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        loop {
            let message = self.next();
            if message["id"] == id {
                return message;
            }
        }
    }

    /// Sends a command.
    pub fn send(&mut self, method: &str, params: Value) -> i64 {
        self.latest += 1;
        let mut message = json!({ "id": self.latest, "method": method, "params": params });
        match &self.session {
            None => self.socket.send(&message.to_string()),
            Some(Session::Flat(session)) => {
                message["sessionId"] = json!(session);
                self.socket.send(&message.to_string());
            }
            Some(Session::Worker(session)) => {
                let params = json!({ "sessionId": session, "message": message.to_string() });
                let method = "NodeWorker.sendMessageToWorker";
                let outer = json!({ "id": -self.latest, "method": method, "params": params });
                self.socket.send(&outer.to_string());
            }
        }
        self.latest
    }

    /// Waits for an event that has not been waited for, and gives its parameters.
    pub fn event(&mut self, method: &str) -> Value {
        loop {
            if let Some(at) = self.events.iter().position(|(name, _)| name == method) {
                return self.events.remove(at).expect("it is there").1;
            }
            self.next();
        }
    }

    /// From here on messages go to the next room that attaches to a connection to all of them.
    pub fn enter_worker(&mut self, title: &str) -> Value {
        loop {
            let params = self.event("NodeWorker.attachedToWorker");
            if params["workerInfo"]["title"] == title {
                let session = params["sessionId"].as_str().expect("it is text");
                self.session = Some(Session::Worker(session.to_owned()));
                return params;
            }
        }
    }

    /// The same, for a connection that is attached by itself.
    pub fn enter_target(&mut self, title: &str) {
        let params = json!({
            "autoAttach": true, "waitForDebuggerOnStart": false, "flatten": true,
        });
        self.ask("Target.setAutoAttach", params);
        loop {
            let params = self.event("Target.attachedToTarget");
            if params["targetInfo"]["title"] == title {
                let session = params["sessionId"].as_str().expect("it is text");
                self.session = Some(Session::Flat(session.to_owned()));
                return;
            }
        }
    }

    fn next(&mut self) -> Value {
        let mut message = self.socket.json();
        if message["method"] == "NodeWorker.receivedMessageFromWorker" {
            let text = message["params"]["message"].as_str().expect("it is text");
            message = serde_json::from_str(text).expect("it is JSON");
        }
        if let Some(method) = message["method"].as_str().map(str::to_owned) {
            let params = message["params"].clone();
            if method == "Debugger.scriptParsed" {
                let text = |name: &str| params[name].as_str().unwrap_or_default().to_owned();
                self.urls.insert(text("scriptId"), text("url"));
                self.scripts
                    .insert(text("url"), Map::of(&text("sourceMapURL")));
            }
            self.events.push_back((method, params));
        }
        message
    }

    /// Turns on what debuggers turn on first.
    pub fn enable(&mut self) {
        self.ask("Runtime.enable", json!({}));
        self.ask("Debugger.enable", json!({}));
    }

    /// The URLs of scripts that it was told of.
    pub fn scripts(&self) -> Vec<&str> {
        self.scripts.keys().map(String::as_str).collect()
    }

    /// Sets a breakpoint where the file has `code`, found by its source map alone.
    pub fn break_at(&mut self, file: &str, code: &str) -> Value {
        let found = self.scripts.iter().find(|(url, _)| url.ends_with(file));
        let (url, map) = found.unwrap_or_else(|| panic!("No script of {file}"));
        let (line, column) = map.generated(code);
        let params = json!({ "url": url, "lineNumber": line, "columnNumber": column });
        self.ask("Debugger.setBreakpointByUrl", params)
    }

    /// Waits until it is paused; gives the innermost frame and the line of the file that it is in.
    pub fn paused(&mut self) -> (Value, String) {
        let mut params = self.event("Debugger.paused");
        let frame = params["callFrames"][0].take();
        let script = frame["location"]["scriptId"].as_str().expect("it is text");
        let number = |name: &str| frame["location"][name].as_u64().unwrap_or_default();
        let map = &self.scripts[&self.urls[script]];
        let line = map.original_line(number("lineNumber"), number("columnNumber"));
        (frame, line)
    }

    /// The value of an expression in a frame.
    pub fn value(&mut self, frame: &Value, expression: &str) -> Value {
        let params = json!({
            "callFrameId": frame["callFrameId"],
            "expression": expression,
            "returnByValue": true,
        });
        self.ask("Debugger.evaluateOnCallFrame", params)["result"]["value"].take()
    }

    /// Lets it go on.
    pub fn resume(&mut self) {
        self.ask("Debugger.resume", json!({}));
    }
}

/// A source map with its file.
struct Map {
    lines: Vec<String>,
    /// Lines and columns, generated and original, from 0.
    places: Vec<[i64; 4]>,
}

impl Map {
    fn of(url: &str) -> Map {
        let mut map = Map {
            lines: Vec::new(),
            places: Vec::new(),
        };
        let Some((_, data)) = url.split_once(";base64,") else {
            return map;
        };
        let bytes = STANDARD.decode(data).expect("it is base64");
        let json: Value = serde_json::from_slice(&bytes).expect("it is JSON");
        let source = json["sourcesContent"][0].as_str().expect("it has the file");
        map.lines = source.lines().map(str::to_owned).collect();
        let mut place = [0_i64; 4];
        let mappings = json["mappings"].as_str().expect("it has mappings");
        for (line, segments) in (0..).zip(mappings.split(';')) {
            place[0] = line;
            place[1] = 0;
            for segment in segments.split(',').filter(|segment| !segment.is_empty()) {
                let numbers = numbers(segment);
                place[1] += numbers[0];
                if let [_, _, line, column, ..] = numbers[..] {
                    place[2] += line;
                    place[3] += column;
                    map.places.push(place);
                }
            }
        }
        map
    }

    /// Where the code is that stands in the file.
    fn generated(&self, code: &str) -> (i64, i64) {
        let line = self.lines.iter().position(|line| line.contains(code));
        let line = line.unwrap_or_else(|| panic!("Not in the file: {code}"));
        let column = self.lines[line].find(code).expect("it is in the line");
        let (line, column) = (line as i64, column as i64);
        let place = self
            .places
            .iter()
            .filter(|place| place[2] == line && place[3] >= column)
            .min_by_key(|place| place[3])
            .unwrap_or_else(|| panic!("Nothing was made of: {code}"));
        (place[0], place[1])
    }

    fn original_line(&self, line: u64, column: u64) -> String {
        let at = (line as i64, column as i64);
        let place = self
            .places
            .iter()
            .rev()
            .find(|place| (place[0], place[1]) <= at)
            .expect("it is in the map");
        self.lines[place[2] as usize].trim().to_owned()
    }
}

/// The numbers of one segment (base 64, least significant digits first, the sign in the lowest bit).
fn numbers(segment: &str) -> Vec<i64> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut numbers, mut value, mut shift) = (Vec::new(), 0, 0);
    for byte in segment.bytes() {
        let digit = DIGITS.iter().position(|known| *known == byte);
        let digit = digit.expect("it is a digit") as i64;
        value |= (digit & 31) << shift;
        shift += 5;
        if digit & 32 == 0 {
            numbers.push(if value & 1 == 1 {
                -(value >> 1)
            } else {
                value >> 1
            });
            (value, shift) = (0, 0);
        }
    }
    numbers
}
