//! Copies of what spaces have stored, by number or in a file, and spaces that begin with one. Owns those that
//! are kept in memory.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::Request;
use hyper::body::Incoming;
use partyrun_ops::message::HttpReply;
use serde_json::{Value, json};

use super::super::space::Space;
use super::body::options;
use super::refusal::{Refusal, json_reply};
use super::{Control, done};
use crate::storage::StorageError;

type Bytes = Arc<[u8]>;

/// What is kept until the server ends.
#[derive(Default)]
pub(super) struct Snapshots(Mutex<HashMap<String, Bytes>>);

impl Snapshots {
    fn kept(&self) -> MutexGuard<'_, HashMap<String, Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The snapshot that `from` names: `{ "id": ... }` or `{ "file": ... }`.
    pub(super) fn find(&self, from: &Value) -> Result<Bytes, Refusal> {
        if let Some(id) = from["id"].as_str() {
            let kept = self.kept().get(id).cloned();
            return kept.ok_or_else(|| {
                let text = format!("There is no snapshot `{id}`: another server has taken it");
                Refusal::new(404, "snapshot", text)
            });
        }
        let Some(file) = from["file"].as_str() else {
            let text = format!("A snapshot is named by its `id` or its `file`, got: `{from}`");
            return Err(Refusal::new(400, "options", text));
        };
        match std::fs::read(file) {
            Ok(bytes) => Ok(bytes.into()),
            Err(error) => {
                let status = match error.kind() {
                    io::ErrorKind::NotFound => 404,
                    _ => 409,
                };
                let text = format!("The snapshot cannot be read ({error}): `{file}`");
                Err(Refusal::new(status, "snapshot", text))
            }
        }
    }
}

impl Control {
    pub(super) async fn snapshot(
        &self,
        space: &Space,
        request: Request<Incoming>,
    ) -> Result<HttpReply, Refusal> {
        let options = options(request).await?;
        let taken = space.storage.snapshot().await;
        let bytes = taken.map_err(|error| Refusal::new(503, "storage", error.to_string()))?;
        if let Some(file) = options["file"].as_str() {
            return match std::fs::write(file, bytes) {
                Ok(()) => Ok(json_reply(200, &json!({ "file": file }))),
                Err(error) => {
                    let text = format!("The snapshot cannot be written ({error}): `{file}`");
                    Err(Refusal::new(409, "snapshot", text))
                }
            };
        }
        let mut kept = self.snapshots.kept();
        let id = format!("p{}", kept.len() + 1);
        kept.insert(id.clone(), bytes.into());
        Ok(json_reply(200, &json!({ "id": id })))
    }

    pub(super) async fn restore(
        &self,
        space: &Space,
        request: Request<Incoming>,
    ) -> Result<HttpReply, Refusal> {
        let options = options(request).await?;
        let bytes = self.snapshots.find(&options)?;
        self.begin_with(space, bytes).await?;
        Ok(done())
    }

    /// Has a space begin anew with what is in a snapshot.
    pub(super) async fn begin_with(&self, space: &Space, bytes: Bytes) -> Result<(), Refusal> {
        if space.storage.is_kept() {
            let text = "The storage is kept in a folder, which is not overwritten: start with `--persist false`";
            return Err(Refusal::new(409, "storage", text));
        }
        space.end_rooms().await;
        let storage = space.storage.clone();
        let begun = tokio::task::spawn_blocking(move || storage.begin_with(bytes)).await;
        match begun {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(refused(&error)),
            Err(_) => Err(Refusal::new(503, "storage", "The storage has ended")),
        }
    }
}

fn refused(error: &StorageError) -> Refusal {
    let text = match error {
        StorageError::Newer { found, known, .. } => format!(
            "The snapshot was taken by another version of partyrun: take it again. Its version is {found}, this one's: {known}"
        ),
        StorageError::Foreign { .. } | StorageError::Open { .. } => {
            format!("The file is no snapshot ({error}): take one with `snapshot`")
        }
        other => return Refusal::new(503, "storage", other.to_string()),
    };
    Refusal::new(409, "snapshot", text)
}
