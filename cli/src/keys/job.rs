//! This process as a job of a shell: Ctrl-Z stops it, `fg` and `bg` continue it. Owns both signals;
//! never touches the terminal.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, getpgrp, getsid};
use signal_hook::low_level::{pipe, raise};

/// In the background nothing tells that a shell brings the process back without having stopped it.
const GLANCE: Duration = Duration::from_millis(250);

/// Why [`Job::wait`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Something was typed.
    Typed,
    /// The process is asked to stop, as by Ctrl-Z.
    Stop,
    /// The process was stopped and goes on.
    Continued,
    /// It is time to look around.
    Glance,
}

/// Takes the signals of job control from here on.
pub struct Job {
    stop: UnixStream,
    continued: UnixStream,
}

impl Job {
    /// # Errors
    /// When the system refuses a handler.
    pub fn start() -> io::Result<Job> {
        Ok(Job {
            stop: told_of(Signal::TSTP)?,
            continued: told_of(Signal::CONT)?,
        })
    }

    /// Waits for a signal, and for a key if those are meant for this process.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn wait(&self, keys: bool) -> io::Result<Woken> {
        let stdin = io::stdin();
        let input = |source| PollFd::from_borrowed_fd(source, PollFlags::IN);
        let mut sources = vec![input(self.stop.as_fd()), input(self.continued.as_fd())];
        if keys {
            sources.push(input(stdin.as_fd()));
        }
        let glance = Timespec {
            tv_sec: 0,
            tv_nsec: i64::from(GLANCE.subsec_nanos()),
        };
        match poll(&mut sources, (!keys).then_some(&glance)) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => return Ok(Woken::Glance),
            Err(error) => return Err(error.into()),
        }
        let is_ready = |at: usize| sources.get(at).is_some_and(|it| !it.revents().is_empty());
        Ok(match (is_ready(0), is_ready(1), is_ready(2)) {
            (true, ..) => {
                drain(&self.stop);
                Woken::Stop
            }
            (_, true, _) => {
                drain(&self.continued);
                Woken::Continued
            }
            (.., true) => Woken::Typed,
            (false, false, false) => Woken::Glance,
        })
    }
}

/// Stops this process until it is continued, as the signal does that was caught.
pub fn stop() {
    // Without a shell above, nobody could continue it: the system ignores the signal then, too.
    let is_below_a_shell = getsid(None).is_ok_and(|session| session != getpgrp());
    if is_below_a_shell {
        // A process that cannot be stopped goes on.
        let _ = raise(Signal::STOP.as_raw());
    }
}

fn told_of(signal: Signal) -> io::Result<UnixStream> {
    let (read, write) = UnixStream::pair()?;
    read.set_nonblocking(true)?;
    pipe::register(signal.as_raw(), write)?;
    Ok(read)
}

fn drain(mut told: &UnixStream) {
    let mut bytes = [0; 16];
    while told.read(&mut bytes).is_ok_and(|count| count > 0) {}
}
