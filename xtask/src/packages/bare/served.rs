//! A server in a bare system: started by `npx`, asked for a page and greeted through a WebSocket, and ended as a
//! terminal does.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::root::Root;
use crate::bench::probe;
use crate::error::Failure;
use crate::workspace::shown;

const PATIENCE: Duration = Duration::from_secs(10);
/// What a server writes before its address, once it can be asked.
const READY: &str = "Ready on ";

pub struct Served<'a> {
    root: &'a Root,
    child: Child,
    address: SocketAddr,
    /// From the start of `npx` on.
    pub took: Duration,
}

impl Served<'_> {
    pub fn start<'a>(root: &'a Root, folder: &str) -> Result<Served<'a>, Failure> {
        let mut command: Command = root.command(
            folder,
            &[
                "npx",
                "partyrun",
                "dev",
                "--port",
                "0",
                "--persist",
                "false",
            ],
        );
        let begun = Instant::now();
        let mut child = command
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|source| Failure::NotStarted {
                program: shown(&command),
                source,
            })?;
        let output = child.stdout.take().expect("it is a pipe");
        let mut said = Vec::new();
        let mut lines = BufReader::new(output).lines();
        for line in lines.by_ref().map_while(Result::ok) {
            if let Some(address) = address(&line) {
                // Whoever does not read would make the server wait.
                std::thread::spawn(move || lines.map_while(Result::ok).count());
                let took = begun.elapsed();
                return Ok(Served {
                    root,
                    child,
                    address,
                    took,
                });
            }
            said.push(line);
        }
        Err(Failure::Packages(format!(
            "`npx partyrun dev` ended before it was ready:\n{}",
            said.join("\n")
        )))
    }

    /// The status of a page.
    pub fn status(&self, path: &str) -> Result<u16, Failure> {
        let answer = probe::get(self.address, path);
        answer
            .map(|it| it.status)
            .map_err(|error| self.failed(&error))
    }

    /// The first message of a room to who connects.
    pub fn greeting(&self, room: &str) -> Result<String, Failure> {
        greeting(self.address, room).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> Failure {
        Failure::Packages(format!("The server at {}: {error}", self.address))
    }

    /// Ends it by Ctrl+C, which reaches all that `npx` has started, and looks for what is left. A signal to
    /// `npx` alone would end `npx` alone: npm has a shell between itself and what it runs.
    pub fn end(mut self) -> Result<(), Failure> {
        self.signal(Signal::INT);
        self.child.wait().map_err(|error| self.failed(&error))?;
        let since = Instant::now();
        while !self.root.processes().is_empty() {
            if since.elapsed() > PATIENCE {
                return Err(Failure::Packages(format!(
                    "Ctrl+C leaves processes of `npx partyrun dev`:\n{}",
                    self.root.processes().join("\n")
                )));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        // The group is gone if all of it has ended.
        let _ = kill_process_group(pid.expect("a process has a number above 0"), signal);
    }
}

impl Drop for Served<'_> {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}

fn address(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once(READY)?;
    let port = rest.trim().trim_end_matches('/').rsplit_once(':')?.1;
    Some(SocketAddr::from(([127, 0, 0, 1], port.parse().ok()?)))
}

fn greeting(address: SocketAddr, room: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET /parties/main/{room} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    if !line.starts_with("HTTP/1.1 101 ") {
        return Err(io::Error::other(line.trim().to_owned()));
    }
    while line.trim() != "" {
        line.clear();
        reader.read_line(&mut line)?;
    }
    message(&mut reader)
}

/// A short text message of one frame.
fn message(reader: &mut impl io::Read) -> io::Result<String> {
    let mut head = [0; 2];
    reader.read_exact(&mut head)?;
    let [0x81, length @ 0..=125] = head else {
        return Err(io::Error::other(format!("no short text: {head:?}")));
    };
    let mut text = vec![0; usize::from(length)];
    reader.read_exact(&mut text)?;
    String::from_utf8(text).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_read_from_the_line_that_says_it() {
        let read = |line| address(line).map(|address| address.port());
        assert_eq!(read("Ready on http://127.0.0.1:4000"), Some(4000));
        assert_eq!(read("Ready on http://0.0.0.0:1999/"), Some(1999));
        assert_eq!(read("Loading"), None);
    }

    #[test]
    fn only_a_short_text_is_a_greeting() {
        assert_eq!(message(&mut &b"\x81\x02hi"[..]).expect("a text"), "hi");
        assert!(message(&mut &b"\x82\x02hi"[..]).is_err());
        assert!(message(&mut &b"\x81\x05hi"[..]).is_err());
    }
}
