//! Where things are, and cargo: the one place that builds. Never builds with other settings than the
//! README's commands do, because a second set of settings compiles V8's bindings a second time.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::error::Failure;
use crate::{npm, v8};

/// The package and its program.
const PARTYRUN: &str = "partyrun";

/// The checked-out repository and cargo's folder for what it builds.
pub struct Workspace {
    pub root: PathBuf,
    pub target: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

impl Workspace {
    /// Asks cargo, because the target folder may be set in several places.
    pub fn locate() -> Result<Workspace, Failure> {
        let mut command = cargo();
        command.args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--manifest-path",
        ]);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
        let text = output(&mut command)?;
        let found: Metadata = serde_json::from_str(&text).map_err(|error| Failure::Output {
            command: "cargo metadata".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Workspace {
            root: found.workspace_root,
            target: found.target_directory,
        })
    }

    /// A program that [`Workspace::build`] made.
    pub fn program(&self, name: &str) -> PathBuf {
        self.target
            .join("release")
            .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// Builds the named packages; cargo's own output is the progress.
    pub fn build(&self, packages: &[&str]) -> Result<(), Failure> {
        if packages.contains(&PARTYRUN) {
            self.prepare()?;
        }
        let mut command = self.cargo(["build", "--release"]);
        for package in packages {
            command.args(["--package", package]);
        }
        run(&mut command)
    }

    /// Sees to what a build of partyrun needs, before the minutes after which cargo would miss it.
    pub fn prepare(&self) -> Result<(), Failure> {
        npm::require_node("the build, which bundles modules for Node.js,")?;
        Ok(v8::ensure(self)?)
    }

    /// The program to measure: the one that is `given`, which needs no V8 here, else partyrun as it is
    /// built now. The packages `beside` it are built in any case.
    ///
    /// # Errors
    /// When the file that is given is not there, or cargo fails.
    pub fn partyrun(&self, given: Option<&Path>, beside: &[&str]) -> Result<PathBuf, Failure> {
        let Some(program) = given else {
            self.build(&[&[PARTYRUN], beside].concat())?;
            return Ok(self.program(PARTYRUN));
        };
        if !beside.is_empty() {
            self.build(beside)?;
        }
        absolute(program)
    }

    /// A cargo command that runs in the repository.
    pub fn cargo<const N: usize>(&self, words: [&str; N]) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root).args(words);
        command
    }
}

/// The cargo that runs xtask, so that a chosen toolchain stays the same.
fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

/// Where `file` is; says so when it is not there.
pub fn absolute(file: &Path) -> Result<PathBuf, Failure> {
    file.canonicalize().map_err(|error| Failure::Unreadable {
        file: file.to_owned(),
        reason: error.to_string(),
    })
}

/// Runs a command to its end, its output shown.
pub fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.status().map_err(|source| Failure::NotStarted {
        program: shown(command),
        source,
    })?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::Failed {
            command: shown(command),
            status,
        })
    }
}

/// Runs a command to its end and returns its standard output; its messages are shown.
pub fn output(command: &mut Command) -> Result<String, Failure> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| Failure::NotStarted {
            program: shown(command),
            source,
        })?;
    if !output.status.success() {
        return Err(Failure::Failed {
            command: shown(command),
            status: output.status,
        });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A command as one would type it, without the folders of the program.
pub fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program
        .file_name()
        .unwrap_or(program.as_os_str())
        .to_string_lossy()
        .into_owned();
    command.get_args().fold(name, |text, arg| {
        format!("{text} {}", arg.to_string_lossy())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_without_the_folder_of_its_program() {
        let mut command = Command::new("/opt/tools/cargo");
        command.args(["test", "--release"]);
        assert_eq!(shown(&command), "cargo test --release");
    }

    #[test]
    fn a_failed_command_is_named_with_its_status() {
        let failure = run(&mut Command::new("false")).expect_err("`false` fails");
        assert!(
            failure
                .to_string()
                .starts_with("`false` failed: exit status: 1"),
            "{failure}"
        );
    }
}
