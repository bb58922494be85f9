//! A folder for what is only needed while something is built.

use super::failure::Failure;

/// A folder that is gone when the build is over.
pub fn scratch() -> Result<tempfile::TempDir, Failure> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("partyrun-").tempdir().map_err(Failure::of)
}
