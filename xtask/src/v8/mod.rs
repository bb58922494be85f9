//! V8's static library: finds it, or makes it. Never builds partyrun, and never asks for more than one
//! library: the one for the `v8` crate that Cargo.lock names, on this machine.
//!
//! Where it comes from, the first that has it: the file that `RUSTY_V8_ARCHIVE` names, the cache, the
//! upstream download, V8's sources. What was downloaded or made is proved by a small program, kept in
//! the cache, and put where the `v8` crate's build script looks, so that plain `cargo build` finds it too.
//!
//! # Layout
//! - `pin`: which library
//! - `cache`, `download`, `source`: where it comes from
//! - `verify`: the proof
//! - `error`: why there is none

mod cache;
mod download;
mod error;
mod pin;
pub mod source;
mod verify;

use std::ffi::OsString;
use std::path::PathBuf;

use crate::args::V8;
use crate::ui;
use crate::workspace::Workspace;

use cache::Cache;
pub use error::Problem;
use pin::Pin;

/// Names a library that is already on this machine, `.a` or `.a.gz`; the `v8` crate's build script
/// reads it too.
const ARCHIVE: &str = "RUSTY_V8_ARCHIVE";
/// Has the `v8` crate's build script build V8 in its own way.
const BUILD_SCRIPT: &str = "V8_FROM_SOURCE";

/// `cargo xtask v8`.
pub fn run(args: &V8) -> Result<(), Problem> {
    let workspace = Workspace::locate().map_err(Problem::command)?;
    let order = if args.from_source {
        vec![Origin::Source]
    } else {
        order(std::env::var_os(ARCHIVE), std::env::var_os(BUILD_SCRIPT))
    };
    let library = find(&workspace, &order)?;
    ui::result(&match library {
        Some(file) => file.display().to_string(),
        None => format!("`{BUILD_SCRIPT}` is set: the `v8` crate's build script makes the library"),
    });
    Ok(())
}

/// Makes sure that a build of partyrun finds the library. Quick and silent when it is there.
pub fn ensure(workspace: &Workspace) -> Result<(), Problem> {
    find(
        workspace,
        &order(std::env::var_os(ARCHIVE), std::env::var_os(BUILD_SCRIPT)),
    )
    .map(drop)
}

/// The triple of this machine.
pub fn target() -> Result<String, Problem> {
    pin::target()
}

/// Where the library may come from.
#[derive(Debug, PartialEq, Eq)]
enum Origin {
    Named(PathBuf),
    BuildScript,
    Cache,
    Download,
    Source,
}

/// Where to look, the first first. What the environment names is taken or refused, never replaced.
fn order(archive: Option<OsString>, build_script: Option<OsString>) -> Vec<Origin> {
    let is_on = |value: &OsString| value == "1" || value == "true" || value == "yes";
    match archive {
        _ if build_script.as_ref().is_some_and(is_on) => vec![Origin::BuildScript],
        Some(file) => vec![Origin::Named(file.into())],
        None => vec![Origin::Cache, Origin::Download, Origin::Source],
    }
}

/// The library, or nothing where the build script makes it.
fn find(workspace: &Workspace, order: &[Origin]) -> Result<Option<PathBuf>, Problem> {
    if order == [Origin::BuildScript] {
        return Ok(None);
    }
    let pin = Pin::read(workspace)?;
    let cache = Cache::locate(&pin)?;
    for origin in order {
        let found = match origin {
            Origin::BuildScript => None,
            Origin::Named(file) => {
                verify::named(workspace, &pin, &cache, file)?;
                return Ok(Some(file.clone()));
            }
            Origin::Cache => cache.find(&pin)?,
            Origin::Download => match download::fetch(&pin, &cache)? {
                Some(file) => downloaded(keep(workspace, &pin, &cache, file))?,
                None => None,
            },
            Origin::Source => {
                let file = source::build(workspace, &pin, &cache)?;
                Some(keep(workspace, &pin, &cache, file)?)
            }
        };
        if let Some(file) = found {
            pin::show_to_build_script(&pin, &file)?;
            return Ok(Some(file));
        }
    }
    Err(Problem::None)
}

/// Proxies of closed networks answer with pages of their own: what is no library counts as not there.
fn downloaded(kept: Result<PathBuf, Problem>) -> Result<Option<PathBuf>, Problem> {
    match kept {
        Ok(file) => Ok(Some(file)),
        Err(problem @ (Problem::Broken { .. } | Problem::OtherVersion { .. })) => {
            ui::step(&format!(
                "V8: the download is of no use; next is a build from source. {problem}"
            ));
            Ok(None)
        }
        Err(problem) => Err(problem),
    }
}

/// Proves a new library and puts it into the cache.
fn keep(
    workspace: &Workspace,
    pin: &Pin,
    cache: &Cache,
    file: PathBuf,
) -> Result<PathBuf, Problem> {
    ui::step("V8: linking and running a small program with the library");
    verify::prove(workspace, pin, cache, &file)?;
    let (kept, checksum) = cache.keep(pin, &file)?;
    source::clean(cache);
    ui::step(&format!(
        "V8: kept with sha256 {checksum} as {}",
        kept.display()
    ));
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_environment_names_is_taken_alone() {
        assert_eq!(
            order(None, None),
            [Origin::Cache, Origin::Download, Origin::Source]
        );
        assert_eq!(
            order(Some("/v8.a.gz".into()), None),
            [Origin::Named("/v8.a.gz".into())]
        );
        assert_eq!(
            order(Some("/v8.a.gz".into()), Some("1".into())),
            [Origin::BuildScript],
            "the build script reads its own variable first"
        );
        assert_eq!(order(None, Some("0".into())).len(), 3);
    }
}
