//! VS Code's debugger for JavaScript, and what VS Code says to it (the Debug Adapter Protocol).

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::log::Log;
use super::{PATIENCE, eventually};

/// Names the debugger's program.
const VARIABLE: &str = "PARTYRUN_JS_DEBUG";

/// The debugger's process; ended when dropped.
pub struct Adapter {
    child: Child,
    port: u16,
}

impl Adapter {
    /// # Panics
    /// When it is not there.
    pub fn start() -> Self {
        let program = std::env::var_os(VARIABLE);
        let program = program.expect("`cargo xtask debuggers` names VS Code's debugger");
        let mut child = Command::new("node")
            .arg(PathBuf::from(program))
            .args(["0", "127.0.0.1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Node.js can be started");
        let stdout = Log::follow(child.stdout.take().expect("stdout is piped"));
        let port = eventually("the debugger listens", || {
            let text = stdout.text();
            let (_, port) = text.lines().next()?.rsplit_once(':')?;
            port.trim().parse().ok()
        });
        Self { child, port }
    }

    /// Begins to debug what `configuration` says; breakpoints are set on the way.
    pub fn attach(&self, configuration: &Value, breakpoints: &Value) -> Session {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        let timeout = stream.set_read_timeout(Some(PATIENCE));
        timeout.expect("the duration is not zero");
        let mut session = Session {
            reader: BufReader::new(stream),
            latest: 0,
            heard: VecDeque::new(),
        };
        let client = json!({
            "adapterID": "pwa-node",
            "linesStartAt1": true,
            "columnsStartAt1": true,
            "pathFormat": "path",
            "supportsStartDebuggingRequest": true,
        });
        session.ask("initialize", &client);
        // It is answered when all else is said.
        session.send("attach", configuration);
        session.event("initialized");
        session.ask("setBreakpoints", breakpoints);
        session.ask("configurationDone", &json!({}));
        session
    }
}

impl Drop for Adapter {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One conversation with it: of all rooms, or of one.
pub struct Session {
    reader: BufReader<TcpStream>,
    latest: u64,
    heard: VecDeque<Value>,
}

impl Session {
    /// Asks for something and gives what is answered.
    pub fn ask(&mut self, command: &str, arguments: &Value) -> Value {
        let number = self.send(command, arguments);
        let mut answer =
            self.wait(|message| message["type"] == "response" && message["request_seq"] == number);
        assert_eq!(answer["success"], true, "{command}: {answer}");
        answer["body"].take()
    }

    /// Waits for an event, and gives what it says.
    pub fn event(&mut self, name: &str) -> Value {
        self.wait(|message| message["event"] == name)["body"].take()
    }

    /// Waits until it asks for another conversation, and gives its configuration.
    pub fn child(&mut self) -> Value {
        let mut asked = self.wait(|message| message["command"] == "startDebugging");
        self.write(json!({
            "type": "response",
            "request_seq": asked["seq"],
            "command": "startDebugging",
            "success": true,
        }));
        asked["arguments"]["configuration"].take()
    }

    fn send(&mut self, command: &str, arguments: &Value) -> u64 {
        self.write(json!({ "type": "request", "command": command, "arguments": arguments }));
        self.latest
    }

    fn write(&mut self, mut message: Value) {
        self.latest += 1;
        message["seq"] = json!(self.latest);
        let text = message.to_string();
        let framed = format!("Content-Length: {}\r\n\r\n{text}", text.len());
        let written = self.reader.get_mut().write_all(framed.as_bytes());
        written.expect("it reads");
    }

    /// The first message that is wanted; others stay.
    fn wait(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.heard.iter().position(&is_wanted) {
            return self.heard.remove(at).expect("it is there");
        }
        loop {
            let message = self.read();
            if is_wanted(&message) {
                return message;
            }
            self.heard.push_back(message);
        }
    }

    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line).expect("it says more");
            match line.trim().split_once(": ") {
                Some((_, value)) => length = value.parse().expect("a length is a number"),
                None => break,
            }
        }
        let mut bytes = vec![0; length];
        self.reader.read_exact(&mut bytes).expect("it says all");
        serde_json::from_slice(&bytes).expect("it is JSON")
    }
}
