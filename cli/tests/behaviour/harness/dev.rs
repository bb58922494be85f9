//! A running `partyrun dev`.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::http::{Request, Response};
use super::log::Log;
use super::project::{Project, write};
use super::socket::Socket;
use super::{PATIENCE, RawSocket, eventually};

/// The program serving a project; killed when dropped.
pub struct Dev {
    project: Project,
    process: Process,
}

struct Process {
    child: Child,
    port: u16,
    stdout: Log,
    stderr: Log,
}

impl Process {
    fn start(project: &Project, port: Option<u16>) -> Self {
        let mut child = project
            .command(port)
            .spawn()
            .expect("the program can be started");
        let stdout = Log::follow(child.stdout.take().expect("stdout is piped"));
        let stderr = Log::follow(child.stderr.take().expect("stderr is piped"));
        let ready = stdout.wait(ready_port);
        let mut process = Self {
            child,
            port: 0,
            stdout,
            stderr,
        };
        match ready {
            Some(port) => process.port = port,
            None => {
                let _ = process.child.kill();
                panic!(
                    "The program never became ready.\nstdout:\n{}\nstderr:\n{}",
                    process.stdout.rest(),
                    process.stderr.rest()
                );
            }
        }
        process
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("a child not yet waited for can be signalled");
    }

    fn wait(&mut self) -> ExitStatus {
        eventually("the program ends", || {
            self.child
                .try_wait()
                .expect("the child is ours to wait for")
        })
    }
}

/// Port of the line `Ready on http://<address>:<port>`, once that line is complete.
pub fn ready_port(text: &str) -> Option<u16> {
    let (_, rest) = text.split_once("Ready on http")?;
    let (address, _) = rest.split_once('\n')?;
    address.trim().rsplit_once(':')?.1.parse().ok()
}

impl Dev {
    /// Serves `source` as the main party.
    pub fn inline(source: &str) -> Self {
        Project::inline(source).dev()
    }

    /// Serves a copy of `fixtures/<name>`.
    pub fn fixture(name: &str) -> Self {
        Project::fixture(name).dev()
    }

    pub(super) fn boot(project: Project) -> Self {
        let process = Process::start(&project, None);
        Self { project, process }
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.process.port
    }

