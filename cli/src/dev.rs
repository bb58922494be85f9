//! `partyrun dev`: binds, builds, serves, and reloads on every save until it is told to stop
//! (specification 9.5-9.7). Owns the order of these steps and what is said about each; never
//! touches a socket's bytes or user code.

use std::fmt::Display;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use partyrun_runtime::modules::{GraphBuilder, GraphError, GraphOptions, ModuleGraph};
use partyrun_runtime::{ConsoleColors, Crons, Limits, Project, Server, ServerOptions, StateDir};

use crate::announce;
use crate::args::DevArgs;
use crate::builds::Builds;
use crate::config::{ConfigError, ConfigErrors, Persist, Settings};
use crate::https;
use crate::keys::HotKeys;
use crate::ports;
use crate::report::TerminalReporter;
use crate::signals;
use crate::ui::Printer;
use crate::watch::{Change, FileWatcher};

/// A save is complete once its files were quiet for this long: editors write in several steps, and
/// every millisecond here is one the user waits.
const QUIET: Duration = Duration::from_millis(10);

/// How long a room may be idle before it is evicted, or falls asleep, in milliseconds.
const IDLE_VARIABLE: &str = "PARTYRUN_IDLE_MS";

/// How far the clock of `--cron` is ahead of the system's, in milliseconds.
const CRON_CLOCK_VARIABLE: &str = "PARTYRUN_CRON_AHEAD_MS";

/// Files that never become quiet are reloaded all the same.
const BURST: Duration = Duration::from_millis(100);

/// Runs the command to its end.
pub fn run(args: &DevArgs, printer: &Printer) -> ExitCode {
    match Session::start(args, printer) {
        Ok(session) => {
            session.serve();
            ExitCode::SUCCESS
        }
        Err(Failure(messages)) => {
            for message in messages {
                printer.error(&message);
            }
            ExitCode::FAILURE
        }
    }
}

/// Why there is nothing (new) to serve: one message for each thing that is wrong.
struct Failure(Vec<String>);

impl Failure {
    fn of(error: impl Display) -> Failure {
        Failure(vec![error.to_string()])
    }
}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Failure {
        Failure(errors.0.iter().map(ConfigError::to_string).collect())
    }
}

/// Why the main thread woke up.
enum Wake {
    Stop,
    Changed(Change),
}

struct Session<'a> {
    args: &'a DevArgs,
    printer: &'a Printer,
    cwd: PathBuf,
    wakes: Receiver<Wake>,
    watcher: Option<FileWatcher>,
    builder: GraphBuilder,
    settings: Settings,
    /// Set while `settings` are older than their files, also because those are invalid.
    settings_stale: bool,
    /// The graph that is being served.
    graph: Arc<ModuleGraph>,
    bound: SocketAddr,
    server: Server,
    builds: Builds,
    /// Puts the terminal back when the session ends.
    _keys: Option<HotKeys>,
}

impl<'a> Session<'a> {
    fn start(args: &'a DevArgs, printer: &'a Printer) -> Result<Session<'a>, Failure> {
        let cwd = std::env::current_dir()
            .map_err(|error| Failure::of(ConfigError::NoCurrentFolder(error)))?;
        let settings = Settings::load(args, &cwd)?;
        printer.status(concat!("partyrun ", env!("CARGO_PKG_VERSION")));
        announce::news(printer, &settings, None);
        if args.verbose {
            announce::project(printer, &cwd, &settings);
        }

        let listener = ports::bind(&settings.host, settings.port).map_err(Failure::of)?;
        let bound = listener.local_addr().map_err(Failure::of)?;
        let identity = https::identity(&settings, bound, &cwd, printer).map_err(Failure::of)?;
        let scheme = if identity.is_some() { "https" } else { "http" };
        let (sender, wakes) = channel();
        let stop = sender.clone();
        let exit = sender.clone();
        signals::on_stop(move || {
            let _ = stop.send(Wake::Stop);
        })
        .map_err(Failure::of)?;
        let watcher = FileWatcher::start(move |change| {
            let _ = sender.send(Wake::Changed(change));
        });

