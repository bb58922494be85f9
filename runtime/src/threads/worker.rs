//! The worker: one long-lived isolate per project version, in which the static handlers run
//! (specification, section 1). Its sockets and timers go on after a handler has returned.

mod begin;
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
use tokio::sync::oneshot;

pub use self::begin::Blank;
use self::begin::{Begin, Checked, Progress};
use self::lazy::Unborn;
use self::owner::WorkerOwner;
use super::ahead::{self, Loaded, Made};
use super::ending::closing_handshakes;
use super::explained;
use super::handover;
use super::instance::{self, Exit};
use super::main_task;
use super::makings::Makings;
use super::room;
use crate::call::{Beat, Generation, Owed, ReplySender, StaticCall, WorkerEvent};
use crate::host::IsolateHost;
use crate::inspector::Target;
use crate::isolate::{Handlers, LoadError, Subject, Verdict};
use crate::memory::Account;
use crate::modules::Moment;
use crate::project::Event;
use crate::rooms::{Rooms, Spare};
use crate::watch::return_memory_at_times;

/// How long a project's modules may take to load. A save with an endless loop must not hold up the
/// next one.
const LOAD_PATIENCE: Duration = Duration::from_secs(10);
const STACK_BYTES: usize = 4 << 20;

/// What has been started for a project's code.
pub struct Started {
    pub worker: Worker,
    pub table: PartyTable,
    /// The thread that has loaded the code, if it has nothing to do as a worker.
    pub spare: Option<Spare>,
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
    /// Begins a worker whose code is yet to come: its thread makes its isolate, and waits to be told what to run.
    ///
    /// # Errors
    /// When the system refuses the thread.
    pub fn prepare(makings: Arc<Makings>, rooms: Arc<Rooms>) -> std::io::Result<Blank> {
        let (begin, begun) = oneshot::channel();
        thread::Builder::new()
            .name("worker".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || main(makings, rooms, begun))?;
        Ok(Blank(begin))
    }

