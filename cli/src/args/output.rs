//! The flags that say how much is printed, and how. Owns names and help texts.

use clap::Args as ClapArgs;

use crate::machine::Verbosity;

/// Heading of the flags.
const OUTPUT: &str = "Output";

/// How much is printed, and how.
#[derive(Clone, Copy, Debug, Default, ClapArgs)]
pub struct OutputArgs {
    /// How much to print; what the code prints always passes [default: PARTYKIT_LOG, else log]
    #[arg(long, value_name = "LEVEL", ignore_case = true, help_heading = OUTPUT)]
    pub log_level: Option<Verbosity>,

    /// Print nothing but where the project is served, warnings, errors, and what the code prints
    #[arg(long, conflicts_with = "log_level", help_heading = OUTPUT)]
    pub quiet: bool,

    /// Print the time (UTC) before each message
    #[arg(long, help_heading = OUTPUT)]
    pub timestamps: bool,
}

impl OutputArgs {
    /// How much is asked for, if that is said.
    pub fn verbosity(&self) -> Option<Verbosity> {
        match self.quiet {
            true => Some(Verbosity::Warn),
            false => self.log_level,
        }
    }
}