        // Before anything of the project is read: it may write what is.
        let mut stopped = || matches!(wakes.try_recv(), Ok(Wake::Stop));
        let builds =
            Builds::start(&settings, bound.port(), printer, &mut stopped).map_err(Failure::of)?;
        let mut builder = GraphBuilder::new();
        let graph = builder
            .build(&graph_options(&settings, bound))
            .map_err(Failure::of)?;
        // Armed before the server starts, so that a save during start-up is not missed.
        let mut watcher = watcher
            .map_err(|error| printer.note(&format!("{error}; changes need a restart")))
            .ok();
        arm(
            watcher.as_mut(),
            printer,
            watch_list(&settings, [&*graph], None),
        );
        let state = match &settings.persist {
            Persist::Folder(folder) => StateDir::Folder(folder.clone()),
            Persist::Temporary => StateDir::Temporary,
        };
        let options = ServerOptions {
            listener,
            assets: builds.assets(),
            state,
            limits: limits()?,
            crons: crons(args)?,
            identity,
            colors: ConsoleColors {
                out: printer.out_styles.are_coloured(),
                err: printer.err_styles.are_coloured(),
            },
        };
        let reporter = Arc::new(TerminalReporter::new(printer.clone(), &settings.root));
        let server = Server::start(options, project(&settings, Arc::clone(&graph)), reporter)
            .map_err(Failure::of)?;

        builds.settle();
        printer.status(format!("Ready on {scheme}://{bound}"));
        for address in ports::reachable(bound) {
            printer.status(format!("- {scheme}://{address}"));
        }
        let keys = (!args.no_hotkeys)
            .then(|| {
                let url = format!("{scheme}://{}", ports::for_browser(bound));
                HotKeys::start(printer, url, move || {
                    let _ = exit.send(Wake::Stop);
                    signals::bound_the_end();
                })
            })
            .flatten();
        Ok(Session {
            _keys: keys,
            args,
            printer,
            cwd,
            wakes,
            watcher,
            builder,
            settings,
            settings_stale: false,
            graph,
            bound,
            server,
            builds,
        })
    }

    /// Reloads on changes; returns after an orderly shutdown.
    fn serve(mut self) {
        while let Some(changes) = next_changes(&self.wakes) {
            let started = Instant::now();
            if self.args.verbose {
                announce::changes(self.printer, &self.cwd, &changes);
            }
            match self.reload(&changes) {
                Ok(true) => self
                    .printer
                    .status(format!("Reloaded in {} ms", started.elapsed().as_millis())),
                Ok(false) => {}
                Err(Failure(messages)) => {
                    for message in messages {
                        self.printer.error(&message);
                    }
                    self.printer.err("Keeping the previous version.");
                }
            }
        }
        self.server.shutdown();
    }

    /// Answers whether there was anything new.
    fn reload(&mut self, changes: &[Change]) -> Result<bool, Failure> {
        self.settings_stale |= changes.iter().any(|change| match change {
            Change::Path(path) => self.settings.sources.contains(path),
            Change::Unknown => true,
        });
        if self.settings_stale {
            let settings = Settings::load(self.args, &self.cwd)?;
            announce::news(self.printer, &settings, Some(&self.settings));
            self.builds.apply(&settings);
            self.settings = settings;
            self.settings_stale = false;
        }
        let graph = self.build().map_err(Failure::of)?;
        let reloaded = self
            .server
            .reload(project(&self.settings, Arc::clone(&graph)))
            .map_err(Failure::of)?;
        self.graph = graph;
        Ok(reloaded)
    }

    /// Builds, and watches every file that the outcome depends on.
    fn build(&mut self) -> Result<Arc<ModuleGraph>, GraphError> {
        let options = graph_options(&self.settings, self.bound);
        loop {
            let built = self.builder.build(&options);
            // The graph being served stays watched: a file that it needs may come back.
            let files = match &built {
                Ok(graph) => watch_list(&self.settings, [&*self.graph, &**graph], None),
                Err(error) => watch_list(&self.settings, [&*self.graph], Some(error)),
            };
            // Files of a folder that was not watched while the graph read them may have changed
            // unnoticed. Building again is cheap, and ends because the folders are known by then.
            if !arm(self.watcher.as_mut(), self.printer, files) {
                return built;
            }
        }
    }
}

