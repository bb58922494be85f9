//! The command beside the served project: started when there is something to test, again on a save, and
//! stopped with the session. Owns what is known of it; its process is the guard's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use partyrun_runtime::Server;
use rustix::process::Pid;

use super::signals;
use super::sources;
use super::terminal::{self, Terminal};
use super::tether::{self, Hearing, Tether};
use super::words::{Ending, Order, Told};
use super::{Log, explain};
use crate::args::DevArgs;
use crate::dev::{Companion, Concern, Wake};
use crate::failure::Failure;
use crate::machine::{Ready, end_with_stdin};
use crate::signals::bound_the_end_with;
use crate::threads::{self, NoThread};
use crate::ui::Printer;

/// Exit code when the time was over, as `timeout(1)` has it.
pub const TIMED_OUT: u8 = 124;
/// Exit code when it is not the command that failed, as `timeout(1)` and others have it.
pub const OWN_FAILURE: u8 = 125;

/// How a command came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ended(Ending),
    /// The system did not run it, for the reason with this number.
    Refused(i32),
    /// It was stopped because its time was over.
    TimedOut,
    /// Its guard was killed, and it with that.
    GuardLost,
}

#[derive(Default)]
struct State {
    /// The group of the command, while it runs.
    running: Option<Pid>,
    /// From the order to start until the end.
    is_busy: bool,
    /// How often one has been started.
    runs: u64,
    /// Of the last run.
    outcome: Option<Outcome>,
    is_late: bool,
    /// The signal that ends the session.
    signal: Option<i32>,
}

/// What the threads of a session know of its command.
pub struct Shared {
    tether: Tether,
    terminal: Option<Terminal>,
    state: Mutex<State>,
    changed: Condvar,
    watch: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the last run ended, and the signal that ended the session.
    pub fn end(&self) -> (Option<Outcome>, Option<i32>) {
        self.tether.end();
        let state = self.state();
        (state.outcome, state.signal)
    }

    fn start(&self, environment: BTreeMap<String, String>) {
        let mut state = self.state();
        state.is_busy = true;
        state.is_late = false;
        state.outcome = None;
        state.runs += 1;
        drop(state);
        self.tether.order(&Order::Run {
            environment,
            terminal: self.terminal.is_some(),
        });
    }

