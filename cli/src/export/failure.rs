//! Why nothing was built: one message for each thing that is wrong, each with its place and what to do.

use std::fmt::Display;
use std::io;
use std::path::Path;

use crate::config::{ConfigError, ConfigErrors};

/// All that is wrong, at least one message.
#[derive(Debug)]
pub struct Failure(pub Vec<String>);

impl Failure {
    pub fn of(error: impl Display) -> Failure {
        Failure(vec![error.to_string()])
    }

    pub fn unwritable(path: &Path, error: &io::Error) -> Failure {
        Failure::of(format!("Could not write `{}`: {error}", path.display()))
    }

    pub fn unreadable(path: &Path, error: &io::Error) -> Failure {
        Failure::of(format!("Could not read `{}`: {error}", path.display()))
    }
}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Failure {
        Failure(errors.0.iter().map(ConfigError::to_string).collect())
    }
}
