//! `build.command` (specification 9.7): run to its end before anything of the project is read, and
//! again whenever a watched file changes. Never decides what its failure means for the server.

mod rebuilds;

use std::env;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

pub use self::rebuilds::Rebuilds;
use crate::children;
use crate::config::CustomBuild;
use crate::threads::{self, NoThread};
use crate::ui::Printer;

/// Between two looks at whether the command has ended.
const GLANCE: Duration = Duration::from_millis(10);
/// How long the command's last words may take after its end: whatever it left running may hold on to
/// its output.
const LAST_WORDS: Duration = Duration::from_millis(200);

#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("Custom build failed, `{command}` cannot be run in `{}`: {error}", .cwd.display())]
    NotStarted {
        command: String,
        cwd: PathBuf,
        error: io::Error,
    },
    #[error("Custom build failed, `{command}` ended with: {status}")]
    Failed { command: String, status: ExitStatus },
    #[error("partyrun was stopped during the custom build: `{command}`")]
    Stopped { command: String },
    #[error(transparent)]
    NoThread(#[from] NoThread),
}

/// Runs the command once, to its end or until `stop` says so.
pub fn run(
    build: &CustomBuild,
    printer: &Printer,
    stop: &mut dyn FnMut() -> bool,
) -> Result<(), BuildError> {
    let command = || build.command.clone();
    let not_started = |error| BuildError::NotStarted {
        command: command(),
        cwd: build.cwd.clone(),
        error,
    };
    let mut child = children::CUSTOM_BUILD
        .spawn(&mut shell(build, printer.has_colors()))
        .map_err(not_started)?;
    let (said, words) = channel();
    let (out, err) = (printer.clone(), printer.clone());
    let followed = follow(child.stdout.take(), said.clone(), move |line| out.out(line))
        .and_then(|()| follow(child.stderr.take(), said, move |line| err.err(line)));
    if let Err(error) = followed {
        // It would stand still with its output unread.
        end(child);
        return Err(error.into());
    }
    let status = loop {
        match child.try_wait().map_err(not_started)? {
            Some(status) => break status,
            None if stop() => {
                end(child);
                return Err(BuildError::Stopped { command: command() });
            }
            None => thread::sleep(GLANCE),
        }
    };
    // Nothing is ever sent: this waits until both readers are done.
    let _ = words.recv_timeout(LAST_WORDS);
    if status.success() {
        return Ok(());
    }
    Err(BuildError::Failed {
        command: command(),
        status,
    })
}

fn shell(build: &CustomBuild, colors: bool) -> Command {
    let mut command = Command::new("/bin/sh");
    command
        .arg("-c")
        .arg(&build.command)
        .current_dir(&build.cwd)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(path) = search_path(&build.cwd) {
        command.env("PATH", path);
    }
    if colors {
        command.env("FORCE_COLOR", "1");
    }
    command
}

/// `PATH` as npm sets it for a script: programs of the project's packages come first.
fn search_path(cwd: &Path) -> Option<OsString> {
    let bins = cwd.ancestors().map(|above| above.join("node_modules/.bin"));
    let inherited = env::var_os("PATH").unwrap_or_default();
    env::join_paths(bins.chain(env::split_paths(&inherited))).ok()
}

/// Only the end of the program ends a build, and what earlier ones have left behind goes with it.
fn end(mut child: Child) {
    children::CUSTOM_BUILD.end();
    let _ = child.kill();
    let _ = child.wait();
}

/// Hands on each line as it comes, on a thread that ends with the stream.
fn follow(
    stream: Option<impl Read + Send + 'static>,
    said: Sender<()>,
    print: impl Fn(String) + Send + 'static,
) -> Result<(), NoThread> {
    let Some(stream) = stream else { return Ok(()) };
    threads::start("custom build's output", move || {
        let mut lines = BufReader::new(stream).split(b'\n').map_while(Result::ok);
        lines.by_ref().for_each(|line| {
            let line = String::from_utf8_lossy(&line);
            print(line.trim_end_matches('\r').to_owned());
        });
        drop(said);
    })
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn command_whose_output_nobody_can_read_is_ended() {
        let build = CustomBuild {
            command: "sleep 60".to_owned(),
            cwd: env::temp_dir(),
            watch: Vec::new(),
        };
        let printer = Printer::start();
        let started = Instant::now();
        let outcome = threads::refused(|| run(&build, &printer, &mut || false));
        assert!(matches!(outcome, Err(BuildError::NoThread(_))));
        assert!(started.elapsed() < Duration::from_secs(30));
    }
}