    /// `127.0.0.1:<port>`.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port())
    }

    /// The number of the process that the test has started.
    pub fn process(&self) -> u32 {
        self.process.child.id()
    }

    /// The project being served.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// A TCP connection to it.
    pub fn connect(&self) -> TcpStream {
        let address = SocketAddr::from(([127, 0, 0, 1], self.port()));
        let stream = TcpStream::connect_timeout(&address, PATIENCE)
            .unwrap_or_else(|error| panic!("{address} refused a connection: {error}"));
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("the duration is not zero");
        stream
            .set_nodelay(true)
            .expect("a connected socket takes options");
        stream
    }

    /// A TCP connection to it, unless it takes no more: as long as its queue is full the system drops
    /// attempts, and repeats them after a second.
    pub fn try_connect(&self) -> Option<TcpStream> {
        let address = SocketAddr::from(([127, 0, 0, 1], self.port()));
        TcpStream::connect_timeout(&address, Duration::from_secs(5)).ok()
    }

    /// What is answered to `bytes`, until the server ends the connection.
    pub fn raw(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect();
        // A server that refuses a request need not read all of it.
        let _ = stream.write_all(bytes.as_ref());
        rest_of(stream)
    }

    /// Files that the program has open, sockets among them.
    pub fn open_files(&self) -> usize {
        let folder = format!("/proc/{}/fd", self.process.child.id());
        std::fs::read_dir(folder)
            .expect("the system shows a process's files")
            .count()
    }

    /// A request to be completed and sent.
    pub fn request(&self, method: &str, path: &str) -> Request {
        Request::new(self.connect(), &self.host(), method, path)
    }

    /// `GET path`.
    pub fn get(&self, path: &str) -> Response {
        self.request("GET", path).send()
    }

    /// `POST path` with a body.
    pub fn post(&self, path: &str, body: &str) -> Response {
        self.request("POST", path).body(body.as_bytes()).send()
    }

    /// The JSON that `GET path` answers with status 200.
    pub fn json(&self, path: &str) -> Value {
        let response = self.get(path);
        assert_eq!(response.status, 200, "GET {path}: {}", response.text());
        response.json()
    }

    /// The answer to a WebSocket handshake that is expected to be refused.
    pub fn refused(&self, path: &str) -> Response {
        let response = self.request("GET", path).upgrade().send();
        assert_ne!(
            response.status, 101,
            "The handshake with {path} was not refused"
        );
        response
    }

    /// An open WebSocket.
    pub fn ws(&self, path: &str) -> Socket {
        Socket::open(self.connect(), &self.host(), path, &[])
    }

    /// An open WebSocket whose handshake carried more headers.
    pub fn ws_with(&self, path: &str, headers: &[(&str, &str)]) -> Socket {
        Socket::open(self.connect(), &self.host(), path, headers)
    }

    /// An open WebSocket whose bytes the test writes itself.
    pub fn raw_ws(&self, path: &str) -> RawSocket {
        RawSocket::new(self.request("GET", path).upgrade().open())
    }

    /// Standard output so far.
    pub fn stdout(&self) -> String {
        self.process.stdout.text()
    }

    /// Standard error so far.
    pub fn stderr(&self) -> String {
        self.process.stderr.text()
    }

    /// Everything on standard error of a program that has ended.
    pub fn rest_of_stderr(&self) -> String {
        self.process.stderr.rest()
    }

    /// Waits until standard output has `needle`.
    pub fn stdout_has(&self, needle: &str) {
        let found = self
            .process
            .stdout
            .wait(|text| text.contains(needle).then_some(()));
        assert!(
            found.is_some(),
            "Not on stdout: `{needle}`\n{}",
            self.stdout()
        );
    }

    /// Waits until standard error has `needle`.
    pub fn stderr_has(&self, needle: &str) {
        let found = self
            .process
            .stderr
            .wait(|text| text.contains(needle).then_some(()));
        assert!(
            found.is_some(),
            "Not on stderr: `{needle}`\n{}",
            self.stderr()
        );
    }

    /// Waits until either stream has `needle`.
    pub fn prints(&self, needle: &str) {
        eventually(&format!("`{needle}` is printed"), || {
            (self.stdout().contains(needle) || self.stderr().contains(needle)).then_some(())
        });
    }

    /// Saves a file of the project.
    pub fn edit(&self, file: &str, content: &str) {
        write(&self.project.path().join(file), content);
    }

    /// Waits until `GET path` answers with the body `text`.
    pub fn answers(&self, path: &str, text: &str) {
        eventually(&format!("GET {path} answers `{text}`"), || {
            (self.get(path).text() == text).then_some(())
        });
    }

    /// Waits until `GET path` with this header answers with the body `text`.
    pub fn answers_to(&self, path: &str, header: (&str, &str), text: &str) {
        let (name, value) = header;
        eventually(&format!("GET {path} by {value} answers `{text}`"), || {
            let answer = self.request("GET", path).header(name, value).send();
            (answer.text() == text).then_some(())
        });
    }

    /// Sends a signal, as Ctrl-C does, and gives what became of the program and how long it took.
    pub fn interrupt(&mut self, signal: Signal) -> (ExitStatus, Duration) {
        let start = Instant::now();
        self.process.signal(signal);
        (self.process.wait(), start.elapsed())
    }

    /// Ends the program without any warning.
    pub fn kill9(&mut self) {
        self.process.signal(Signal::KILL);
        self.process.wait();
    }

    /// Starts again after [`Dev::kill9`] or [`Dev::interrupt`], on another port.
    pub fn start_again(&mut self) {
        self.process = Process::start(&self.project, None);
    }

    /// Ends the program as Ctrl-C does and starts it again on another port.
    pub fn restart(&mut self) {
        self.interrupt(Signal::INT);
        self.start_again();
    }

    /// Ends the program as Ctrl-C does and starts it again on the same port, for clients that
    /// reconnect by themselves.
    pub fn restart_in_place(&mut self) {
        let port = self.port();
        self.interrupt(Signal::INT);
        self.process = Process::start(&self.project, Some(port));
    }

    /// How many files and sockets the program has open.
    #[cfg(target_os = "linux")]
    pub fn descriptors(&self) -> usize {
        let folder = format!("/proc/{}/fd", self.process.child.id());
        std::fs::read_dir(folder)
            .expect("the process lives")
            .count()
    }

    /// The most memory that the program has had, in bytes.
    #[cfg(target_os = "linux")]
    pub fn peak_memory(&self) -> u64 {
        self.status("VmHWM:")
    }

    /// The memory that the program has, in bytes, without what it has mapped of files.
    #[cfg(target_os = "linux")]
    pub fn own_memory(&self) -> u64 {
        self.status("RssAnon:")
    }

    /// A figure of the system about the program, in bytes.
    #[cfg(target_os = "linux")]
    fn status(&self, field: &str) -> u64 {
        let file = format!("/proc/{}/status", self.process.child.id());
        let text = std::fs::read_to_string(file).expect("the process lives");
        let line = text.lines().find_map(|line| line.strip_prefix(field));
        let number = line.and_then(|line| line.split_whitespace().next());
        let kibibytes: u64 = number
            .and_then(|number| number.parse().ok())
            .expect("the system tells it");
        kibibytes * 1024
    }

    /// How many threads of the program have this name.
    #[cfg(target_os = "linux")]
    pub fn threads(&self, name: &str) -> usize {
        let folder = format!("/proc/{}/task", self.process.child.id());
        let threads = std::fs::read_dir(folder).expect("the process lives");
        // One that has ended meanwhile has no name.
        let names = threads
            .flatten()
            .filter_map(|thread| std::fs::read_to_string(thread.path().join("comm")).ok());
        names.filter(|found| found.trim() == name).count()
    }

    /// True while the process lives.
    pub fn is_alive(&mut self) -> bool {
        self.process
            .child
            .try_wait()
            .is_ok_and(|status| status.is_none())
    }
}

/// Everything until the connection ends, in whatever way.
///
/// # Panics
/// When it does not end in time.
pub fn rest_of(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes) {
        let timed_out = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
        assert!(!timed_out, "The connection did not end in time");
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let (stdout, stderr) = (self.stdout.text(), self.stderr.text());
            let _ = write!(
                std::io::stderr(),
                "--- stdout\n{stdout}\n--- stderr\n{stderr}\n"
            );
        }
    }
}