    /// Loads every party of the project, in the isolate of `blank` if there is one. Blocks until that is done.
    ///
    /// # Errors
    /// When a module throws while it is evaluated, or exports what is no party server.
    pub fn start(
        makings: Arc<Makings>,
        rooms: Arc<Rooms>,
        generation: Generation,
        blank: Option<Blank>,
    ) -> Result<Started, LoadError> {
        let graph = generation.project.graph.clone();
        let (events, receiver) = unbounded_channel();
        let (loaded, progress) = mpsc::sync_channel(2);
        let line = Arc::new(Mutex::new(Line {
            events,
            owed: Owed::default(),
        }));
        let blank = match blank {
            Some(blank) => blank,
            None => Worker::prepare(makings, rooms)
                .map_err(|error| LoadError(format!("Cannot start the worker's thread: {error}")))?,
        };
        blank.begin(generation, receiver, line.clone(), Some(loaded));
        let Checked { table, spare } =
            await_load(&progress).map_err(|error| explained::of_loading(error, &graph))?;
        let unborn = Mutex::default();
        Ok(Started {
            worker: Worker { line, unborn },
            table,
            spare,
        })
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

/// Starts a worker's thread that nobody waits for.
fn run(
    makings: Arc<Makings>,
    rooms: Arc<Rooms>,
    generation: Generation,
    events: UnboundedReceiver<WorkerEvent>,
    line: SharedLine,
) {
    let reporter = makings.outside.reporter.clone();
    match Worker::prepare(makings, rooms) {
        Ok(blank) => blank.begin(generation, events, line, None),
        Err(error) => {
            let text = format!("Cannot start the worker's thread: {error}");
            reporter.report(Event::Notice(text));
        }
    }
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
    run(makings, rooms, generation, receiver, line.clone());
}

fn await_load(progress: &mpsc::Receiver<Progress>) -> Result<Checked, LoadError> {
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

fn main(makings: Arc<Makings>, rooms: Arc<Rooms>, begun: oneshot::Receiver<Begin>) {
    let account = Account::open();
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            let error = LoadError(format!("The worker cannot start: {error}"));
            if let Ok(mut begin) = begun.blocking_recv() {
                begin.tell(Err(error));
            }
            return;
        }
    };
    main_task::run(&runtime, serve(makings, rooms, begun));
    drop(runtime);
    drop(account);
    return_memory_at_times();
}

async fn serve(makings: Arc<Makings>, rooms: Arc<Rooms>, begun: oneshot::Receiver<Begin>) {
    let host = IsolateHost::new(rooms.clone(), makings.outside.clone(), makings.limits);
    let mut blank = Some(ahead::make_at_once(&makings, &host));
    let Ok(mut begin) = begun.await else {
        return;
    };
    let mut owner = WorkerOwner::new(begin.events());
    loop {
        let starting = makings.turns.begin();
        let made = blank
            .take()
            .unwrap_or_else(|| ahead::make_at_once(&makings, &host));
        let ready = match load(&makings, &rooms, &host, &begin, made).await {
            Ok(ready) => ready,
            Err(error) => {
                if let Some(error) = begin.tell(Err(error)).and_then(Result::err) {
                    host.report_error("The worker cannot restart", error.0);
                }
                return;
            }
        };
        drop(starting);
        let Ready {
            mut made,
            target,
            table,
        } = ready;
        if !table.values().any(Handlers::is_any_static) {
            // The modules have been checked, which is all that this project needs of a worker.
            drop((owner, target));
            let (spare, receiver) = made.as_spare().unzip();
            begin.tell(Ok(Checked { table, spare }));
            if let Some(receiver) = receiver {
                room::wait(makings, rooms, host, receiver, made).await;
            }
            return;
        }
        begin.tell(Ok(Checked { table, spare: None }));
        host.reports.forget();
        let exit = instance::run(&mut made.isolate, &host, None, &mut owner).await;
        let health = made.isolate.health();
        let is_over = health.verdict() == Verdict::Outdated || health.is_replaced();
        drop(made);
        drop(target);
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
                    handover::part_statics(&host, &rooms, begin.generation.project.keeps_sockets);
                    closing_handshakes(&host).await;
                }
                return;
            }
        }
    }
}

/// A worker whose modules have been loaded.
struct Ready {
    made: Made,
    target: Option<Target>,
    table: PartyTable,
}

async fn load(
    makings: &Arc<Makings>,
    rooms: &Arc<Rooms>,
    host: &Rc<IsolateHost>,
    begin: &Begin,
    made: Result<Made, LoadError>,
) -> Result<Ready, LoadError> {
    let project = &begin.generation.project;
    let mut made = made?;
    let isolate = &mut made.isolate;
    let health = isolate.health().clone();
    begin.tell_of_loading(&health);
    isolate.set_graph(project.graph.clone());
    host.runs(&project.graph);
    let next = (
        makings.clone(),
        rooms.clone(),
        begin.generation.clone(),
        begin.line.clone(),
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
    let target = makings.show(None, isolate, project).await;
    isolate.configure(&config.to_string())?;
    // Of several parties a room runs one.
    let is_whole = begin.is_waited_for() && project.parties.len() == 1 && rooms.keeps_spares();
    if is_whole {
        host.reports.repeat();
    }
    let mut loaded = None;
    let loading = async {
        let mut table = PartyTable::new();
        for party in &project.parties {
            let export = isolate.load(&project.graph, party).await?;
            host.reports.repeat_no_more();
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
            loaded = is_whole.then(|| Loaded {
                project: project.clone(),
                party: party.as_str().into(),
                server: export,
            });
        }
        Ok::<_, LoadError>(table)
    };
    let table = health.mark(loading).await?;
    host.report_loaded(isolate.code_counts());
    // The first room finds the code.
    isolate.keep_code(Moment::Evaluated, Duration::MAX);
    made.loaded = loaded;
    Ok(Ready {
        made,
        target,
        table,
    })
}

#[cfg(test)]
mod tests;
