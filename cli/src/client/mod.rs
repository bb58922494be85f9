//! The build of the project's client code (specification 10.4): esbuild runs once at the start and
//! again whenever a file that it looked at changes. Owns the thread on which that happens; never
//! serves a file and never bundles one itself.
//!
//! esbuild is run anew for each build: it starts in a few milliseconds, the system's notices are
//! quicker than its own watch mode, which polls.

mod esbuild;
mod files;
mod run;

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Instant, SystemTime};

use partyrun_runtime::{Assets, ClientBuild as Stage};

pub use self::esbuild::find as esbuild;
use self::files::BuildFiles;
pub use self::run::BuildContext;
use self::run::{Outcome, Running};
use crate::config::ClientOptions;
use crate::threads::{self, NoThread};
use crate::ui::Printer;
use crate::watch::{Change, FileWatcher, QUIET, burst};

/// A file that is written all the time is built again when the next change is heard of.
const MOST_BUILDS: usize = 3;

enum Message {
    Options(Option<ClientOptions>),
    Changed(Change),
    /// Answered when everything sent before is built.
    Settle(Sender<()>),
    End,
}

/// The thread that builds. Dropping this ends it, and an esbuild that it runs.
pub struct ClientBuild {
    messages: Sender<Message>,
    running: Running,
}

impl ClientBuild {
    /// Starts without anything to build.
    pub fn start(
        context: BuildContext,
        assets: Arc<Assets>,
        printer: Printer,
    ) -> Result<ClientBuild, NoThread> {
        let (messages, inbox) = channel();
        let running = Running::default();
        let changes = messages.clone();
        let (watcher, _) = FileWatcher::start(move |change, _| {
            let _ = changes.send(Message::Changed(change));
        });
        let builder = Builder {
            inbox,
            context,
            assets,
            printer,
            watched: BuildFiles::new(Some(watcher)),
            running: running.clone(),
            missing: false,
            first: true,
            fingerprint: 0,
        };
        threads::start("client build", move || builder.work())?;
        Ok(ClientBuild { messages, running })
    }

    /// Builds with these options from now on, or nothing.
    pub fn build(&self, options: Option<ClientOptions>) {
        let _ = self.messages.send(Message::Options(options));
    }

    /// Returns when what [`ClientBuild::build`] asked for is done, or has failed.
    pub fn settle(&self) {
        let (done, wait) = channel();
        if self.messages.send(Message::Settle(done)).is_ok() {
            let _ = wait.recv();
        }
    }
}

impl Drop for ClientBuild {
    fn drop(&mut self) {
        let _ = self.messages.send(Message::End);
        self.running.stop();
    }
}

struct Builder {
    inbox: Receiver<Message>,
    context: BuildContext,
    assets: Arc<Assets>,
    printer: Printer,
    watched: BuildFiles,
    running: Running,
    /// Whether it has been said that there is no esbuild.
    missing: bool,
    /// Whether nothing has come of the present options yet.
    first: bool,
    /// Of the files that were built last.
    fingerprint: u64,
}

impl Builder {
    fn work(mut self) {
        let mut options = None;
        while let Ok(message) = self.inbox.recv() {
            let mut stale = false;
            let mut settling = Vec::new();
            let mut messages = VecDeque::from([message]);
            while let Some(message) = messages.pop_front() {
                match message {
                    Message::Options(new) => {
                        options = new;
                        stale = true;
                        self.first = true;
                    }
                    Message::Changed(change) => {
                        let concerns = self.watched.concerns(&change);
                        if concerns && !stale && options.is_some() {
                            // At once: nobody is to be served what was just replaced.
                            self.assets.set_client_build(Stage::Running);
                            messages.extend(burst(&self.inbox, QUIET));
                        }
                        stale |= concerns;
                    }
                    Message::Settle(done) => settling.push(done),
                    Message::End => return,
                }
            }
            match &options {
                Some(options) if stale => self.build(options),
                Some(_) => {}
                None => {
                    self.watched.nothing();
                    self.assets.set_client_build(Stage::Settled);
                }
            }
            for done in settling {
                let _ = done.send(());
            }
        }
    }

    /// Builds, and again when a file changed before it was watched.
    fn build(&mut self, options: &ClientOptions) {
        self.assets.set_client_build(Stage::Running);
        for _ in 0..MOST_BUILDS {
            let started = SystemTime::now();
            self.build_once(options);
            if !self.watched.changed_since(started) {
                break;
            }
        }
    }

    fn build_once(&mut self, options: &ClientOptions) {
        let started = Instant::now();
        let Some(program) = esbuild::find(&options.cwd) else {
            if !std::mem::replace(&mut self.missing, true) {
                self.printer.error(&no_esbuild(options));
            }
            self.first = false;
            self.watched.packages(&options.cwd);
            self.assets.set_client_build(Stage::Settled);
            return;
        };
        match run::run(&program, options, &self.context, &self.running) {
            Outcome::Built {
                inputs,
                outputs,
                messages,
            } => {
                if !messages.is_empty() {
                    self.printer.err(messages);
                }
                if !self.first {
                    let elapsed = started.elapsed().as_millis();
                    self.printer
                        .out(format!("Client code built in {elapsed} ms"));
                }
                self.first = false;
                self.missing = false;
                let fingerprint = files::fingerprint(&outputs);
                self.watched.built(&options.cwd, inputs, outputs);
                self.assets.set_client_build(Stage::Settled);
                if std::mem::replace(&mut self.fingerprint, fingerprint) != fingerprint {
                    self.assets.live.changed();
                }
            }
            Outcome::Stopped => {}
            Outcome::Failed(messages) => {
                self.first = false;
                self.printer
                    .error(&format!("The client code does not build:\n{messages}"));
                self.watched.failed(&options.cwd, &options.outdir);
                let plain = anstream::adapter::strip_str(&messages).to_string();
                self.assets.set_client_build(Stage::Failed {
                    errors: plain.into(),
                    outdir: options.outdir.as_path().into(),
                });
            }
        }
    }
}

/// Builds once, for no server of this machine. Returns warnings, or why it does not build.
pub fn build_once(program: &Path, options: &ClientOptions, colors: bool) -> Result<String, String> {
    let context = BuildContext {
        port: 0,
        banner: None,
        colors,
    };
    match run::run(program, options, &context, &Running::default()) {
        Outcome::Built { messages, .. } => Ok(messages),
        Outcome::Failed(messages) => Err(messages),
        Outcome::Stopped => Err("It was stopped".to_owned()),
    }
}

fn no_esbuild(options: &ClientOptions) -> String {
    format!(
        "`serve.build` needs esbuild, which is not installed for the project in `{}`: `npm install --save-dev esbuild`",
        options.cwd.display(),
    )
}
