//! A project with packages that many servers have: how soon one more room of it answers, and what the
//! room takes of memory. Installs the packages, of the versions in `benches/deps`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Meter;
use super::measure::{SETTLE, boot_with};
use super::rooms;
use super::row::{Budget, Topic, Unit};
use crate::error::Failure;
use crate::npm;
use crate::ui;

/// Rooms asked for one after another before any counts: the first makes what the others share.
const FIRST_ROOMS: u32 = 5;

/// Rooms whose memory is measured.
const ROOMS: u32 = 50;

/// Files of the project; its packages come from npm.
const FILES: [&str; 4] = [
    "package.json",
    "package-lock.json",
    "partykit.json",
    "server.ts",
];

/// Measures on fresh servers.
pub fn run(meter: &mut Meter) -> Result<(), Failure> {
    ui::step("Rooms with real dependencies");
    let folder = install(meter)?;
    let servers = boot_with(meter, &folder)?;
    let outcomes = servers.iter().map(|server| {
        rooms::one_by_one(meter, server, "first", FIRST_ROOMS)?;
        rooms::one_by_one(meter, server, "new", rooms::ONE_BY_ONE)
    });
    let outcomes = outcomes.collect();
    let label = "Real dependencies: a further room's first response, p50";
    let topic = Topic::new("deps-new-room", label, Unit::Milliseconds);
    meter
        .report
        .add(topic.budget(Budget::AtMost(15.0)), outcomes);
    std::thread::sleep(SETTLE);
    let memories = servers
        .iter()
        .map(|server| rooms::create(meter, server, ROOMS).1);
    let memories = memories.collect();
    let label = "Real dependencies: memory of a live room";
    let topic = Topic::new("deps-room-memory", label, Unit::Mebibytes);
    meter
        .report
        .add(topic.budget(Budget::AtMost(5.0)), memories);
    Ok(())
}

/// The project's folder, with its packages.
fn install(meter: &Meter) -> Result<PathBuf, Failure> {
    let source = meter.project.with_file_name("deps");
    let folder = meter.folder.join("deps");
    copy_changed(&source, &folder).map_err(|source| Failure::Unwritable {
        file: folder.clone(),
        source,
    })?;
    npm::install_packages(&folder)?;
    Ok(folder)
}

/// A file that is the same is left alone: npm installs again what is older than its lock file.
fn copy_changed(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for name in FILES {
        let text = fs::read(from.join(name))?;
        let target = to.join(name);
        if fs::read(&target).is_ok_and(|known| known == text) {
            continue;
        }
        fs::write(target, text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn files_that_are_the_same_keep_their_time() {
        let folder = tempfile();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/deps");
        copy_changed(&source, &folder).expect("the files are there");
        let lock = folder.join("package-lock.json");
        let old = SystemTime::now() - Duration::from_secs(60);
        let set = |time| {
            fs::File::options()
                .write(true)
                .open(&lock)
                .and_then(|file| file.set_modified(time))
        };
        set(old).expect("settable");
        copy_changed(&source, &folder).expect("the files are there");
        let kept = fs::metadata(&lock)
            .and_then(|data| data.modified())
            .expect("it is there");
        assert_eq!(kept, old);
        fs::write(&lock, "other").expect("writable");
        copy_changed(&source, &folder).expect("the files are there");
        assert_ne!(fs::read(&lock).expect("readable"), b"other");
        fs::remove_dir_all(&folder).expect("removable");
    }

    fn tempfile() -> PathBuf {
        std::env::temp_dir().join(format!("xtask-deps-{}", std::process::id()))
    }
}
