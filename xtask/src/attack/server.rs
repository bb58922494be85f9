//! A server under attack: started, looked at, killed. Its project and what it keeps stay where they are,
//! so that it can be started again. Never decides what is a fault.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::bench::server::copy_project;
use crate::error::Failure;

/// A server that is not ready by then never will be.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Where a server can be started.
pub struct Site {
    program: PathBuf,
    pub folder: PathBuf,
    environment: Vec<(String, String)>,
}

pub struct Server {
    child: Child,
    pub port: u16,
}

/// A server that may not be ready yet.
pub struct Starting {
    child: Child,
    ready: Receiver<u16>,
}

impl Site {
    /// A fresh copy of `project` in `folder`.
    pub fn new(program: &Path, project: &Path, folder: &Path) -> Result<Site, Failure> {
        let copy = folder.join("project");
        copy_project(project, &copy).map_err(|source| Failure::Unwritable {
            file: copy.clone(),
            source,
        })?;
        Ok(Site {
            program: program.to_owned(),
            folder: copy,
            environment: Vec::new(),
        })
    }

    pub fn with(mut self, name: &str, value: &str) -> Site {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What the server says goes into `output.txt` beside the project's copy.
    pub fn begin(&self) -> Result<Starting, Failure> {
        let file = self.folder.with_file_name("output.txt");
        let unwritable = |source| Failure::Unwritable {
            file: file.clone(),
            source,
        };
        let output = fs::OpenOptions::new().create(true).append(true).open(&file);
        let mut output = output.map_err(unwritable)?;
        let errors = output.try_clone().map_err(unwritable)?;
        let mut child = Command::new(&self.program)
            .args(["dev", "--port", "0"])
            .current_dir(&self.folder)
            .envs([("CI", "1"), ("NO_COLOR", "1")])
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .map_err(|source| Failure::NotStarted {
                program: self.program.display().to_string(),
                source,
            })?;
        let stdout = child.stdout.take().expect("it is a pipe");
        let (tell, ready) = channel();
        // Ends with the server.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some(port) = ready_port(&line) {
                    let _ = tell.send(port);
                }
                let _ = writeln!(output, "{line}");
            }
        });
        Ok(Starting { child, ready })
    }

    pub fn start(&self) -> Result<Server, Failure> {
        self.begin()?.ready()
    }

    /// The end of what was said.
    pub fn last_words(&self) -> String {
        let text = fs::read(self.folder.with_file_name("output.txt")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

fn ready_port(line: &str) -> Option<u16> {
    line.strip_prefix("Ready on ")?
        .rsplit_once(':')?
        .1
        .trim()
        .parse()
        .ok()
}

/// How a start went.
pub enum Start {
    Ready(Server),
    Ended(ExitStatus),
    /// It lives, and is not ready; it is killed.
    Silent,
}

impl Starting {
    pub fn outcome(mut self) -> Start {
        match self.ready.recv_timeout(START_LIMIT) {
            Ok(port) => Start::Ready(Server {
                child: self.child,
                port,
            }),
            Err(RecvTimeoutError::Timeout) => {
                self.kill();
                Start::Silent
            }
            // It has closed its output.
            Err(RecvTimeoutError::Disconnected) => match self.child.wait() {
                Ok(status) => Start::Ended(status),
                Err(_) => Start::Silent,
            },
        }
    }

    pub fn ready(self) -> Result<Server, Failure> {
        let why = match self.outcome() {
            Start::Ready(server) => return Ok(server),
            Start::Ended(status) => format!("ended: {status}"),
            Start::Silent => "did not become ready".to_owned(),
        };
        Err(Failure::Measurement(format!("The server {why}")))
    }

    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok().flatten();
        status.map(|status| status.to_string())
    }

    /// Resident memory in MiB.
    pub fn memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
        Some(kib / 1024)
    }

    /// Ends it as Ctrl-C does.
    pub fn stop(mut self) {
        if kill_process(Pid::from_child(&self.child), Signal::INT).is_ok() {
            let _ = self.child.wait();
        }
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_in_the_line_that_says_ready() {
        assert_eq!(ready_port("Ready on http://0.0.0.0:4321"), Some(4321));
        assert_eq!(ready_port("- http://127.0.0.1:4321"), None);
    }
}
