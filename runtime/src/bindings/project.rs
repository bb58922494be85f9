//! The bindings of a project as a place to send jobs to: each one a transaction on the storage thread,
//! whose tables are there. Never knows what a job does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use partyrun_ops::bindings_interface::Outcome;
use partyrun_ops::storage_interface::StorageFailure;
use rusqlite::{Connection, Transaction};

use super::answer::{Answer, Refusal, failure};
use super::pins::Pins;
use super::{contents, schema};
use crate::storage::StorageHandle;
use crate::time::Clock;

/// The bindings of a project. Cloning it gives the same ones.
#[derive(Clone)]
pub struct ProjectBindings {
    storage: StorageHandle,
    pub(super) clock: Clock,
    /// Whether the tables are there: a project without bindings has none.
    prepared: Arc<AtomicBool>,
    pub(super) pins: Arc<Pins>,
    /// How many jobs have been sent.
    jobs: Arc<AtomicU64>,
}

impl ProjectBindings {
    pub fn new(storage: StorageHandle, clock: Clock) -> Self {
        Self {
            storage,
            clock,
            prepared: Arc::default(),
            pins: Arc::default(),
            jobs: Arc::default(),
        }
    }

    /// What is to be called on the storage's thread when the storage has become another one.
    pub fn forgetting(&self) -> impl Fn() + Send + 'static {
        let prepared = self.prepared.clone();
        move || prepared.store(false, Ordering::Relaxed)
    }

    /// How many jobs have been sent.
    pub fn jobs(&self) -> u64 {
        self.jobs.load(Ordering::Relaxed)
    }

    /// Sends a job, now, and waits for its outcome.
    pub(super) fn job<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Transaction<'_>) -> Answer<T> + Send + 'static,
    ) -> Outcome<T> {
        self.jobs.fetch_add(1, Ordering::Relaxed);
        let prepared = self.prepared.clone();
        let done = self.storage.run(move |connection| {
            prepare(connection, &prepared)?;
            let transaction = connection.transaction()?;
            let value = job(&transaction)?;
            transaction.commit()?;
            Ok(value)
        });
        Box::pin(async move {
            match done.await {
                Ok(answer) => answer.map_err(|refusal: Refusal| failure(&refusal)),
                Err(_) => Err(StorageFailure::new("The storage is closed")),
            }
        })
    }
}

fn prepare(connection: &Connection, prepared: &AtomicBool) -> rusqlite::Result<()> {
    if !prepared.load(Ordering::Relaxed) {
        connection.execute_batch(schema::TABLES)?;
        contents::sweep_all(connection)?;
        prepared.store(true, Ordering::Relaxed);
    }
    Ok(())
}
