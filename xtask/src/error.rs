//! Why a command could not do its work; each message says what to do about it where that is known.
//! Never decides an exit code.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// Errors of every command, by what the reader can do about them.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    V8(#[from] crate::v8::Problem),
    #[error(
        "`{program}` is missing, and {needed_by} needs it. Install Node.js 18 or later: https://nodejs.org"
    )]
    NodeMissing {
        program: &'static str,
        needed_by: String,
    },
    #[error(
        "The tests with real pages need Chromium. Install it, or name it in the environment variable: {variable}"
    )]
    BrowserMissing { variable: &'static str },
    #[error("Counting lines needs LLVM's programs: `rustup component add llvm-tools`")]
    NoCounts,
    #[error("Not a folder: {}", .0.display())]
    NotAFolder(PathBuf),
    #[error("Could not read `{}`: {reason}", .file.display())]
    Unreadable { file: PathBuf, reason: String },
    #[error("Could not write `{}`: {source}", .file.display())]
    Unwritable { file: PathBuf, source: io::Error },
    #[error("Could not start `{program}`: {source}")]
    NotStarted { program: String, source: io::Error },
    #[error("`{command}` failed: {status}")]
    Failed { command: String, status: ExitStatus },
    #[error("Unexpected output of `{command}`: {reason}")]
    Output { command: String, reason: String },
    #[error(
        "The original could not be installed, so there is nothing to compare with: {0}\n\
         Point at an installed one with `--partykit <folder>`, or measure partyrun alone with `--against none`."
    )]
    NoOriginal(Box<Failure>),
    #[error("No `partykit` is installed in: {}", .0.display())]
    NotInstalled(PathBuf),
    #[error("`{server}` did not answer within {seconds} s. The end of its output:\n{output}")]
    NeverReady {
        server: String,
        seconds: u64,
        output: String,
    },
    #[error("`{server}` ended before it answered, with {status}. The end of its output:\n{output}")]
    EndedEarly {
        server: String,
        status: ExitStatus,
        output: String,
    },
    #[error("{0}")]
    Measurement(String),
    #[error("The soak failed:\n{0}")]
    Soak(String),
    #[error("The harness failed:\n{0}")]
    Harness(String),
    #[error("The attack found:\n{0}")]
    Attack(String),
    #[error("Cases that differ from what `docs/recordings.md` says:\n{0}")]
    Compat(String),
    #[error("Folders import what is above them, see `xtask/layers.txt`:\n{0}")]
    Layers(String),
    #[error(
        "`{}` needs a newer glibc than {limit}, so it does not start on older systems. It needs:\n{list}",
        .program.display()
    )]
    Glibc {
        program: PathBuf,
        limit: String,
        list: String,
    },
    #[error("`Cargo.toml` has another version than {wanted}: {version}")]
    OtherVersion { wanted: String, version: String },
    #[error("Releases are not made for this machine: {0}")]
    NoPlatform(String),
    #[error(
        "The crate `{name}` has no text of its licence, and `xtask/src/dist/licences` has none for: `{licence}`"
    )]
    NoLicence { name: String, licence: String },
    #[error("The packages: {0}")]
    Packages(String),
    #[error("The documentation is wrong:\n{0}")]
    Docs(String),
    #[error("Cases that differ from what `docs/scaling-recordings.md` says:\n{0}")]
    Export(String),
    #[error("No stand-in for S3 at {0}: `moto_server` of PyPI's `moto` did not answer")]
    NoBucket(String),
    #[error("Measurements of partyrun that failed: {0}")]
    Incomplete(usize),
}
