//! What the programs that start this one are told, and how they end it: the flags for them. Each flag's
//! work is done by a module of its own; nothing here is for people to read.

pub mod events;
mod level;
mod ready;
mod stdin;

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

pub use level::Verbosity;
pub use ready::{Control, Outlets, Ready};
pub use stdin::end_with_stdin;

/// Heading of the flags.
const FOR_PROGRAMS: &str = "For programs that start this one";

/// The flags of `dev` and `test` that programs give.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct MachineArgs {
    /// Write a line of JSON to this file descriptor once the project is served, then close it
    #[arg(long, value_name = "NUMBER", help_heading = FOR_PROGRAMS)]
    pub ready_fd: Option<i32>,

    /// Write the same line to this file, which is complete as soon as it is there, and is removed at
    /// the end
    #[arg(long, value_name = "FILE", help_heading = FOR_PROGRAMS)]
    pub ready_file: Option<PathBuf>,

    /// Let programs of this machine that have the token control rooms (docs/control.md), on this port or
    /// any free one
    #[arg(long, value_name = "PORT", num_args = 0..=1, require_equals = true, default_missing_value = "0", help_heading = FOR_PROGRAMS)]
    pub control: Option<u16>,

    /// Let requests of rooms reach nothing but this server, unless a test answers them (docs/control.md); `test` does so
    /// without it
    #[arg(long, help_heading = FOR_PROGRAMS)]
    pub refuse_net: bool,

    /// End when standard input does, so that nothing is left behind by a program that was killed
    #[arg(long, help_heading = FOR_PROGRAMS)]
    pub exit_with_stdin: bool,

    /// How to print what happens: as text, or as one JSON object for each event (docs/testing.md)
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = FOR_PROGRAMS)]
    pub log_format: LogFormat,
}

/// How everything is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}
