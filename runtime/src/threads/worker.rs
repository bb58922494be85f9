//! The worker: one long-lived isolate per project version, in which the static handlers run
//! (specification, section 1). Its sockets and timers go on after a handler has returned.

mod lazy;
mod owner;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use partyrun_ops::message::HttpRequest;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use self::lazy::Unborn;
use self::owner::WorkerOwner;
use super::arrivals::Arrivals;
use super::ending::closing_handshakes;
use super::explained;
use super::handover;
use super::instance::{self, Exit};
use super::main_task;
use super::makings::Makings;
use super::probes::Probes;
use crate::call::{Beat, Generation, Owed, ReplySender, StaticCall, WorkerEvent};
use crate::host::IsolateHost;
use crate::inspector::Target;
use crate::isolate::{Handlers, Health, Isolate, LoadError, Subject, Verdict};
use crate::memory::Account;
use crate::modules::Moment;
use crate::project::Event;
use crate::rooms::Rooms;
use crate::watch::WatchGuard;
use crate::watch::return_memory_at_times;

/// How long a project's modules may take to load. A save with an endless loop must not hold up the
/// next one.
const LOAD_PATIENCE: Duration = Duration::from_secs(10);
const STACK_BYTES: usize = 4 << 20;

/// What a worker's thread tells while it starts.
enum Progress {
    /// Modules are being loaded; this can stop it.
    Loading(Health),
    Done(Result<PartyTable, LoadError>),
}

/// A running worker. Dropping it retires the worker.
pub struct Worker {
    line: SharedLine,
    /// Starts its thread, which nobody has needed so far.
    unborn: Unborn,
}

/// The way to a worker's thread, which another may take over.
struct Line {
    events: UnboundedSender<WorkerEvent>,
    owed: Owed,
}

type SharedLine = Arc<Mutex<Line>>;

fn lock(line: &SharedLine) -> MutexGuard<'_, Line> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Which handlers each party has.
pub type PartyTable = HashMap<String, Handlers>;

impl Worker {
    /// Loads every party of the project in a new isolate. Blocks until that is done.
    ///
    /// # Errors
    /// When a module throws while it is evaluated, or exports what is no party server.
    pub fn start(
        makings: Arc<Makings>,
        rooms: Arc<Rooms>,
        generation: Generation,
    ) -> Result<(Self, PartyTable), LoadError> {
        let graph = generation.project.graph.clone();
        let (events, receiver) = unbounded_channel();
        let (loaded, progress) = mpsc::sync_channel(2);
        let line = Arc::new(Mutex::new(Line {
            events,
            owed: Owed::default(),
        }));
        spawn(
            makings,
            rooms,
            generation,
            receiver,
            line.clone(),
            Some(loaded),
        )
        .map_err(|error| LoadError(format!("Cannot start the worker's thread: {error}")))?;
        let table = await_load(&progress).map_err(|error| explained::of_loading(error, &graph))?;
        let unborn = Mutex::default();
        Ok((Worker { line, unborn }, table))
    }

    /// Asks a static handler.
    pub fn call(&self, call: StaticCall, http: HttpRequest, reply: ReplySender) {
        self.begin();
        let mut line = lock(&self.line);
        line.owed.note(&reply);
        // A worker that is gone drops the reply's sender, which its client hears of.
        let _ = line.events.send(WorkerEvent::Call { call, http, reply });
    }

    /// Says something of the clock.
    pub fn beat(&self, beat: Beat) {
        // Nobody would hear of it, and whoever asks would wait for an answer.
        if self.is_unborn() {
            return;
        }
        // One that has ended goes by no clock.
        let _ = lock(&self.line).events.send(WorkerEvent::Beat(beat));
    }

    pub fn shutdown(&self) {
        // One that has ended already needs no telling.
        let _ = lock(&self.line).events.send(WorkerEvent::Shutdown);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = lock(&self.line).events.send(WorkerEvent::Retire);
    }
}

