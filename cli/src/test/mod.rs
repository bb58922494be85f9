//! `partyrun test`: serves a project on a free port with storage in memory, runs a command that tests it,
//! and ends with the command's exit code. Owns the order of these and what is said about them; what is
//! served is `dev`'s business, the command's life the guard's.

pub mod guard;
mod passing;
mod program;
mod run;
mod signals;
mod sources;
mod terminal;
mod tether;
mod words;

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process::ExitCode;
use std::sync::Arc;

use program::{CANNOT_RUN, NOT_FOUND};
use run::{OWN_FAILURE, Outcome, Run, TIMED_OUT, signal_code};
use words::Ending;

use crate::args::{DevArgs, ServerLog, Switch, TestArgs};
use crate::dev;
use crate::machine::{Outlets, events};
use crate::ui::{Held, Printer};

/// Only this machine: a test needs no other.
const HOST: &str = "127.0.0.1";

/// Runs the command to its end.
pub fn run(args: &TestArgs, printer: &Printer) -> ExitCode {
    let mut served = served(&args.dev);
    served.machine.refuse_net = !args.allow_net;
    // Standard output is the command's alone.
    let printer = printer
        .to_err()
        .in_format(served.machine.log_format)
        .saying(served.output.verbosity(), served.output.timestamps);
    ExitCode::from(code(args, &served, &printer))
}

/// What is to be served, with what `test` has in the place of `dev`'s defaults.
fn served(args: &DevArgs) -> DevArgs {
    let mut args = args.clone();
    args.port.get_or_insert(0);
    args.persist.get_or_insert_with(|| "false".to_owned());
    args.host.get_or_insert_with(|| HOST.to_owned());
    args.machine.control.get_or_insert(0);
    // A command has the control plane.
    args.dashboard.get_or_insert(Switch::Off);
    // Keys are the command's.
    args.no_hotkeys = true;
    args
}

fn code(args: &TestArgs, served: &DevArgs, printer: &Printer) -> u8 {
    let fail = |text: &str, code: u8| {
        printer.error(text);
        code
    };
    let cwd = match std::env::current_dir() {
        Ok(cwd) => cwd,
        Err(error) => return fail(&error.to_string(), OWN_FAILURE),
    };
    let name = args.command.first().cloned().unwrap_or_default();
    let program = match program::find(&name, &cwd) {
        Ok(program) => program,
        Err(error) => return fail(&error.to_string(), error.code()),
    };
    let outlets = match Outlets::claim(&served.machine) {
        Ok(outlets) => outlets,
        Err(error) => return fail(&error.to_string(), OWN_FAILURE),
    };
    let guarded = stdin_of_command(served)
        .and_then(|stdin| tether::start(&program, &args.command, stdin.as_fd()));
    let guarded = match guarded {
        Ok(guarded) => guarded,
        Err(error) => {
            let text = format!("Cannot start a process for the command: {error}");
            return fail(&text, OWN_FAILURE);
        }
    };
    let log = Arc::new(Log::new(args.log));
    let server_printer = log.printer(printer);
    let mut command = Run::new(guarded, args.watch, args.timeout, printer, &log);
    let shared = command.shared();
    let ended = dev::serve(served, &server_printer, outlets, &mut command);
    let (outcome, signal) = shared.end();
    let code = match (&ended, outcome, signal) {
        (Err(_), ..) => OWN_FAILURE,
        (Ok(()), Some(outcome), None) => outcome_code(outcome),
        (Ok(()), Some(outcome), Some(_)) if !args.watch => outcome_code(outcome),
        (Ok(()), _, Some(signal)) => signal_code(signal),
        // Nothing ends a session but these.
        (Ok(()), None, None) => OWN_FAILURE,
    };
    server_printer.emit(&events::exit(code));
    if code != 0 {
        log.show(printer);
    }
    if let Err(failure) = ended {
        failure.print(printer);
    }
    match outcome {
        Some(Outcome::Ended(_)) | None => {}
        Some(outcome) => printer.error(&explain(outcome)),
    }
    code
}

/// The command's is that of this process, unless that tells this process when to end.
fn stdin_of_command(args: &DevArgs) -> io::Result<OwnedFd> {
    match args.machine.exit_with_stdin {
        true => Ok(File::open("/dev/null")?.into()),
        false => io::stdin().as_fd().try_clone_to_owned(),
    }
}

fn outcome_code(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Ended(ending) => ending.code(),
        Outcome::Refused(error) if error == NO_FILE => NOT_FOUND,
        Outcome::Refused(_) => CANNOT_RUN,
        Outcome::TimedOut => TIMED_OUT,
        Outcome::GuardLost => OWN_FAILURE,
    }
}

const NO_FILE: i32 = rustix::io::Errno::NOENT.raw_os_error();

fn explain(outcome: Outcome) -> String {
    match outcome {
        Outcome::Ended(Ending::Code(0)) => "The command has succeeded.".to_owned(),
        Outcome::Ended(Ending::Code(code)) => format!("The command has failed, with code {code}."),
        Outcome::Ended(Ending::Signal(number)) => {
            format!("The command was ended by signal {number}.")
        }
        Outcome::Refused(NO_FILE) => {
            "The command cannot run: its first line names a program that is not there.".to_owned()
        }
        Outcome::Refused(error) => {
            let error = io::Error::from_raw_os_error(error);
            format!("The command cannot run: {error}.")
        }
        Outcome::TimedOut => {
            "The command took longer than `--timeout` allows, and was stopped.".to_owned()
        }
        Outcome::GuardLost => {
            "The command was ended, because the process that looks after it (`test-guard`) was killed.".to_owned()
        }
    }
}

/// What the server prints while the command runs.
pub struct Log {
    when: ServerLog,
    held: Arc<Held>,
}

impl Log {
    fn new(when: ServerLog) -> Log {
        Log {
            when,
            held: Arc::default(),
        }
    }

    /// What the server prints with.
    fn printer(&self, printer: &Printer) -> Printer {
        match self.when {
            ServerLog::All => printer.clone(),
            ServerLog::Failed | ServerLog::None => printer.to_held(Arc::clone(&self.held)),
        }
    }

    /// Whether everything is shown anyway.
    fn is_shown(&self) -> bool {
        self.when == ServerLog::All
    }

    fn show(&self, printer: &Printer) {
        let (texts, dropped) = self.held.take();
        if self.when != ServerLog::Failed || texts.is_empty() {
            return;
        }
        let is_text = !printer.is_of_events();
        if is_text {
            printer.err("The server has printed:");
        }
        if dropped > 0 {
            printer.note(&format!("The first {dropped} lines are left out"));
        }
        for text in texts {
            printer.shown(text);
        }
    }

    /// Shows what belongs to a run that has failed, and forgets it.
    fn show_after(&self, printer: &Printer, outcome: Outcome) {
        match outcome {
            Outcome::Ended(Ending::Code(0)) => self.forget(),
            _ => self.show(printer),
        }
    }

    fn forget(&self) {
        self.held.take();
    }
}
