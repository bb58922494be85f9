//! The worker: one long-lived isolate per project version, in which the static handlers run
//! (specification, section 1). Its sockets and timers go on after a handler has returned.

use std::collections::HashMap;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use partyrun_ops::interface::HttpRequest;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::LocalSet;
use tokio::time::Sleep;

use crate::event::{Chain, Generation, Reply, ReplySender, StaticCall, WorkerEvent};
use crate::host::{IsolateHost, text_reply};
use crate::instance::{self, Exit, Incoming, Owner};
use crate::isolate::{Delivery, Handlers, Isolate, LoadError, Role};
use crate::room::party_names;
use crate::rooms::Rooms;

/// How long a worker may go on with what it is answering after a newer one has taken over.
const RETIRE_PATIENCE: Duration = Duration::from_secs(5);
const STACK_BYTES: usize = 4 << 20;

/// A running worker. Dropping it retires the worker.
pub struct Worker {
    sender: UnboundedSender<WorkerEvent>,
}

/// Which handlers each party has.
pub type PartyTable = HashMap<String, Handlers>;

impl Worker {
    /// Loads every party of the project in a new isolate. Blocks until that is done.
    ///
    /// # Errors
    /// When a module throws while it is evaluated, or exports what is no party server.
    pub fn start(rooms: Arc<Rooms>, generation: Generation) -> Result<(Self, PartyTable), LoadError> {
        let (sender, receiver) = unbounded_channel();
        let (loaded, outcome) = mpsc::sync_channel(1);
        thread::Builder::new()
            .name("worker".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || main(rooms, generation, receiver, loaded))
            .map_err(|error| LoadError(format!("Cannot start the worker's thread: {error}")))?;
        let table = outcome
            .recv()
            .map_err(|_| LoadError("The worker's thread ended unexpectedly".to_owned()))??;
        Ok((Worker { sender }, table))
    }

    /// Asks a static handler.
    pub fn call(&self, call: StaticCall, http: HttpRequest, reply: ReplySender) {
        // A worker that is gone drops the reply's sender, which its client hears of.
        let _ = self.sender.send(WorkerEvent::Call { call, http, reply });
    }

    pub fn shutdown(&self) {
        // One that has ended already needs no telling.
        let _ = self.sender.send(WorkerEvent::Shutdown);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.sender.send(WorkerEvent::Retire);
    }
}

fn main(
    rooms: Arc<Rooms>,
    generation: Generation,
    receiver: UnboundedReceiver<WorkerEvent>,
    loaded: mpsc::SyncSender<Result<PartyTable, LoadError>>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            // Nobody waits any more when this cannot be sent.
            let _ = loaded.send(Err(LoadError(format!("The worker cannot start: {error}"))));
            return;
        }
    };
    LocalSet::new().block_on(&runtime, serve(rooms, generation, receiver, loaded));
}

async fn serve(
    rooms: Arc<Rooms>,
    generation: Generation,
    receiver: UnboundedReceiver<WorkerEvent>,
    loaded: mpsc::SyncSender<Result<PartyTable, LoadError>>,
) {
    let surroundings = &rooms.surroundings;
    let host = IsolateHost::new(
        rooms.clone(),
        surroundings.reporter.clone(),
        surroundings.limits,
    );
    let mut owner = WorkerOwner {
        receiver,
        retiring: None,
        shutdown: false,
    };
    let mut loaded = Some(loaded);
    loop {
        let isolate = load(&rooms, &host, &generation).await;
        let mut isolate = match isolate {
            Ok((isolate, table)) => {
                if let Some(loaded) = loaded.take() {
                    let _ = loaded.send(Ok(table));
                }
                isolate
            }
            Err(error) => {
                match loaded.take() {
                    Some(loaded) => drop(loaded.send(Err(error))),
                    None => host.report_error("The worker cannot restart", error.0),
                }
                return;
            }
        };
        let watched = surroundings.watchdog.watch(isolate.health().clone());
        let exit = instance::run(&mut isolate, &host, None, &mut owner).await;
        drop(isolate);
        drop(watched);
        match exit {
            Exit::Broken(reason) => {
                host.report_error("The worker was reset", reason);
                host.fail_requests(500, "The worker was reset");
                host.sockets.close_awake(1011, "The worker was reset");
            }
            Exit::Asked | Exit::Shutdown => {
                host.fail_requests(503, "The server has new code or is shutting down");
                if owner.shutdown {
                    host.sockets.abort_all();
                } else {
                    host.sockets.close_awake(1012, "Reloaded");
                }
                return;
            }
        }
    }
}

async fn load(
    rooms: &Arc<Rooms>,
    host: &Rc<IsolateHost>,
    generation: &Generation,
) -> Result<(Isolate, PartyTable), LoadError> {
    let project = &generation.project;
    let mut isolate = Isolate::new(host.clone(), rooms.surroundings.limits)?;
    isolate.set_graph(project.graph.clone());
    let config = json!({
        "parties": party_names(&project.parties),
        "env": project.vars,
        "processEnv": project.process_env,
        "host": rooms.surroundings.host,
        "crons": {},
    });
    isolate.assign_worker(&config.to_string())?;
    let mut table = PartyTable::new();
    for party in &project.parties {
        let export = isolate.load(&project.graph, party).await?;
        table.insert(party.clone(), isolate.register(party, &export)?);
    }
    Ok((isolate, table))
}

struct WorkerOwner {
    receiver: UnboundedReceiver<WorkerEvent>,
    retiring: Option<Pin<Box<Sleep>>>,
    shutdown: bool,
}

impl Owner for WorkerOwner {
    const ROLE: Role = Role::Worker;

    fn next(&mut self, cx: &mut Context<'_>, host: &Rc<IsolateHost>) -> Option<Incoming> {
        loop {
            match self.receiver.poll_recv(cx) {
                Poll::Pending => return None,
                Poll::Ready(Some(WorkerEvent::Call { call, http, reply })) => {
                    if self.retiring.is_some() {
                        let text = "The server has new code";
                        let _ = reply.send(Reply::Response(text_reply(503, text)));
                        continue;
                    }
                    let id = host.admit(reply, Chain::new());
                    return Some(Incoming::Deliver(Delivery::Static(id, call, http)));
                }
                Poll::Ready(Some(WorkerEvent::Retire)) => {
                    let patience = tokio::time::sleep(RETIRE_PATIENCE);
                    self.retiring = Some(Box::pin(patience));
                    return None;
                }
                Poll::Ready(Some(WorkerEvent::Shutdown) | None) => {
                    self.shutdown = true;
                    return Some(Incoming::Leave);
                }
            }
        }
    }

    fn rest(&mut self, cx: &mut Context<'_>, host: &Rc<IsolateHost>) -> bool {
        match &mut self.retiring {
            Some(patience) => patience.as_mut().poll(cx).is_ready() || !host.is_busy(),
            None => false,
        }
    }
}