fn spawn(
    makings: Arc<Makings>,
    rooms: Arc<Rooms>,
    generation: Generation,
    receiver: UnboundedReceiver<WorkerEvent>,
    line: SharedLine,
    loaded: Option<mpsc::SyncSender<Progress>>,
) -> std::io::Result<()> {
    thread::Builder::new()
        .name("worker".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || main(makings, rooms, generation, receiver, line, loaded))
        .map(drop)
}

/// Answers what a thread owes that does not come back, and has another take over.
fn take_over(makings: Arc<Makings>, rooms: Arc<Rooms>, generation: Generation, line: &SharedLine) {
    let (events, receiver) = unbounded_channel();
    let next = Line {
        events,
        owed: Owed::default(),
    };
    let lost = std::mem::replace(&mut *lock(line), next);
    lost.owed.answer(500, "The worker was reset");
    let reporter = makings.outside.reporter.clone();
    if let Err(error) = spawn(makings, rooms, generation, receiver, line.clone(), None) {
        let text = format!("Cannot start the worker's thread: {error}");
        reporter.report(Event::Notice(text));
    }
}

fn await_load(progress: &mpsc::Receiver<Progress>) -> Result<PartyTable, LoadError> {
    let ended = || LoadError("The worker's thread ended unexpectedly".to_owned());
    let health = match progress.recv().map_err(|_| ended())? {
        Progress::Loading(health) => health,
        Progress::Done(result) => return result,
    };
    let mut outcome = progress.recv_timeout(LOAD_PATIENCE);
    // What a debugger holds is not late.
    while health.is_paused() && matches!(outcome, Err(mpsc::RecvTimeoutError::Timeout)) {
        outcome = progress.recv_timeout(LOAD_PATIENCE);
    }
    match outcome {
        Ok(Progress::Done(result)) => result,
        Ok(Progress::Loading(_)) | Err(mpsc::RecvTimeoutError::Disconnected) => Err(ended()),
        Err(mpsc::RecvTimeoutError::Timeout) => {
            health.condemn(Verdict::TooLong);
            Err(LoadError(format!(
                "The modules have not finished loading after {} seconds",
                LOAD_PATIENCE.as_secs()
            )))
        }
    }
}

fn main(
    makings: Arc<Makings>,
    rooms: Arc<Rooms>,
    generation: Generation,
    receiver: UnboundedReceiver<WorkerEvent>,
    line: SharedLine,
    loaded: Option<mpsc::SyncSender<Progress>>,
) {
    let account = Account::open();
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            // Nobody waits any more when this cannot be sent.
            let error = LoadError(format!("The worker cannot start: {error}"));
            if let Some(loaded) = loaded {
                let _ = loaded.send(Progress::Done(Err(error)));
            }
            return;
        }
    };
    main_task::run(
        &runtime,
        serve(makings, rooms, generation, receiver, line, loaded),
    );
    drop(runtime);
    drop(account);
    return_memory_at_times();
}

