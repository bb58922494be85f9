//! What can be wrong with a configuration, in the words a user reads. Owns no checking.

use std::io;

use partyrun_runtime::{AllowedHostError, CronError};

use super::key_path::KeyPath;
use super::locate::{Part, Place};
use super::nesting;
use crate::env::EnvError;

/// The compatibility flag that the original gives its runtime by itself.
pub(super) const BUILT_IN_FLAG: &str = "nodejs_compat";

/// Why a project cannot be served as configured. Paths are as the user would write them.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("Could not read `{file}`: {error}")]
    Unreadable { file: String, error: io::Error },
    #[error("{file}:{line}:{column}: Not valid JSON5: {what}")]
    Syntax {
        file: String,
        line: usize,
        column: usize,
        what: String,
    },
    #[error(
        "{file}:{line}:{column}: Nested too deeply, most levels: {}",
        nesting::MOST_LEVELS
    )]
    TooDeep {
        file: String,
        line: usize,
        column: usize,
    },
    #[error("{file}{}: {fault}", .place.map(|place| format!(":{place}")).unwrap_or_default())]
    Fault {
        file: String,
        place: Option<Place>,
        fault: Box<Fault>,
    },
    #[error(transparent)]
    Env(#[from] EnvError),
    #[error(
        "Missing entry point, please specify \"main\" in your config, name a file (`partyrun dev src/server.ts`), or write a small project: `partyrun init`{}",
        .wrangler.map(|file| format!(". `{file}` is of a project for Cloudflare Workers, like those of `partyserver`: `npx wrangler dev` serves it")).unwrap_or_default()
    )]
    NoMain {
        /// The configuration of another program.
        wrangler: Option<&'static str>,
    },
    #[error("`{given}` also needs `{missing}`")]
    HalfACertificate {
        given: &'static str,
        missing: &'static str,
    },
    #[error(
        "`--allowed-host` takes a host name, like `example.com`, `.example.com` or `localhost:5173`; `{given}` {error}"
    )]
    AllowedHost {
        given: String,
        error: AllowedHostError,
    },
    #[error("`--define {given}` needs a value: `--define {given}=EXPRESSION`")]
    DefineWithoutValue { given: String },
    #[error("`PARTYRUN_AI_SCRIPT` must be a JSON array of replies, `{file}`: {what}")]
    Script { file: String, what: String },
    #[error("Could not determine the current folder: {0}")]
    NoCurrentFolder(io::Error),
}

/// One thing wrong inside the file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("The configuration must be an object, got {given}")]
    NotAnObject { given: String },
    #[error("`{path}` must be {expected}, got {given}")]
    Mismatch {
        path: KeyPath,
        expected: String,
        given: String,
    },
    #[error("Unknown key `{path}`{}", did_you_mean(.suggestion.as_deref()))]
    UnknownKey {
        path: KeyPath,
        suggestion: Option<String>,
    },
    #[error(
        "Project name must be a valid url path (letters a-z, digits and hyphens), got `{name}`"
    )]
    ProjectName { name: String },
    #[error("`{path}` is not a cron expression, {error}: `{given}`")]
    Cron {
        path: KeyPath,
        given: String,
        error: CronError,
    },
    #[error(
        "`{path}` must be a host name, like `example.com`, `.example.com` or `localhost:5173`; `{given}` {error}"
    )]
    AllowedHost {
        path: KeyPath,
        given: String,
        error: AllowedHostError,
    },
    #[error("Invalid party name, must satisfy /^[a-z0-9_-]+$/: `{name}`")]
    PartyName { name: String },
    #[error("Cannot have a party named \"main\": `main` at the top of the file is that party")]
    PartyNamedMain,
    #[error("Not implemented keys in config.serve: {keys}")]
    ServeKeys { keys: String },
}

impl Fault {
    /// The field that has to be changed.
    pub fn field(&self) -> (KeyPath, Part) {
        let root = KeyPath::default();
        match self {
            Fault::NotAnObject { .. } => (root, Part::Value),
            Fault::Mismatch { path, .. }
            | Fault::Cron { path, .. }
            | Fault::AllowedHost { path, .. } => (path.clone(), Part::Value),
            Fault::UnknownKey { path, .. } => (path.clone(), Part::Key),
            Fault::ProjectName { .. } => (root.key("name"), Part::Value),
            Fault::PartyName { name } => (root.key("parties").key(name), Part::Key),
            Fault::PartyNamedMain => (root.key("parties").key("main"), Part::Key),
            Fault::ServeKeys { .. } => (root.key("serve"), Part::Key),
        }
    }
}

/// One thing that is odd in the file and has no effect: the project is served all the same.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Remark {
    #[error("Unknown key, ignored: `{path}`{}", did_you_mean(.suggestion.as_deref()))]
    UnknownKey {
        path: KeyPath,
        suggestion: Option<String>,
    },
    #[error("`{path}` has no effect here, `partykit` wants {expected} and refuses {given}")]
    Mismatch {
        path: KeyPath,
        expected: String,
        given: String,
    },
    #[error("`{path}` lacks `{key}`, and `partykit` refuses a project without it")]
    Missing { path: KeyPath, key: &'static str },
    #[error(
        "`{path}` has no effect here, `partykit` refuses a compatibility flag that it does not know: `{flag}`"
    )]
    UnknownFlag { path: KeyPath, flag: String },
    #[error(
        "`{path}` has no effect here, `partykit` refuses a compatibility flag that is given twice{}: `{flag}`",
        if .flag == BUILT_IN_FLAG { " (it gives this one itself)" } else { "" }
    )]
    FlagTwice { path: KeyPath, flag: String },
    #[error(
        "`{path}` has no effect here, `partykit` wants a date like 2024-07-18 and refuses `{given}`"
    )]
    NoDate { path: KeyPath, given: String },
}

impl Remark {
    /// The field that is meant.
    pub fn field(&self) -> (&KeyPath, Part) {
        match self {
            Remark::UnknownKey { path, .. } => (path, Part::Key),
            Remark::Missing { path, .. }
            | Remark::Mismatch { path, .. }
            | Remark::UnknownFlag { path, .. }
            | Remark::FlagTwice { path, .. }
            | Remark::NoDate { path, .. } => (path, Part::Value),
        }
    }
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |key| format!(", did you mean `{key}`?"))
}

/// All that is wrong, at least one.
#[derive(Debug)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl<E: Into<ConfigError>> From<E> for ConfigErrors {
    fn from(error: E) -> Self {
        ConfigErrors(vec![error.into()])
    }
}
