//! What a job on the bindings' data comes to. Owns no data.

use partyrun_ops::storage_interface::StorageFailure;

/// Why a job did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// In words that the user's program expects.
    #[error("{0}")]
    Said(String),
    #[error("Cannot use the storage: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

impl Refusal {
    pub(super) fn said(text: impl Into<String>) -> Self {
        Self::Said(text.into())
    }
}

pub(super) type Answer<T> = Result<T, Refusal>;

/// As an operation reports it.
pub(super) fn failure(refusal: &Refusal) -> StorageFailure {
    StorageFailure::new(refusal.to_string())
}