async fn serve(
    makings: Arc<Makings>,
    rooms: Arc<Rooms>,
    generation: Generation,
    receiver: UnboundedReceiver<WorkerEvent>,
    line: SharedLine,
    mut loaded: Option<mpsc::SyncSender<Progress>>,
) {
    let host = IsolateHost::new(rooms.clone(), makings.outside.clone(), makings.limits);
    let mut owner = WorkerOwner {
        receiver,
        calls: Arrivals::new(),
        retiring: None,
        shutdown: false,
        probes: Probes::default(),
        beats: Vec::new(),
    };
    loop {
        let (mut isolate, watched) =
            match load(&makings, &rooms, &host, &generation, loaded.as_ref(), &line).await {
                Ok((isolate, watched, table)) => {
                    let needed = table.values().any(Handlers::is_any_static);
                    if let Some(loaded) = loaded.take() {
                        // Nobody waits any more when this cannot be sent: it took too long.
                        let _ = loaded.send(Progress::Done(Ok(table)));
                    }
                    if !needed {
                        // The modules have been checked, which is all that this project needs of it.
                        return;
                    }
                    (isolate, watched)
                }
                Err(error) => {
                    match loaded.take() {
                        Some(loaded) => drop(loaded.send(Progress::Done(Err(error)))),
                        None => host.report_error("The worker cannot restart", error.0),
                    }
                    return;
                }
            };
        let exit = instance::run(&mut isolate, &host, None, &mut owner).await;
        let health = isolate.health();
        let is_over = health.verdict() == Verdict::Outdated || health.is_replaced();
        drop(isolate);
        drop(watched);
        host.settle().await;
        match exit {
            Exit::Broken { reason, .. } => {
                host.report_error("The worker was reset", reason);
                host.fail_requests(500, "The worker was reset");
                host.sockets.close_awake(1011, "The worker was reset");
                if is_over {
                    // Lets pending requests see the connection close.
                    closing_handshakes(&host).await;
                    return;
                }
            }
            Exit::Asked | Exit::Shutdown => {
                host.fail_requests(503, "The server has new code or is shutting down");
                if owner.shutdown {
                    host.sockets.abort_all();
                } else {
                    handover::part_statics(&host, &rooms, generation.project.keeps_sockets);
                    closing_handshakes(&host).await;
                }
                return;
            }
        }
    }
}

async fn load(
    makings: &Arc<Makings>,
    rooms: &Arc<Rooms>,
    host: &Rc<IsolateHost>,
    generation: &Generation,
    progress: Option<&mpsc::SyncSender<Progress>>,
    line: &SharedLine,
) -> Result<(Isolate, (WatchGuard, Option<Target>), PartyTable), LoadError> {
    let project = &generation.project;
    let mut isolate = makings.isolate(host.services())?;
    host.watch(isolate.health().clone());
    let health = isolate.health().clone();
    let watched = makings.watchdog.watch(health.clone());
    if let Some(progress) = progress {
        let _ = progress.send(Progress::Loading(isolate.health().clone()));
    }
    isolate.set_graph(project.graph.clone());
    host.runs(&project.graph);
    let next = (
        makings.clone(),
        rooms.clone(),
        generation.clone(),
        line.clone(),
    );
    health.serve(Subject {
        room: None,
        project: project.clone(),
        give_up: Box::new(move || {
            let (makings, rooms, generation, line) = &next;
            take_over(makings.clone(), rooms.clone(), generation.clone(), line);
        }),
        // What it runs next shows it, and then there is something to reset.
        wake: Box::new(|| {}),
    });
    let config = json!({
        "parties": project.party_names(),
        "env": project.vars,
        "processEnv": project.process_env,
        "bindings": project.bindings,
        "host": makings.host,
        "colors": makings.colors.to_json(),
        "inspected": makings.targets.is_some(),
        "crons": project.crons,
    });
    let target = makings.show(None, &mut isolate, project).await;
    isolate.configure(&config.to_string())?;
    let loading = async {
        let mut table = PartyTable::new();
        for party in &project.parties {
            let export = isolate.load(&project.graph, party).await?;
            let mut handlers = isolate
                .register(party, &export)
                .map_err(|error| explained::of_export(error, &project.graph, party))?;
            let places = isolate.handler_places(&export);
            let places = places.into_iter().map(|at| {
                let original = project.graph.original_place(&at.script, at.line, at.column);
                (at.handler, original)
            });
            handlers.places = places.collect();
            table.insert(party.clone(), handlers);
        }
        Ok::<_, LoadError>(table)
    };
    let table = health.mark(loading).await?;
    host.report_loaded(isolate.code_counts());
    // The first room finds the code.
    isolate.keep_code(Moment::Evaluated, Duration::MAX);
    Ok((isolate, (watched, target), table))
}

#[cfg(test)]
mod tests;
