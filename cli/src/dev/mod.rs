//! `partyrun dev`: binds, builds, serves, and reloads on every save until it is told to stop
//! (specification 9.5-9.7). Owns the order of these steps and what is said about each; never
//! touches a socket's bytes or user code.

mod asked;
mod building;
mod companion;
mod greeting;
mod inputs;
mod keeping;
mod renewal;
mod wakes;

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant, SystemTime};

use partyrun_runtime::modules::{GraphBuilder, ModuleGraph};
use partyrun_runtime::{
    Attendance, ConsoleColors, Identity, Server, ServerOptions, StartError, StateDir,
};

use crate::announce;
use crate::args::DevArgs;
use crate::builds::Builds;
use crate::config::{ConfigError, Persist, Settings};
use crate::control::ControlPlane;
use crate::failure::Failure;
use crate::https;
use crate::keys::HotKeys;
use crate::look;
use crate::machine::{Outlets, Ready, events};
use crate::ports::{self, Port};
use crate::report::TerminalReporter;
use crate::sockets::OpenSockets;
use crate::ui::Printer;
use crate::watch::{Change, FileWatcher};
use crate::watched::Watched;
use companion::Alone;
pub use companion::{Companion, Concern};
use inputs::{crons, limits, project};
pub use wakes::Wake;
use wakes::next;

/// Runs the command to its end.
pub fn run(args: &DevArgs, printer: &Printer) -> ExitCode {
    let printer = &printer
        .in_format(args.machine.log_format)
        .saying(args.output.verbosity(), args.output.timestamps);
    let served = Outlets::claim(&args.machine)
        .map_err(Failure::of)
        .and_then(|outlets| serve(args, printer, outlets, &mut Alone::new(printer)));
    let code = match served {
        Ok(()) => 0,
        Err(failure) => {
            failure.print(printer);
            1
        }
    };
    printer.emit(&events::exit(code));
    ExitCode::from(code)
}

/// Serves a project until `companion` has had enough.
///
/// # Errors
/// When it cannot be served.
pub fn serve(
    args: &DevArgs,
    printer: &Printer,
    outlets: Outlets,
    companion: &mut dyn Companion,
) -> Result<(), Failure> {
    let control = ControlPlane::open(&args.machine).map_err(Failure::of)?;
    let printer = &match &control {
        Some(control) => printer.heard_by(control.feed()),
        None => printer.clone(),
    };
    Session::start(args, printer, outlets, control, companion)?.serve()
}

struct Session<'a> {
    args: &'a DevArgs,
    printer: &'a Printer,
    companion: &'a mut dyn Companion,
    outlets: Outlets,
    control: Option<ControlPlane>,
    cwd: PathBuf,
    wakes: Receiver<Wake>,
    exit: Sender<Wake>,
    watcher: FileWatcher,
    builder: GraphBuilder,
    settings: Settings,
    /// Set while `settings` are older than their files, also because those are invalid.
    settings_stale: bool,
    bound: SocketAddr,
    /// The other addresses of a name that has several.
    also_bound: Vec<SocketAddr>,
    /// Until there is a server to take them; given up while nothing can be served, so that clients are
    /// refused and do not wait.
    listeners: Vec<TcpListener>,
    identity: Option<Identity>,
    builds: Builds,
    /// Where debuggers are let in.
    debuggers: Option<SocketAddr>,
    sockets: Arc<OpenSockets>,
    started: Instant,
    /// What the graph that is about to be served depends on, and when it was begun to be built.
    unwatched: Option<(Watched, SystemTime)>,
    /// What has been said about the code that is odd and no error.
    noted: Vec<String>,
    /// What is being served. None until the project's code has been loaded once.
    serving: Option<Serving>,
    /// The files are no version that can be served; the last word on the screen says so.
    is_broken: bool,
}

struct Serving {
    graph: Arc<ModuleGraph>,
    server: Server,
    /// Puts the terminal back when the session ends.
    _keys: Option<HotKeys>,
    _attendance: Option<Attendance>,
}

