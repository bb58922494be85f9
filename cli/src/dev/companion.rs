//! What goes on beside the serving of a project: nothing for `dev`, a command for `test`. Owns the
//! interface only.

use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;

use partyrun_runtime::Server;

use super::Wake;
use crate::args::DevArgs;
use crate::failure::Failure;
use crate::machine::{Ready, end_with_stdin};
use crate::signals;
use crate::ui::Printer;
use crate::watch::Change;

/// Goes along with a session and hears what it does, on its thread.
pub trait Companion {
    /// Decides from here on when the session is to end, by way of `stop`.
    ///
    /// # Errors
    /// When the system does not tell of signals.
    fn on_stop(&mut self, args: &DevArgs, stop: Sender<Wake>) -> Result<(), Failure>;

    /// Whether code that cannot be served yet is waited for.
    fn waits_for_mending(&self) -> bool;

    /// Whether debuggers are let in when no flag says a word of it.
    fn lets_debuggers_in(&self) -> bool {
        false
    }

    /// Whether somebody who opens the server's address in a browser is shown what there is.
    fn welcomes_browsers(&self) -> bool {
        false
    }

    /// Folders of the project in `root` in which files count that the server does not read.
    fn folders(&mut self, _root: &Path) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Whether a change is of interest; `None` stands for any file.
    fn concern(&self, _path: Option<&Path>) -> Concern {
        Concern::Yes
    }

    /// Whether the session looks at any of these changes. `is_served`: whether the server has read a file.
    fn is_concerned(&self, changes: &[Change], is_served: &dyn Fn(&Path) -> bool) -> bool {
        changes.iter().any(|change| {
            let path = match change {
                Change::Path(path) => Some(path.as_path()),
                Change::Unknown => None,
            };
            match self.concern(path) {
                Concern::Yes => true,
                Concern::IfServed => path.is_none_or(is_served),
                Concern::No => false,
            }
        })
    }

    /// The project is served for the first time.
    ///
    /// # Errors
    /// When there is no point in serving it.
    fn ready(&mut self, _ready: &Ready, _server: &Server) -> Result<(), Failure> {
        Ok(())
    }

    /// Files have changed and what is served is up to date with them.
    fn changed(&mut self, _server: &Server) {}

    /// Files have changed and cannot be served as they are.
    fn broken(&mut self, _failure: &Failure) {}
}

/// Whether the session looks at a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    Yes,
    /// If it is of a file that the server has read.
    IfServed,
    No,
}

/// `dev`: serves until a signal or a key ends it.
pub struct Alone {
    printer: Printer,
}

impl Alone {
    pub fn new(printer: &Printer) -> Alone {
        Alone {
            printer: printer.clone(),
        }
    }
}

impl Companion for Alone {
    fn on_stop(&mut self, args: &DevArgs, stop: Sender<Wake>) -> Result<(), Failure> {
        if args.machine.exit_with_stdin {
            let stop = stop.clone();
            end_with_stdin(move || {
                let _ = stop.send(Wake::Stop);
                signals::bound_the_end();
            })
            .map_err(Failure::of)?;
        }
        signals::on_stop(move || {
            let _ = stop.send(Wake::Stop);
        })
        .map_err(Failure::of)
    }

    fn waits_for_mending(&self) -> bool {
        !is_ci()
    }

    fn lets_debuggers_in(&self) -> bool {
        true
    }

    fn welcomes_browsers(&self) -> bool {
        true
    }

    fn ready(&mut self, ready: &Ready, _server: &Server) -> Result<(), Failure> {
        if let Some(control) = ready
            .control
            .as_ref()
            .filter(|_| !self.printer.is_of_events())
        {
            let url = &control.url;
            self.printer.status(format!(
                "Control on {url}, with the token {}",
                control.token
            ));
        }
        Ok(())
    }
}

/// Whether this is one of the places that run programs with nobody looking on; they all say so.
fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}
