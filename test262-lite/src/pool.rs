//! The processes that run tests: hands out runs, collects answers, and starts another process in the
//! place of one that a test has taken down. Never judges.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::worker::{Answer, Request};

/// After so many runs a process is replaced: what partyrun compiles it keeps for good.
const RUNS_PER_PROCESS: usize = 500;
/// How much longer than the test may a process take: it stops most tests by itself.
const GRACE: Duration = Duration::from_secs(5);
/// How much of a dead process's last words are shown, in characters.
const LAST_WORDS: usize = 300;

/// How to start the processes.
pub struct Pool {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    pub jobs: usize,
    pub timeout: Duration,
}

impl Pool {
    /// Runs everything; tells `done` the index of a run and why it failed, in the order in which they
    /// end.
    ///
    /// # Errors
    /// When no process can be started.
    pub fn run(
        &self,
        requests: &[Request],
        mut done: impl FnMut(usize, Option<String>),
    ) -> std::io::Result<()> {
        let next = AtomicUsize::new(0);
        let (sender, receiver) = channel();
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..self.jobs.min(requests.len()))
                .map(|_| {
                    let (sender, next) = (sender.clone(), &next);
                    scope.spawn(move || self.work(requests, next, &sender))
                })
                .collect();
            drop(sender);
            for (index, failure) in receiver {
                done(index, failure);
            }
            for thread in threads {
                thread
                    .join()
                    .expect("the thread only waits for its process")?;
            }
            Ok(())
        })
    }

    fn work(
        &self,
        requests: &[Request],
        next: &AtomicUsize,
        done: &Sender<(usize, Option<String>)>,
    ) -> std::io::Result<()> {
        let mut process: Option<Process> = None;
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(request) = requests.get(index) else {
                return Ok(());
            };
            let mut current = match process.take() {
                Some(process) if process.runs < RUNS_PER_PROCESS => process,
                _ => self.start()?,
            };
            let failure = match current.ask(request, self.timeout + GRACE) {
                Ok(answer) => {
                    process = Some(current);
                    answer.failure
                }
                Err(reason) => Some(format!("{reason}{}", current.last_words())),
            };
            // Nobody listens any more when another thread could not start its process.
            let _ = done.send((index, failure));
        }
    }

    fn start(&self) -> std::io::Result<Process> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().expect("was asked for");
        let output = child.stdout.take().expect("was asked for");
        let mut errors = child.stderr.take().expect("was asked for");
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let errors = std::thread::spawn(move || {
            let mut text = Vec::new();
            // What was read before an error is what there is.
            let _ = errors.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        Ok(Process {
            child,
            input: Some(input),
            answers,
            errors: Some(errors),
            runs: 0,
        })
    }
}

/// One process. Ends with the value.
struct Process {
    child: Child,
    input: Option<ChildStdin>,
    answers: Receiver<String>,
    errors: Option<JoinHandle<String>>,
    runs: usize,
}

impl Process {
    fn ask(&mut self, request: &Request, patience: Duration) -> Result<Answer, &'static str> {
        self.runs += 1;
        let request = serde_json::to_string(request).expect("strings are JSON");
        let input = self.input.as_mut().expect("is taken at the end only");
        if writeln!(input, "{request}")
            .and_then(|()| input.flush())
            .is_err()
        {
            return Err("The process ended before the test");
        }
        match self.answers.recv_timeout(patience) {
            Ok(line) => {
                serde_json::from_str(&line).map_err(|_| "The test wrote where only answers go")
            }
            Err(RecvTimeoutError::Timeout) => Err("It could not be stopped in time"),
            Err(RecvTimeoutError::Disconnected) => Err("It took the process down"),
        }
    }

    /// Ends the process; what it has said, on one line.
    fn last_words(&mut self) -> String {
        self.end();
        let said = self.errors.take().and_then(|thread| thread.join().ok());
        let words: Vec<&str> = said.as_deref().unwrap_or("").split_whitespace().collect();
        let text: String = words.join(" ").chars().take(LAST_WORDS).collect();
        if text.is_empty() {
            text
        } else {
            format!(": {text}")
        }
    }

    fn end(&mut self) {
        drop(self.input.take());
        // Fails when it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