impl<'a> Session<'a> {
    /// Does everything that comes before the project's code.
    fn start(
        args: &'a DevArgs,
        printer: &'a Printer,
        outlets: Outlets,
        control: Option<ControlPlane>,
        companion: &'a mut dyn Companion,
    ) -> Result<Session<'a>, Failure> {
        let started = Instant::now();
        let cwd = std::env::current_dir()
            .map_err(|error| Failure::of(ConfigError::NoCurrentFolder(error)))?;
        let settings = Settings::load(args, &cwd)?;
        printer.status(concat!("partyrun ", env!("CARGO_PKG_VERSION")));
        announce::news(printer, &settings, None);
        if args.verbose {
            announce::project(printer, &cwd, &settings);
        }

        let listeners = ports::bind(&settings.host, settings.port).map_err(Failure::of)?;
        let addresses: Result<Vec<SocketAddr>, _> =
            listeners.iter().map(TcpListener::local_addr).collect();
        let mut also_bound = addresses.map_err(Failure::of)?;
        let bound = also_bound.remove(0);
        if let Some(note) = ports::instead(settings.port, bound) {
            printer.note(&note);
        }
        let identity = https::identity(&settings, bound, &cwd, printer).map_err(Failure::of)?;
        let (exit, wakes) = channel();
        companion.on_stop(args, exit.clone())?;
        if let Some(period) = args.poll {
            look::at_all_files_every(Duration::from_millis(period));
        }
        let changed = exit.clone();
        let (watcher, unwatched) = FileWatcher::start(move |change, step| {
            let _ = changed.send(Wake::Changed(change, step));
        });
        if let Some(error) = unwatched {
            printer.note(&error.to_string());
        }
        for problem in partyrun_runtime::certificate_problems() {
            printer.note(&problem);
        }

