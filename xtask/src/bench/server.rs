//! One running instance of a subject on a fresh copy of the project. Ends with all its processes when
//! dropped. Never measures.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::memory::{self, Memory};
use super::probe;
use super::processor;
use super::subject::Subject;
use crate::error::Failure;

/// A server that has not answered by then never will.
const START_LIMIT: Duration = Duration::from_secs(60);

/// How long a server may take to end by itself.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// A started server.
pub struct Server {
    name: String,
    pub addr: SocketAddr,
    /// The project's copy.
    pub project: PathBuf,
    /// Until the first good response, counted from before the process was made.
    pub first_response: Duration,
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts `subject` and waits for a room's first response.
    pub fn start(subject: &Subject, project: &Path) -> Result<Server, Failure> {
        let copy = subject.folder.join("project");
        copy_project(project, &copy).map_err(|source| Failure::Unwritable {
            file: copy.clone(),
            source,
        })?;
        let log = subject.folder.join("output.txt");
        let unwritable = |source| Failure::Unwritable {
            file: log.clone(),
            source,
        };
        let output = File::create(&log).map_err(unwritable)?;
        let errors = output.try_clone().map_err(unwritable)?;
        let addr = free_address().map_err(|error| Failure::Measurement(error.to_string()))?;
        let mut command = subject.dev(&copy, addr.port());
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let begun = Instant::now();
        let child = command.spawn().map_err(|source| Failure::NotStarted {
            program: subject.name.clone(),
            source,
        })?;
        let mut server = Server {
            name: subject.name.clone(),
            addr,
            project: copy,
            first_response: Duration::ZERO,
            child,
            log,
        };
        server.wait_for_response(begun)?;
        Ok(server)
    }

    fn wait_for_response(&mut self, begun: Instant) -> Result<(), Failure> {
        while begun.elapsed() < START_LIMIT {
            if probe::get(self.addr, "/party/first").is_ok_and(|answer| answer.status == 200) {
                self.first_response = begun.elapsed();
                return Ok(());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(Failure::EndedEarly {
                    server: self.name.clone(),
                    status,
                    output: self.last_output(),
                });
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Err(Failure::NeverReady {
            server: self.name.clone(),
            seconds: START_LIMIT.as_secs(),
            output: self.last_output(),
        })
    }

    /// Memory of the server's process and all its children.
    pub fn memory(&self) -> Result<Memory, String> {
        memory::of_tree(self.child.id())
    }

    /// Processor time that the server's process and all its children have taken.
    pub fn processor_time(&self) -> Result<Duration, String> {
        processor::of_tree(self.child.id())
    }

    fn last_output(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Server {
    /// Asks the server to end, then ends what is left of its processes, so that nothing of it runs
    /// beside the next measurement.
    fn drop(&mut self) {
        let processes = memory::tree(self.child.id());
        signal(self.child.id(), Signal::TERM);
        let asked = Instant::now();
        while asked.elapsed() < STOP_LIMIT && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(5));
        }
        if matches!(self.child.try_wait(), Ok(None)) {
            // It may end by itself just now.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        // The children's parent is gone, but a number may only be taken for theirs while the command
        // is still the same.
        for process in processes
            .iter()
            .filter(|process| process.id != self.child.id())
        {
            if memory::command_of(process.id).as_deref() == Some(&process.command) {
                signal(process.id, Signal::KILL);
            }
        }
    }
}

fn signal(process: u32, signal: Signal) {
    if let Some(process) = i32::try_from(process).ok().and_then(Pid::from_raw) {
        // It may be gone already, which is what was wanted.
        let _ = kill_process(process, signal);
    }
}

/// A fresh copy of a project, in place of what was there.
pub fn copy_project(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    copy_folder(from, to)
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// A port that was free a moment ago: neither program may pick one itself, so that both are started
/// with the same words.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
