//! Runs the crons of the project that is being served, when that is wanted. When they are due is
//! `crate::clock::crons`' to know.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use hyper::StatusCode;
use partyrun_ops::message::{Body, HeaderList, HttpRequest};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::door::FrontDoor;
use super::options::Crons;
use super::route;
use crate::call::CronRun;
use crate::call::{Reply, StaticCall};
use crate::clock::crons;
use crate::project::Event;

/// The task that waits for the next cron.
pub struct CronTask {
    crons: Crons,
    running: Mutex<Option<JoinHandle<()>>>,
}

impl CronTask {
    pub fn new(crons: Crons) -> Self {
        CronTask {
            crons,
            running: Mutex::default(),
        }
    }

    /// When they run.
    pub fn when(&self) -> Crons {
        self.crons
    }

    /// Runs none from here on.
    pub fn stop(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = running.take() {
            before.abort();
        }
    }

    /// Goes by the crons of what is being served now.
    pub fn restart(&self, io: &Handle, door: &Arc<FrontDoor>) {
        let Crons::AtTheirTimes { ahead_ms } = self.crons else {
            return;
        };
        let current = door.current();
        let crons = current.generation.project.crons.clone();
        let handled = current.table.get("main").is_some_and(|main| main.on_cron);
        if !handled && !crons.is_empty() {
            let text = "`crons` are configured, but the main party has no static `onCron`";
            door.rooms.notice(text.to_owned());
        }
        let started = handled.then(|| {
            let (door, clock) = (door.clone(), door.clock.clone());
            io.spawn(crons::run(crons, clock, ahead_ms, move |run| {
                let door = door.clone();
                tokio::spawn(async move {
                    fire(door, run).await;
                });
            }))
        });
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = std::mem::replace(&mut *running, started) {
            before.abort();
        }
    }
}

/// Runs a cron, and gives the status that a client would get.
pub async fn fire(door: Arc<FrontDoor>, run: CronRun) -> u16 {
    let started = Instant::now();
    let (name, expression) = (run.name.clone(), run.expression.clone());
    let nothing = HttpRequest {
        method: String::new(),
        url: String::new(),
        headers: HeaderList::new(),
        body: Body::Empty,
        client_accept_encoding: None,
    };
    let reply = route::ask(&door.current(), StaticCall::Cron(run), nothing).await;
    let Reply::Response(reply) = reply.settled() else {
        return StatusCode::INTERNAL_SERVER_ERROR.as_u16();
    };
    let status = StatusCode::from_u16(reply.status).unwrap_or_default();
    door.reporter.report(Event::Cron {
        name,
        expression,
        status: status.as_u16(),
        reason: status.canonical_reason().unwrap_or_default().to_owned(),
        elapsed: started.elapsed(),
    });
    reply.status
}
