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

impl Failure {
    /// What is wrong with a graph. `place`: where the settings name the file of a party.
    pub fn of_graph(error: &GraphError, place: impl Fn(&str) -> Option<String>) -> Failure {
        let texts: Vec<_> = error
            .problems
            .iter()
            .map(|problem| match missing(problem).and_then(&place) {
                Some(place) => format!("{place}: {problem}"),
                None => problem.to_string(),
            })
            .collect();
        Failure {
            messages: vec![texts.join("\n\n")],
            // A file that the settings name wrongly is no file to wait for.
            is_in_the_code: !error
                .problems
                .iter()
                .any(|problem| missing(problem).is_some()),
        }
    }
}

/// The party whose file is not there.
fn missing(problem: &Problem) -> Option<&str> {
    match &problem.kind {
        ProblemKind::MissingMain(_) => Some("main"),
        ProblemKind::MissingParty { party, .. } => Some(party),
        _ => None,
    }
}
