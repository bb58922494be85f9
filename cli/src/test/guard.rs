//! The process between `partyrun test` and the command that it runs, so that nothing of the command is left
//! behind. It starts the command, hears of its end, and ends all that the command has started; also when
//! `partyrun test` is gone, which it knows by the end of their socket. Prints nothing.
//!
//! A process of its own, because nobody does anything after `kill -9`; in a group of its own, because what
//! is sent to the group of `partyrun test` is not meant for it; and the one to which the system gives the
//! orphans below it, because what a command has started may have left the command's group.
//!
//! It has one thread: the system ends the command with the thread that started it.

pub mod tree;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process_group, wait};
use serde_json::Value;
use signal_hook::low_level::pipe;

use super::passing;
use super::words::{Ending, Order, Told};

/// The first argument of this program when it is to be this.
pub const WORD: &str = "__guard";
/// How it is called, so that who ends all programs of our name by it leaves this one to its work.
pub const NAME: &str = "test-guard";

/// How long the command may take to end when it is asked to.
const STOP_PATIENCE: Duration = Duration::from_secs(2);
/// How long what the command has left behind may take.
const REST_PATIENCE: Duration = Duration::from_millis(300);
/// What does not go when it is killed is not this user's.
const KILL_PATIENCE: Duration = Duration::from_millis(700);
const GLANCE: Duration = Duration::from_millis(10);

/// Runs to the end, if this process is to be a guard.
pub fn answer() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != WORD {
        return None;
    }
    let program = PathBuf::from(arguments.next()?);
    let name = arguments.next()?;
    // Whoever started it sees by the end of the socket that there is none.
    let guarded = Guard::start(program, name, arguments.collect()).and_then(Guard::run);
    Some(guarded.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS))
}

struct Guard {
    program: PathBuf,
    name: OsString,
    arguments: Vec<OsString>,
    orders: BufReader<UnixStream>,
    told: UnixStream,
    /// Readable when a child has changed.
    children: UnixStream,
    /// Standard input of the command.
    stdin: OwnedFd,
    command: Option<Pid>,
    /// When the command is killed that was asked to end.
    kill_at: Option<Instant>,
}

impl Guard {
    fn start(program: PathBuf, name: OsString, arguments: Vec<OsString>) -> io::Result<Guard> {
        tree::adopt_orphans();
        // The socket came as standard input.
        let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
        let stdin = passing::receive(&socket)?;
        let (children, changed) = UnixStream::pair()?;
        children.set_nonblocking(true)?;
        pipe::register(Signal::CHILD.as_raw(), changed)?;
        Ok(Guard {
            program,
            name,
            arguments,
            told: socket.try_clone()?,
            orders: BufReader::new(socket),
            children,
            stdin,
            command: None,
            kill_at: None,
        })
    }

    fn run(mut self) -> io::Result<()> {
        loop {
            let (has_order, has_changed) = self.wait()?;
            if has_changed {
                self.look_at_children();
            }
            if self.kill_at.is_some_and(|at| Instant::now() >= at) {
                self.kill_at = None;
                self.end_all(Duration::ZERO);
                self.look_at_children();
            }
            if has_order && !self.take_orders()? {
                self.end_all(Duration::ZERO);
                return Ok(());
            }
        }
    }

