//! Rooms that evaluate scripts: the running program, and the question put to each room. Never reads a suite.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;

use crate::error::Failure;
use crate::workspace::shown;

/// A program that does not listen by then never will.
const START_LIMIT: Duration = Duration::from_secs(30);
/// Beyond a script's own patience: a room that says nothing by then is stuck.
const STUCK_LIMIT: Duration = Duration::from_secs(20);

/// What became of a script.
#[derive(Debug, Deserialize)]
pub struct Outcome {
    /// What went wrong outside of its tests.
    pub error: Option<String>,
    pub tests: Vec<Test>,
}

#[derive(Debug, Deserialize)]
pub struct Test {
    pub name: String,
    /// Absent when the script ended before the test.
    pub status: Option<String>,
}

impl Outcome {
    fn broken(error: impl ToString) -> Self {
        Outcome {
            error: Some(error.to_string()),
            tests: Vec::new(),
        }
    }

    pub fn passed(&self) -> usize {
        self.tests.iter().filter(|test| test.has_passed()).count()
    }

    /// Names of the tests that did not pass, and `(script)` for the script itself.
    pub fn failures(&self) -> Vec<String> {
        let script = self.error.iter().map(|_| "(script)".to_owned());
        let tests = self.tests.iter().filter(|test| !test.has_passed());
        script.chain(tests.map(|test| test.name.clone())).collect()
    }
}

impl Test {
    fn has_passed(&self) -> bool {
        self.status.as_deref() == Some("PASS")
    }
}

/// The running program. Ends when dropped.
pub struct Rooms {
    child: Child,
    addr: SocketAddr,
    made: AtomicUsize,
}

impl Rooms {
    pub fn start(program: &Path, project: &Path) -> Result<Rooms, Failure> {
        let addr = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .map_err(|error| Failure::Measurement(error.to_string()))?;
        let mut command = Command::new(program);
        command
            .args([
                "dev",
                "--persist",
                "false",
                "--port",
                &addr.port().to_string(),
            ])
            .current_dir(project)
            .env("PWD", project)
            .env("PARTYRUN_IDLE_MS", "100")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn().map_err(|source| Failure::NotStarted {
            program: shown(&command),
            source,
        })?;
        let rooms = Rooms {
            child,
            addr,
            made: AtomicUsize::new(0),
        };
        let begun = Instant::now();
        while TcpStream::connect(addr).is_err() {
            if begun.elapsed() > START_LIMIT {
                return Err(Failure::NeverReady {
                    server: "partyrun dev".to_owned(),
                    seconds: START_LIMIT.as_secs(),
                    output: String::new(),
                });
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(rooms)
    }

    /// Evaluates `source` in a new room, as if it were at the URL `base`.
    pub fn run(&self, source: &str, patience: Duration, base: &str) -> Outcome {
        let room = self.made.fetch_add(1, Ordering::Relaxed);
        let patience_ms = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX);
        let question =
            json!({ "source": source, "timeout": patience_ms, "base": base }).to_string();
        match self.ask(room, &question, patience + STUCK_LIMIT) {
            Ok(answer) => serde_json::from_str(&answer).unwrap_or_else(|_| Outcome::broken(answer)),
            Err(error) => Outcome::broken(error),
        }
    }

    fn ask(&self, room: usize, question: &str, limit: Duration) -> io::Result<String> {
        let mut stream = TcpStream::connect(self.addr)?;
        stream.set_read_timeout(Some(limit))?;
        let head = format!(
            "POST /parties/main/{room} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            self.addr,
            question.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(question.as_bytes())?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
        body.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

impl Drop for Rooms {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