/// Waits for a change and gathers the ones that belong to it; none when it is time to stop.
fn next_changes(wakes: &Receiver<Wake>) -> Option<Vec<Change>> {
    let Ok(Wake::Changed(first)) = wakes.recv() else {
        return None;
    };
    let mut changes = vec![first];
    let end = Instant::now() + BURST;
    loop {
        let patience = QUIET.min(end.saturating_duration_since(Instant::now()));
        match wakes.recv_timeout(patience) {
            Ok(Wake::Changed(change)) => changes.push(change),
            Err(RecvTimeoutError::Timeout) => return Some(changes),
            Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

/// The limits, with what test harnesses may set: a room's idle time, so that hibernation and eviction
/// can be seen without waiting for them.
fn limits() -> Result<Limits, Failure> {
    let mut limits = Limits::default();
    if let Some(idle) = milliseconds(IDLE_VARIABLE)? {
        limits.idle = Duration::from_millis(idle);
    }
    Ok(limits)
}

/// Whether crons run by themselves. Test harnesses may bring their times nearer.
fn crons(args: &DevArgs) -> Result<Crons, Failure> {
    if !args.cron {
        return Ok(Crons::OnRequest);
    }
    let ahead = milliseconds(CRON_CLOCK_VARIABLE)?.unwrap_or(0);
    Ok(Crons::AtTheirTimes {
        ahead_ms: i64::try_from(ahead).unwrap_or(0),
    })
}

/// An environment variable that is a time in milliseconds.
fn milliseconds(variable: &str) -> Result<Option<u64>, Failure> {
    let Ok(value) = std::env::var(variable) else {
        return Ok(None);
    };
    let number = value.parse().map_err(|_| {
        Failure::of(format!(
            "The environment variable `{variable}` must be a number of milliseconds, got: `{value}`"
        ))
    })?;
    Ok(Some(number))
}

fn graph_options(settings: &Settings, bound: SocketAddr) -> GraphOptions {
    let mut define = settings.define.clone();
    // Always the loopback address, whatever was bound (specification 8.4).
    define
        .entry("PARTYKIT_HOST".to_owned())
        .or_insert_with(|| format!("\"127.0.0.1:{}\"", bound.port()));
    GraphOptions {
        root: settings.root.clone(),
        entries: settings.entries.clone(),
        define,
        alias: settings.alias.clone(),
    }
}

fn project(settings: &Settings, graph: Arc<ModuleGraph>) -> Project {
    Project {
        name: settings.name.clone(),
        graph,
        parties: settings
            .entries
            .iter()
            .map(|(party, _)| party.clone())
            .collect(),
        vars: settings.vars.clone(),
        crons: settings.crons.clone(),
        process_env: settings.process_env.clone(),
        bindings: settings.bindings.clone(),
    }
}

fn watch_list<const N: usize>(
    settings: &Settings,
    graphs: [&ModuleGraph; N],
    error: Option<&GraphError>,
) -> Vec<PathBuf> {
    let mut files = settings.sources.clone();
    files.extend(settings.entries.iter().map(|(_, path)| path.clone()));
    for graph in graphs {
        files.extend(graph.watched().map(Path::to_owned));
    }
    if let Some(error) = error {
        files.extend(error.files.iter().chain(&error.missing).cloned());
    }
    files
}

/// Watches `files`; says whether a folder among theirs was not watched before.
fn arm(watcher: Option<&mut FileWatcher>, printer: &Printer, files: Vec<PathBuf>) -> bool {
    let Some(watcher) = watcher else { return false };
    let armed = watcher.arm(files.iter().map(PathBuf::as_path));
    for error in &armed.errors {
        printer.note(&format!("{error}; changes there need a restart"));
    }
    // A folder that cannot be watched would look new for ever.
    armed.fresh && armed.errors.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_one_change() {
        let (sender, wakes) = channel();
        for name in ["a", "b"] {
            sender
                .send(Wake::Changed(Change::Path(name.into())))
                .expect("the receiver lives");
        }
        let changes = next_changes(&wakes).expect("not told to stop");
        assert_eq!(
            changes,
            [Change::Path("a".into()), Change::Path("b".into())]
        );
    }

    #[test]
    fn stopping_wins_over_a_pending_reload() {
        let (sender, wakes) = channel();
        sender
            .send(Wake::Changed(Change::Unknown))
            .expect("the receiver lives");
        sender.send(Wake::Stop).expect("the receiver lives");
        assert_eq!(next_changes(&wakes), None);
    }

    #[test]
    fn files_that_never_rest_are_reloaded() {
        let (sender, wakes) = channel();
        let restless = std::thread::spawn(move || {
            while sender.send(Wake::Changed(Change::Unknown)).is_ok() {
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        let started = Instant::now();
        assert!(next_changes(&wakes).is_some());
        assert!(started.elapsed() < 10 * BURST);
        drop(wakes);
        restless.join().expect("it only sends");
    }
}
