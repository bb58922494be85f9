//! A watcher of real folders.

use std::fs;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::*;

const SOON: Duration = Duration::from_secs(5);

struct Scratch {
    folder: tempfile::TempDir,
    watcher: FileWatcher,
    changes: Receiver<(Change, Step)>,
}

fn scratch() -> Scratch {
    let (sender, changes) = channel();
    let (watcher, error) = FileWatcher::start(move |change, step| {
        let _ = sender.send((change, step));
    });
    assert!(error.is_none(), "the system can watch files");
    Scratch {
        folder: tempfile::tempdir().expect("a scratch folder"),
        watcher,
        changes,
    }
}

impl Scratch {
    fn path(&self, name: &str) -> PathBuf {
        self.folder
            .path()
            .canonicalize()
            .expect("it exists")
            .join(name)
    }

    fn arm(&mut self, names: &[&str]) -> Armed {
        let files: Vec<_> = names.iter().map(|name| self.path(name)).collect();
        self.watcher.arm(files.iter().map(PathBuf::as_path), [])
    }

    fn next(&self) -> Change {
        self.changes
            .recv_timeout(SOON)
            .expect("a change is reported")
            .0
    }

    /// The last step of what is happening to the file.
    fn last_step(&self) -> Step {
        let mut last = Step::UnderWay;
        while let Ok((_, step)) = self.changes.recv_timeout(Duration::from_millis(50)) {
            last = step;
        }
        last
    }

    fn settle(&self) {
        while self.changes.recv_timeout(Duration::from_millis(50)).is_ok() {}
    }
}

#[test]
fn only_the_files_asked_for_are_reported() {
    let mut scratch = scratch();
    assert!(scratch.arm(&["a.ts"]).fresh);
    assert!(!scratch.arm(&["a.ts", "b.ts"]).fresh);
    fs::write(scratch.path("other.ts"), "1").expect("written");
    fs::write(scratch.path("b.ts"), "1").expect("written");
    assert_eq!(scratch.next(), Change::Path(scratch.path("b.ts")));
}

#[test]
fn any_file_of_a_whole_folder_is_reported() {
    let mut scratch = scratch();
    let folder = scratch.path("");
    scratch.watcher.arm([], [folder.as_path()]);
    fs::write(scratch.path("new.ts"), "1").expect("written");
    assert_eq!(scratch.next(), Change::Path(scratch.path("new.ts")));
    scratch.settle();
    fs::remove_file(scratch.path("new.ts")).expect("removed");
    assert_eq!(scratch.next(), Change::Path(scratch.path("new.ts")));
}

#[test]
fn reading_is_no_change() {
    let mut scratch = scratch();
    fs::write(scratch.path("a.ts"), "1").expect("written");
    scratch.arm(&["a.ts"]);
    fs::read(scratch.path("a.ts")).expect("read");
    assert!(
        scratch
            .changes
            .recv_timeout(Duration::from_millis(100))
            .is_err()
    );
}

#[test]
fn replacing_by_rename_is_noticed_again_and_again() {
    let mut scratch = scratch();
    scratch.arm(&["a.ts"]);
    for text in ["1", "2"] {
        fs::write(scratch.path("a.ts.tmp"), text).expect("written");
        fs::rename(scratch.path("a.ts.tmp"), scratch.path("a.ts")).expect("renamed");
        assert_eq!(scratch.next(), Change::Path(scratch.path("a.ts")));
        scratch.settle();
    }
}

#[test]
fn a_file_in_a_folder_that_comes_back_is_noticed() {
    let mut scratch = scratch();
    fs::create_dir(scratch.path("src")).expect("created");
    fs::write(scratch.path("src/a.ts"), "1").expect("written");
    scratch.arm(&["src/a.ts"]);
    fs::remove_dir_all(scratch.path("src")).expect("removed");
    scratch.settle();
    assert!(
        scratch.arm(&["src/a.ts"]).fresh,
        "the folder above is watched instead"
    );
    fs::create_dir(scratch.path("src")).expect("created");
    assert_eq!(scratch.next(), Change::Path(scratch.path("src")));
    scratch.settle();
    assert!(scratch.arm(&["src/a.ts"]).fresh);
    fs::write(scratch.path("src/a.ts"), "2").expect("written");
    assert_eq!(scratch.next(), Change::Path(scratch.path("src/a.ts")));
}

#[test]
fn a_folder_remade_between_two_arms_is_watched_again() {
    let mut scratch = scratch();
    fs::create_dir(scratch.path("src")).expect("created");
    scratch.arm(&["src/a.ts"]);
    fs::remove_dir(scratch.path("src")).expect("removed");
    assert_eq!(scratch.next(), Change::Path(scratch.path("src")));
    fs::create_dir(scratch.path("src")).expect("created");
    assert!(scratch.arm(&["src/a.ts"]).fresh);
    fs::write(scratch.path("src/a.ts"), "1").expect("written");
    assert_eq!(scratch.next(), Change::Path(scratch.path("src/a.ts")));
}

/// Only Linux tells of it.
#[cfg(target_os = "linux")]
#[test]
fn a_file_is_done_when_its_writer_is() {
    use std::io::Write as _;

    let mut scratch = scratch();
    scratch.arm(&["a.ts"]);
    let mut file = fs::File::create(scratch.path("a.ts")).expect("created");
    file.write_all(b"1").expect("written");
    assert_eq!(scratch.last_step(), Step::UnderWay);
    drop(file);
    assert_eq!(scratch.last_step(), Step::Done);
    drop(fs::File::create(scratch.path("a.ts")).expect("truncated"));
    assert_eq!(scratch.last_step(), Step::UnderWay, "an editor may go on");
    fs::write(scratch.path("a.ts"), "2").expect("written");
    assert_eq!(scratch.last_step(), Step::Done);
    fs::rename(scratch.path("a.ts"), scratch.path("a.ts~")).expect("renamed");
    assert_eq!(scratch.last_step(), Step::UnderWay);
    fs::rename(scratch.path("a.ts~"), scratch.path("a.ts")).expect("renamed");
    assert_eq!(scratch.last_step(), Step::Done);
}
