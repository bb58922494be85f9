//! The oldest glibc that a program runs on: which one it needs, and how to link it so that it needs an
//! old one. Never touches the program's code: what differs is what the linker is shown.
//!
//! # Layout
//! - `version`: versions of glibc
//! - `stubs`: the libraries that the linker is shown

mod stubs;
mod version;

use std::collections::BTreeMap;
use std::path::Path;

use super::elf;
use crate::error::Failure;
pub use stubs::Linker;
pub use version::Version;

/// What a program needs that a system of this version lacks: the symbols, by the version that has them.
pub fn newer_than(
    limit: Version,
    program: &Path,
) -> Result<BTreeMap<Version, Vec<String>>, Failure> {
    let mut newer: BTreeMap<Version, Vec<String>> = BTreeMap::new();
    for (version, name) in needs(program)? {
        if version > limit {
            newer.entry(version).or_default().push(name);
        }
    }
    Ok(newer)
}

/// The newest version that a program needs; none if it does not stand on glibc.
pub fn newest(program: &Path) -> Result<Option<Version>, Failure> {
    Ok(needs(program)?
        .into_iter()
        .map(|(version, _)| version)
        .max())
}

fn needs(program: &Path) -> Result<Vec<(Version, String)>, Failure> {
    let symbols = elf::symbols(program)?;
    let needed = symbols.into_iter().filter(|symbol| !symbol.is_defined);
    Ok(needed
        .filter_map(|symbol| Some((Version::of_symbol(symbol.version.as_deref()?)?, symbol.name)))
        .collect())
}

/// Refuses a program that needs a newer version than `limit`.
pub fn check(limit: Version, program: &Path) -> Result<(), Failure> {
    let newer = newer_than(limit, program)?;
    if newer.is_empty() {
        return Ok(());
    }
    let list: Vec<_> = newer
        .iter()
        .rev()
        .map(|(version, names)| format!("{version}: {}", names.join(", ")))
        .collect();
    Err(Failure::Glibc {
        program: program.to_owned(),
        limit: limit.to_string(),
        list: list.join("\n"),
    })
}
