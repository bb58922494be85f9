//! When `build.command` runs again. Owns the thread on which that happens.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use partyrun_runtime::{Assets, ProblemSource};

use super::{BuildError, run};
use crate::config::CustomBuild;
use crate::threads::{self, NoThread};
use crate::tree;
use crate::ui::Printer;
use crate::watch::{Change, FileWatcher, burst};

/// A save is complete once its files were quiet for this long. Longer than for server code: a command costs
/// more than a reload.
const QUIET: Duration = Duration::from_millis(20);
/// What the command wrote itself is heard of up to this long after its end.
const ECHO: Duration = Duration::from_millis(100);
/// Marks of a pattern.
const PATTERN: [char; 4] = ['*', '?', '[', '{'];

enum Message {
    Watch {
        build: Option<CustomBuild>,
        stale: bool,
    },
    Changed(Change),
    End,
}

/// The thread that runs the command again. Dropping this ends it, and a command that it runs.
pub struct Rebuilds {
    messages: Sender<Message>,
}

impl Rebuilds {
    /// Starts without a command.
    pub fn start(assets: Arc<Assets>, printer: Printer) -> Result<Rebuilds, NoThread> {
        let (messages, inbox) = channel();
        let changes = messages.clone();
        // Whether the system helps has been said: the watcher of the server's own files comes first.
        let (watcher, _) = FileWatcher::start(move |change, _| {
            let _ = changes.send(Message::Changed(change));
        });
        let worker = Worker {
            inbox,
            assets,
            printer,
            watcher,
            build: None,
            outputs: HashSet::new(),
        };
        threads::start("custom build", move || worker.work())?;
        Ok(Rebuilds { messages })
    }

    /// Watches for this command from now on; runs it at once when it is `stale`.
    pub fn watch(&self, build: Option<CustomBuild>, stale: bool) {
        let _ = self.messages.send(Message::Watch { build, stale });
    }
}

impl Drop for Rebuilds {
    fn drop(&mut self) {
        let _ = self.messages.send(Message::End);
    }
}

struct Worker {
    inbox: Receiver<Message>,
    /// Whose pages show that the command has failed.
    assets: Arc<Assets>,
    printer: Printer,
    watcher: FileWatcher,
    build: Option<CustomBuild>,
    /// Files that changed while the command ran. Most likely it wrote them itself, and what it writes
    /// into a folder that is watched must not make it run forever.
    outputs: HashSet<PathBuf>,
}

/// The program ends.
struct Ended;

impl Worker {
    fn work(mut self) {
        while let Ok(message) = self.inbox.recv() {
            let mut stale = self.takes(message);
            while let Ok(true) = stale {
                stale = self.gather().and_then(|()| self.rebuild());
            }
            if stale.is_err() {
                return;
            }
        }
    }

    /// Returns whether the command is to run.
    fn takes(&mut self, message: Message) -> Result<bool, Ended> {
        match message {
            Message::Watch { build, stale } => {
                self.build = build;
                self.assets
                    .live
                    .set_problem(ProblemSource::CustomBuild, None);
                self.outputs.clear();
                self.arm();
                Ok(stale)
            }
            Message::Changed(change) => Ok(self.concerns(&change)),
            Message::End => Err(Ended),
        }
    }

    fn gather(&mut self) -> Result<(), Ended> {
        for message in burst(&self.inbox, QUIET) {
            self.takes(message)?;
        }
        Ok(())
    }

    /// Runs the command; returns whether something changed meanwhile that it cannot have written.
    fn rebuild(&mut self) -> Result<bool, Ended> {
        let Some(build) = self.build.clone() else {
            return Ok(false);
        };
        self.arm();
        let started = Instant::now();
        let mut meanwhile = Vec::new();
        let ran = run(&build, &self.printer, &mut || {
            meanwhile.extend(self.inbox.try_iter());
            meanwhile
                .iter()
                .any(|message| matches!(message, Message::End))
        });
        let problem = match ran {
            Ok(()) => {
                self.printer.out(format!(
                    "Custom build done in {} ms",
                    started.elapsed().as_millis()
                ));
                None
            }
            Err(BuildError::Stopped { .. }) => return Err(Ended),
            Err(error) => {
                self.printer.error(&error.to_string());
                Some(format!("{error}\nIts output is in the terminal."))
            }
        };
        self.assets
            .live
            .set_problem(ProblemSource::CustomBuild, problem.as_deref());
        self.watcher.catch_up();
        meanwhile.extend(burst(&self.inbox, ECHO));
        let mut again = false;
        for message in meanwhile {
            let path = match &message {
                Message::Changed(Change::Path(path)) => Some(path.clone()),
                _ => None,
            };
            let concerns = self.takes(message)?;
            again |= concerns && path.is_none_or(|path| self.outputs.insert(path));
        }
        Ok(again)
    }

    fn concerns(&self, change: &Change) -> bool {
        let Some(build) = &self.build else {
            return false;
        };
        match change {
            Change::Unknown => true,
            Change::Path(path) => build.watch.iter().any(|watched| covers(watched, path)),
        }
    }

    fn arm(&mut self) {
        let watched = self.build.iter().flat_map(|build| &build.watch);
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for path in watched {
            let base = fixed(path);
            match base.is_dir() {
                true => folders.extend(tree::folders(&base, &|_| false)),
                false => files.push(base),
            }
        }
        let armed = self.watcher.arm(
            files.iter().map(PathBuf::as_path),
            folders.iter().map(PathBuf::as_path),
        );
        for error in armed.errors {
            self.printer.note(&error.to_string());
        }
    }
}

fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(PATTERN)
}

/// The part of a pattern that has no marks; all of a path.
fn fixed(path: &Path) -> PathBuf {
    path.iter()
        .take_while(|name| !is_pattern(Path::new(name)))
        .collect()
}

/// Whether `path` is what is watched, or below it, or fits the pattern.
fn covers(watched: &Path, path: &Path) -> bool {
    match is_pattern(watched) {
        true => fast_glob::glob_match(
            watched.to_string_lossy().as_bytes(),
            path.to_string_lossy().as_bytes(),
        ),
        false => path.starts_with(watched),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_folders_and_patterns_are_watched() {
        let covers = |watched: &str, path: &str| covers(Path::new(watched), Path::new(path));
        assert!(covers("/p/src", "/p/src/deep/a.ts"));
        assert!(covers("/p/a.ts", "/p/a.ts"));
        assert!(!covers("/p/src", "/p/src2/a.ts"));
        assert!(covers("/p/src/**/*.ts", "/p/src/a.ts"));
        assert!(covers("/p/src/**/*.{ts,tsx}", "/p/src/deep/a.tsx"));
        assert!(!covers("/p/src/*.ts", "/p/src/deep/a.ts"));
        assert_eq!(fixed(Path::new("/p/src/**/*.ts")), Path::new("/p/src"));
        assert_eq!(fixed(Path::new("/p/src")), Path::new("/p/src"));
    }
}
