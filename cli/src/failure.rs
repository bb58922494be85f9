//! Why a project cannot be served, in words for the person who can mend it. Prints them when told to.

use std::fmt::Display;

use partyrun_runtime::modules::{GraphError, Problem, ProblemKind};

use crate::config::{ConfigError, ConfigErrors, Settings};
use crate::report;
use crate::ui::Printer;

/// Why there is nothing (new) to serve: one message for each thing that is wrong.
pub struct Failure {
    pub messages: Vec<String>,
    /// Whether a change of the project's files may mend it.
    pub is_in_the_code: bool,
}

impl Failure {
    pub fn of(error: impl Display) -> Failure {
        Failure {
            messages: vec![error.to_string()],
            is_in_the_code: false,
        }
    }

    pub fn in_the_code(error: &impl Display, settings: &Settings) -> Failure {
        Failure {
            messages: vec![report::in_the_code(error, &settings.root)],
            is_in_the_code: true,
        }
    }

    pub fn text(&self) -> String {
        self.messages.join("\n\n")
    }

    pub fn print(&self, printer: &Printer) {
        for message in &self.messages {
            printer.error(message);
        }
    }
}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Failure {
        Failure {
            messages: errors.0.iter().map(ConfigError::to_string).collect(),
            is_in_the_code: false,
        }
    }
}

impl From<GraphError> for Failure {
    fn from(error: GraphError) -> Failure {
        // A file that the settings name wrongly is no file to wait for.
        let names_no_file = |problem: &Problem| {
            use ProblemKind::{MissingMain, MissingParty};
            matches!(problem.kind, MissingMain(_) | MissingParty(_))
        };
        Failure {
            is_in_the_code: !error.problems.iter().any(names_no_file),
            ..Failure::of(error)
        }
    }
}