        // Before anything of the project is read: it may write what is.
        let mut stopped = || matches!(wakes.try_recv(), Ok(Wake::Stop));
        let builds =
            Builds::start(&settings, bound.port(), printer, &mut stopped).map_err(Failure::of)?;
        Ok(Session {
            args,
            printer,
            companion,
            outlets,
            control,
            cwd,
            wakes,
            exit,
            watcher,
            builder: GraphBuilder::new(),
            settings,
            settings_stale: false,
            bound,
            also_bound,
            listeners,
            identity,
            builds,
            debuggers: None,
            sockets: Arc::default(),
            started,
            unwatched: None,
            noted: Vec::new(),
            serving: None,
            is_broken: false,
        })
    }

    /// Serves, and reloads on changes, until it is told to stop. Code that cannot be served yet is waited
    /// for, but not in CI, where nobody is there to mend it.
    fn serve(mut self) -> Result<(), Failure> {
        if let Err(failure) = self.open() {
            if !failure.is_in_the_code || !self.companion.waits_for_mending() {
                return Err(failure);
            }
            self.wait_for_mending(&failure);
        }
        while let Some(woken) = next(&self.wakes) {
            if !woken.changes.is_empty() && self.is_concerned(&woken.changes) {
                if self.args.verbose {
                    announce::changes(self.printer, &self.cwd, &woken.changes);
                }
                self.take(&woken.changes);
            }
            woken.asked.into_iter().for_each(|ask| self.follow(ask));
        }
        if let Some(serving) = self.serving {
            serving.server.shutdown();
        }
        Ok(())
    }

    /// Serves what the changes have made of the project. Returns whether that is new, if it could be served.
    fn take(&mut self, changes: &[Change]) -> Option<bool> {
        let started = Instant::now();
        let renewed = self.renew_settings(changes);
        if self.serving.is_none() {
            if let Err(failure) = renewed.and_then(|()| self.open()) {
                self.wait_for_mending(&failure);
                return None;
            }
            return Some(true);
        }
        let reloaded = renewed.and_then(|()| self.reload());
        let was_broken = std::mem::replace(&mut self.is_broken, reloaded.is_err());
        let problem = reloaded.as_ref().err().map(Failure::text);
        self.builds.show_server_problem(problem.as_deref());
        match &reloaded {
            Ok(false) if !was_broken => {}
            Ok(is_new) => {
                let files = self.names_of(changes);
                announce::reloaded(self.printer, *is_new, started.elapsed(), &files);
            }
            Err(failure) => announce::not_reloaded(self.printer, failure),
        }
        let is_new = reloaded.as_ref().ok().copied();
        match (reloaded, &self.serving) {
            (Ok(_), Some(serving)) => self.companion.changed(&serving.server),
            (Ok(_), None) => {}
            (Err(failure), _) => self.companion.broken(&failure),
        }
        is_new
    }

    /// Whether any of these files is more than what somebody keeps beside the project's.
    fn is_concerned(&self, changes: &[Change]) -> bool {
        let served = self.serving.as_ref().map(|serving| &serving.graph);
        let is_served = |path: &Path| {
            self.settings.sources.iter().any(|source| source == path)
                || served.is_none_or(|graph| graph.watched().any(|file| file == path))
        };
        self.companion.is_concerned(changes, &is_served)
    }

    fn wait_for_mending(&mut self, failure: &Failure) {
        failure.print(self.printer);
        self.printer.err("Not serving yet. Fix the error and save.");
        self.listeners.clear();
        self.companion.broken(failure);
    }

    /// Serves for the first time.
    fn open(&mut self) -> Result<(), Failure> {
        let mut listeners = std::mem::take(&mut self.listeners);
        if listeners.is_empty() {
            let port = Port::Fixed(self.bound.port());
            listeners = ports::bind(&self.settings.host, port).map_err(Failure::of)?;
        }
        let inspect = self.let_debuggers_in()?;
        let settings = &self.settings;
        let assets = self.builds.assets();
        if self.companion.welcomes_browsers() {
            assets.show_errors();
        }
        let options = ServerOptions {
            listeners,
            assets,
            state: match &settings.persist {
                Persist::Folder(folder) => StateDir::Folder(folder.clone()),
                Persist::Temporary => StateDir::Temporary,
            },
            limits: limits()?,
            has_network: !self.args.machine.refuse_net,
            crons: crons(self.args)?,
            has_settable_clock: self.control.is_some(),
            identity: self.identity.clone(),
            allowed_hosts: settings.allowed_hosts.clone(),
            colors: ConsoleColors {
                out: self.printer.out_styles.are_coloured(),
                err: self.printer.err_styles.are_coloured(),
            },
            has_dashboard: self.args.has_dashboard(),
            inspect,
            welcomes: self.companion.welcomes_browsers(),
        };
        let reporter =
            TerminalReporter::new(self.printer.clone(), &settings.root, self.args.verbose)
                .counting(self.sockets.clone());
        let prepared = Server::prepare(options, Arc::new(reporter));
        let prepared = prepared.map_err(|error| self.not_started(error))?;
        let graph = self.built()?;
        let project = project(&self.settings, Arc::clone(&graph));
        let server = self
            .start_server(&graph, || prepared.serve(project))
            .map_err(|error| self.not_started(error))?;

        self.builds.settle();
        let control = self.control.as_mut().map(|control| control.start(&server));
        let control = control.transpose().map_err(Failure::of)?;
        let ready = Ready::new(self.scheme(), self.bound, control);
        self.outlets.tell(&ready).map_err(Failure::of)?;
        self.printer.emit(&events::ready(&ready));
        self.companion.ready(&ready, &server)?;
        let attendance = self.keep(&server);
        let keys = self.announce(&server);
        self.serving = Some(Serving {
            graph,
            server,
            _keys: keys,
            _attendance: attendance,
        });
        Ok(())
    }

    fn not_started(&self, error: StartError) -> Failure {
        match error {
            StartError::UserCode(error) => Failure::in_the_code(&error, &self.settings),
            StartError::Tls(error) => {
                Failure::of(https::explain(&error, &self.settings, &self.cwd))
            }
            error => Failure::of(error),
        }
    }

    /// Answers whether there was anything new.
    fn reload(&mut self) -> Result<bool, Failure> {
        let expected = self
            .serving
            .as_ref()
            .map(|serving| serving.server.expect_code());
        let graph = self.built()?;
        let Some((serving, expected)) = self.serving.as_mut().zip(expected) else {
            return Ok(false);
        };
        let reloaded = serving
            .server
            .reload(project(&self.settings, Arc::clone(&graph)), expected)
            .map_err(|error| Failure::in_the_code(&error, &self.settings))?;
        serving.graph = graph;
        Ok(reloaded)
    }
}