    /// Ends the command and waits for it.
    fn stop(&self) {
        let mut state = self.state();
        if !state.is_busy {
            return;
        }
        self.tether.order(&Order::Stop);
        while state.is_busy {
            let waited = self.changed.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Stops the run that goes on now when it has lasted for `time`.
    fn limit(self: &Arc<Self>, time: Duration) -> Result<(), NoThread> {
        let number = self.state().runs;
        let shared = Arc::clone(self);
        let is_on = move |state: &mut State| state.is_busy && state.runs == number;
        threads::start("the time limit", move || {
            let waited = shared
                .changed
                .wait_timeout_while(shared.state(), time, is_on);
            let (mut state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
            if waited.timed_out() && state.is_busy && state.runs == number {
                state.is_late = true;
                shared.tether.order(&Order::Stop);
            }
        })
    }

    /// A signal that is meant for the command, or ends the session when there is none.
    pub fn signal(&self, number: i32, stop: &Sender<Wake>) {
        let mut state = self.state();
        state.signal = Some(number);
        if state.is_busy {
            return self.tether.order(&Order::Signal(number));
        }
        drop(state);
        let _ = stop.send(Wake::Stop);
        bound_the_end_with(signal_code(number));
    }

    /// The shell has this process go on.
    pub fn go_on(&self) {
        let Some(command) = self.state().running else {
            return;
        };
        if self.terminal.is_some() {
            Terminal::give(command);
        }
        self.tether.order(&Order::Continue);
    }

    fn was_stopped(&self) {
        if let Some(terminal) = &self.terminal {
            terminal.take_back();
        }
        // Below a shell, the signal by which that has us go on is what has the command go on.
        if !terminal::stop_all() {
            self.go_on();
        }
    }

    fn ended(&self, outcome: Outcome) {
        if let Some(terminal) = &self.terminal {
            terminal.take_back();
        }
        let mut state = self.state();
        state.running = None;
        state.is_busy = false;
        state.outcome = Some(match state.is_late {
            true => Outcome::TimedOut,
            false => outcome,
        });
        drop(state);
        self.changed.notify_all();
    }

    /// Hears the guard out.
    fn hear(&self, hearing: &mut Hearing, over: impl Fn(Outcome)) {
        loop {
            let outcome = match hearing.next() {
                Some(Told::Started(process)) => {
                    self.state().running = Pid::from_raw(process);
                    continue;
                }
                Some(Told::Stopped) => {
                    self.was_stopped();
                    continue;
                }
                Some(Told::Failed(error)) => Outcome::Refused(error),
                Some(Told::Ended(ending)) => Outcome::Ended(ending),
                None => {
                    if self.state().is_busy {
                        tether::end_orphans();
                        self.ended(Outcome::GuardLost);
                        over(Outcome::GuardLost);
                    }
                    return;
                }
            };
            self.ended(outcome);
            over(outcome);
        }
    }
}

/// The code with which a process ends that a signal has ended.
pub fn signal_code(number: i32) -> u8 {
    Ending::Signal(number).code()
}

/// A session's command.
pub struct Run {
    shared: Arc<Shared>,
    hearing: Option<Hearing>,
    printer: Printer,
    log: Arc<Log>,
    timeout: Option<Duration>,
    /// Of the project, once it is known.
    root: PathBuf,
    environment: BTreeMap<String, String>,
}

impl Run {
    pub fn new(
        (tether, hearing): (Tether, Hearing),
        watch: bool,
        timeout: Option<Duration>,
        printer: &Printer,
        log: &Arc<Log>,
    ) -> Run {
        Run {
            shared: Arc::new(Shared {
                tether,
                terminal: Terminal::of_foreground(),
                state: Mutex::default(),
                changed: Condvar::new(),
                watch,
            }),
            hearing: Some(hearing),
            printer: printer.clone(),
            log: Arc::clone(log),
            timeout,
            root: PathBuf::new(),
            environment: BTreeMap::new(),
        }
    }

    pub fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    fn start(&self) -> Result<(), Failure> {
        self.shared.start(self.environment.clone());
        match self.timeout {
            Some(time) => self.shared.limit(time).map_err(Failure::of),
            None => Ok(()),
        }
    }
}

impl Companion for Run {
    fn on_stop(&mut self, args: &DevArgs, stop: Sender<Wake>) -> Result<(), Failure> {
        signals::forward(self.shared(), stop.clone()).map_err(Failure::of)?;
        if args.machine.exit_with_stdin {
            let (shared, stop) = (self.shared(), stop.clone());
            end_with_stdin(move || {
                shared.tether.order(&Order::Stop);
                shared.signal(TERM, &stop);
                bound_the_end_with(signal_code(TERM));
            })
            .map_err(Failure::of)?;
        }
        let Some(mut hearing) = self.hearing.take() else {
            return Ok(());
        };
        let (shared, printer, log) = (self.shared(), self.printer.clone(), self.log.clone());
        let over = move |outcome: Outcome| {
            let state = shared.state();
            let is_last = !shared.watch || state.signal.is_some() || is_interrupt(outcome);
            let outcome = state.outcome.unwrap_or(outcome);
            drop(state);
            if is_last {
                let _ = stop.send(Wake::Stop);
                return;
            }
            log.show_after(&printer, outcome);
            printer.err(format!("{} Waiting for a change.", explain(outcome)));
        };
        let shared = self.shared();
        threads::start("the command", move || shared.hear(&mut hearing, over)).map_err(Failure::of)
    }

    fn waits_for_mending(&self) -> bool {
        self.shared.watch
    }

    fn folders(&mut self, root: &Path) -> Vec<PathBuf> {
        root.clone_into(&mut self.root);
        match self.shared.watch {
            true => sources::folders(root),
            false => Vec::new(),
        }
    }

    fn concern(&self, path: Option<&Path>) -> Concern {
        if !self.shared.watch {
            // Tests that run are not to meet other code all of a sudden.
            return Concern::No;
        }
        match path {
            Some(path) if !sources::is_save(&self.root, path) => Concern::IfServed,
            _ => Concern::Yes,
        }
    }

    fn ready(&mut self, ready: &Ready, _server: &Server) -> Result<(), Failure> {
        let mut environment = BTreeMap::from([
            ("PARTYKIT_HOST".to_owned(), ready.host()),
            ("PARTYRUN_URL".to_owned(), ready.url()),
        ]);
        if let Some(control) = &ready.control {
            environment.insert("PARTYRUN_CONTROL".to_owned(), control.url.clone());
            environment.insert("PARTYRUN_TOKEN".to_owned(), control.token.clone());
        }
        self.environment = environment;
        self.start()
    }

    fn changed(&mut self, server: &Server) {
        self.shared.stop();
        self.log.forget();
        if let Err(error) = server.begin_anew() {
            return self.printer.error(&error.to_string());
        }
        if let Err(failure) = self.start() {
            failure.print(&self.printer);
        }
    }

    fn broken(&mut self, failure: &Failure) {
        self.shared.stop();
        if !self.log.is_shown() {
            failure.print(&self.printer);
        }
        self.printer
            .err("The project cannot be served like this. Waiting for a change.");
    }
}

const TERM: i32 = rustix::process::Signal::TERM.as_raw();

/// Whether somebody has pressed Ctrl-C, which only the command has heard of.
fn is_interrupt(outcome: Outcome) -> bool {
    let number = rustix::process::Signal::INT.as_raw();
    let code = i32::from(signal_code(number));
    outcome == Outcome::Ended(Ending::Signal(number))
        || outcome == Outcome::Ended(Ending::Code(code))
}
