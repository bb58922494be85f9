//! V8 from the sources in the `v8` crate: the steps and their order. Each step is done again or found
//! done when the build goes on after an interruption. Never writes into cargo's copy of the sources.
//!
//! # Layout
//! - `packages`: the compiler and tools, from the distribution
//! - `gn`: the generator of the build files, newer than most distributions have it; its arguments
//! - `tree`: the folder with the sources; `patch`: what a released compiler needs changed in them
//! - `compile`, `headers`: the compiler as ninja calls it, with precompiled headers
//! - `ninja`: the long part, with its progress and estimate

pub mod compile;
mod gn;
mod headers;
mod ninja;
mod packages;
mod patch;
mod tree;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Instant;

use flate2::{Compression, GzBuilder};

use super::cache::Cache;
use super::error::Problem;
use super::pin::Pin;
use crate::ui;
use crate::workspace::Workspace;

/// The one machine for which the recipe is proved.
const TARGET: &str = "x86_64-unknown-linux-gnu";
/// Room that a whole build takes in its folder.
const NEEDED_MIB: u64 = 4_000;
/// Below this, a build that stopped has stopped for want of room.
const FULL_MIB: u64 = 50;

/// Makes the library; what comes back lies in the build's folder.
pub fn build(workspace: &Workspace, pin: &Pin, cache: &Cache) -> Result<PathBuf, Problem> {
    if pin.target != TARGET {
        return Err(Problem::NoRecipe { url: pin.url() });
    }
    let folder = folder(cache);
    fs::create_dir_all(&folder).map_err(Problem::file("create", &folder))?;
    let lock = folder.join("lock");
    let held = File::create(&lock).map_err(Problem::file("create", &lock))?;
    match held.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(Problem::Locked(lock)),
        Err(TryLockError::Error(source)) => return Err(Problem::file("lock", &lock)(source)),
    }
    require_room(&folder, NEEDED_MIB.saturating_sub(used_mib(&folder)))?;
    let started = Instant::now();
    ui::step(&format!(
        "V8: building version {} from source, which takes 45 to 50 minutes of processor time; after an interruption it goes on where it stopped",
        pin.version
    ));
    let packed = steps(workspace, pin, &folder).map_err(|problem| match free_mib(&folder) {
        Some(free_mib) if free_mib < FULL_MIB => full(&folder, NEEDED_MIB, free_mib),
        _ => problem,
    })?;
    ui::step(&format!(
        "V8: built; this run took {} min, and {} of processor time",
        started.elapsed().as_secs() / 60,
        processor_time()
    ));
    Ok(packed)
}

fn steps(workspace: &Workspace, pin: &Pin, folder: &Path) -> Result<PathBuf, Problem> {
    packages::require(pin)?;
    let gn = gn::Gn::find(folder)?;
    let sources = pin.sources(workspace)?;
    let tree = tree::lay(workspace, &sources, folder)?;
    let out = gn.generate(&tree, folder)?;
    compile::forget_failures(&out);
    ninja::run(&out)?;
    let plain = compile::fallbacks(&out);
    if plain > 0 {
        ui::step(&format!(
            "V8: files that were compiled without their precompiled header, which takes long: {plain}"
        ));
    }
    let packed = folder.join(pin.file_name());
    pack(&out.join("obj/librusty_v8.a"), &packed)?;
    Ok(packed)
}

/// Removes the build's folder, gigabytes of objects, once its library is kept.
pub fn clean(cache: &Cache) {
    // What stays costs room only.
    let _ = fs::remove_dir_all(folder(cache));
}

fn folder(cache: &Cache) -> PathBuf {
    cache.folder.join("build")
}

fn require_room(folder: &Path, needed_mib: u64) -> Result<(), Problem> {
    match free_mib(folder) {
        Some(free_mib) if free_mib < needed_mib => Err(full(folder, needed_mib, free_mib)),
        _ => Ok(()),
    }
}

fn full(folder: &Path, needed_mib: u64, free_mib: u64) -> Problem {
    Problem::DiskFull {
        folder: folder.to_owned(),
        needed_mib,
        free_mib,
    }
}

/// Room for what xtask writes, in MiB; nothing where the system does not tell.
fn free_mib(folder: &Path) -> Option<u64> {
    let about = rustix::fs::statvfs(folder).ok()?;
    Some(about.f_bavail * about.f_frsize / (1 << 20))
}

/// What an interrupted build has taken already.
fn used_mib(folder: &Path) -> u64 {
    fn bytes(folder: &Path) -> u64 {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .filter_map(|entry| {
                let about = entry.metadata().ok()?;
                Some(if about.is_dir() {
                    bytes(&entry.path())
                } else {
                    about.len()
                })
            })
            .sum()
    }
    bytes(folder) / (1 << 20)
}

/// Compresses the library as upstream does.
fn pack(library: &Path, packed: &Path) -> Result<(), Problem> {
    ui::step("V8: compressing the library");
    let mut plain = File::open(library).map_err(Problem::file("read", library))?;
    let file = File::create(packed).map_err(Problem::file("write", packed))?;
    // Without a name and a time, equal libraries have equal checksums.
    let mut encoder = GzBuilder::new()
        .mtime(0)
        .write(file, Compression::default());
    std::io::copy(&mut plain, &mut encoder)
        .and_then(|_| encoder.finish())
        .map(drop)
        .map_err(Problem::file("write", packed))
}

/// User and system time of all that this run started and that has ended.
fn processor_time() -> String {
    let ticks = fs::read_to_string("/proc/self/stat")
        .ok()
        .and_then(|text| ticks_of_children(&text));
    match ticks {
        Some(ticks) => format!("{} min", ticks / 100 / 60),
        None => "an unknown amount".to_owned(),
    }
}

/// `cutime` and `cstime` of proc(5), in hundredths of a second on every Linux that this runs on.
fn ticks_of_children(stat: &str) -> Option<u64> {
    // The name before `)` may hold blanks.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(13);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_room_is_told_with_its_numbers() {
        let folder = std::env::temp_dir();
        assert!(require_room(&folder, 0).is_ok());
        let problem = require_room(&folder, u64::MAX).expect_err("no disk has as much");
        assert!(
            problem
                .to_string()
                .starts_with("The disk is full: V8's build needs "),
            "{problem}"
        );
        assert_eq!(problem.to_string().lines().count(), 3);
    }

    #[test]
    fn children_are_counted_from_the_16th_field() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 1 2 3 4 10 20 300 45 20 0 1";
        assert_eq!(ticks_of_children(stat), Some(345));
    }
}