    /// Waits until there is something to do: an order, or a child that has changed.
    fn wait(&self) -> io::Result<(bool, bool)> {
        let mut sources = [
            PollFd::new(self.orders.get_ref(), PollFlags::IN),
            PollFd::new(&self.children, PollFlags::IN),
        ];
        let left = self
            .kill_at
            .map(|at| timespec(at.saturating_duration_since(Instant::now())));
        match poll(&mut sources, left.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        Ok((
            !sources[0].revents().is_empty(),
            !sources[1].revents().is_empty(),
        ))
    }

    /// Does what has been ordered; false when nobody is left who could order.
    fn take_orders(&mut self) -> io::Result<bool> {
        loop {
            let mut line = String::new();
            match self.orders.read_line(&mut line) {
                Ok(0) => return Ok(false),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(false),
                Err(error) => return Err(error),
            }
            let order = serde_json::from_str(&line).ok().and_then(Order::of);
            if let Some(order) = order {
                self.obey(order);
            }
            if self.orders.buffer().is_empty() {
                return Ok(true);
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Run {
                environment,
                terminal,
            } => match self.spawn(&environment, terminal) {
                Ok(command) => {
                    self.command = Some(command);
                    self.tell(&Told::Started(command.as_raw_pid()));
                }
                Err(error) => self.tell(&Told::Failed(error.raw_os_error().unwrap_or(0))),
            },
            Order::Signal(number) => self.signal(number),
            Order::Continue => self.signal(Signal::CONT.as_raw()),
            Order::Stop => {
                self.signal(Signal::TERM.as_raw());
                // One that is stopped hears nothing.
                self.signal(Signal::CONT.as_raw());
                self.kill_at = self.command.map(|_| Instant::now() + STOP_PATIENCE);
            }
        }
    }

    fn spawn(&self, environment: &BTreeMap<String, String>, terminal: bool) -> io::Result<Pid> {
        let mut command = Command::new(&self.program);
        command
            .arg0(&self.name)
            .args(&self.arguments)
            .envs(environment)
            .stdin(self.stdin.try_clone()?)
            .process_group(0);
        tree::bind(&mut command, terminal);
        let child = command.spawn()?;
        Ok(Pid::from_child(&child))
    }

    fn signal(&self, number: i32) {
        let Some(command) = self.command else {
            return;
        };
        if let Some(signal) = Signal::from_named_raw(number) {
            // A group without anybody in it has ended, which is told soon.
            let _ = kill_process_group(command, signal);
        }
    }

    /// Takes note of all children that have changed.
    fn look_at_children(&mut self) {
        let mut bytes = [0; 64];
        while self.children.read(&mut bytes).is_ok_and(|count| count > 0) {}
        while let Some((child, status)) = next_change() {
            if Some(child) != self.command {
                continue;
            }
            if status.stopped() {
                self.tell(&Told::Stopped);
            } else if let Some(ending) = ending(status) {
                self.end_all(REST_PATIENCE);
                self.command = None;
                self.kill_at = None;
                self.tell(&Told::Ended(ending));
            }
        }
    }

    /// Ends everything below this process: asks first, if there is time for it.
    fn end_all(&mut self, patience: Duration) {
        if !patience.is_zero() && (!self.signal_rest(Signal::TERM) || self.is_over_within(patience))
        {
            return;
        }
        let end = Instant::now() + KILL_PATIENCE;
        // Again and again: what is being killed may be starting others.
        while self.signal_rest(Signal::KILL) && Instant::now() < end {
            std::thread::sleep(GLANCE);
        }
    }

    /// Sends it to the command's group and to all others; returns whether there was anybody.
    fn signal_rest(&self, signal: Signal) -> bool {
        let group = self
            .command
            .map(|command| kill_process_group(command, signal));
        let is_anybody_else = tree::signal_all(signal);
        // Only where the system does not tell of processes is its group all that is known of it.
        is_anybody_else || (!cfg!(target_os = "linux") && group.is_some_and(|sent| sent.is_ok()))
    }

    /// Whether nothing is left below this process before the time is over.
    fn is_over_within(&self, patience: Duration) -> bool {
        let end = Instant::now() + patience;
        while tree::is_anybody_left() {
            if Instant::now() >= end || self.is_alone() {
                return false;
            }
            std::thread::sleep(GLANCE);
        }
        true
    }

    /// Whether `partyrun test` is gone.
    fn is_alone(&self) -> bool {
        let mut source = [PollFd::new(self.orders.get_ref(), PollFlags::IN)];
        let looked = poll(&mut source, Some(&timespec(Duration::ZERO)));
        looked.is_ok() && source[0].revents().contains(PollFlags::HUP)
    }

    fn tell(&mut self, told: &Told) {
        // Nobody hears it who is gone, which the next look at the socket tells.
        let _ = writeln!(self.told, "{}", Value::from(told));
    }
}

/// A child that has ended, or was stopped.
fn next_change() -> Option<(Pid, WaitStatus)> {
    wait(WaitOptions::NOHANG | WaitOptions::UNTRACED)
        .ok()
        .flatten()
}

fn ending(status: WaitStatus) -> Option<Ending> {
    let code = status.exit_status().map(Ending::Code);
    code.or_else(|| status.terminating_signal().map(Ending::Signal))
}

fn timespec(time: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(time.subsec_nanos()),
    }
}
