//! Why a command on the storage does not do what it was asked for, in words for the user.

use super::ask::AskError;
use super::reach::ReachError;
use crate::config::{ConfigError, ConfigErrors};

/// Why something is not done.
#[derive(Debug)]
pub enum Failure {
    Told(String),
    /// Nobody is there to hear of it.
    Quiet,
}

impl Failure {
    pub fn new(text: impl Into<String>) -> Failure {
        Failure::Told(text.into())
    }
}

impl From<AskError> for Failure {
    fn from(error: AskError) -> Self {
        Failure::new(error.to_string())
    }
}

impl From<ReachError> for Failure {
    fn from(error: ReachError) -> Self {
        Failure::new(error.to_string())
    }
}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Self {
        let errors: Vec<_> = errors.0.iter().map(ConfigError::to_string).collect();
        Failure::new(errors.join("\n"))
    }
}
