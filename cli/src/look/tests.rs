//! What looking finds, and what it leaves to the system to tell.

use std::sync::mpsc::channel;
use std::thread;

use super::eyes::{Eyes, Round, tell};
use super::*;

struct Scratch {
    folder: tempfile::TempDir,
    eyes: Eyes,
    shared: Shared,
}

impl Scratch {
    fn new(names: &[&str]) -> Scratch {
        let folder = tempfile::tempdir().expect("a scratch folder");
        for name in names {
            fs::write(folder.path().join(name), "1").expect("writable");
        }
        Scratch {
            folder,
            eyes: Eyes::default(),
            shared: Shared::default(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Looks at the file `a` and at everything in the folder `all`; the names that are news.
    fn look(&mut self) -> Vec<String> {
        let (file, folder) = (self.path("a"), self.path("all"));
        let news = self.eyes.look(vec![file], &[folder], &self.shared);
        let (sender, told) = channel();
        let hear = move |path: PathBuf| {
            let name = path.file_name().expect("it has a name").to_owned();
            sender.send(name).expect("the test listens");
        };
        tell(news, &self.shared, &hear);
        drop(hear);
        let mut names: Vec<String> = told
            .iter()
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

#[test]
fn what_was_written_came_or_went_is_told_once() {
    let mut scratch = Scratch::new(&["a"]);
    fs::create_dir(scratch.path("all")).expect("created");
    fs::write(scratch.path("all/old"), "1").expect("writable");
    assert!(scratch.look().is_empty(), "the first look only learns");
    fs::write(scratch.path("a"), "22").expect("writable");
    fs::write(scratch.path("all/new"), "1").expect("writable");
    assert_eq!(scratch.look(), ["a", "new"]);
    assert!(scratch.look().is_empty());
    fs::remove_file(scratch.path("a")).expect("removable");
    fs::remove_file(scratch.path("all/old")).expect("removable");
    assert_eq!(scratch.look(), ["a", "old"]);
    assert!(scratch.look().is_empty());
    fs::write(scratch.path("a"), "22").expect("writable");
    assert_eq!(scratch.look(), ["a"]);
}

#[test]
fn what_the_system_has_told_is_no_news() {
    let mut scratch = Scratch::new(&["a"]);
    fs::create_dir(scratch.path("all")).expect("created");
    scratch.look();
    let looker = Looker(Arc::new(std::mem::take(&mut scratch.shared)));
    for name in ["a", "all/new"] {
        fs::write(scratch.path(name), "22").expect("writable");
        looker.was_told(&scratch.path(name));
    }
    scratch.shared = Arc::into_inner(looker.0).expect("it is the only one");
    assert!(scratch.look().is_empty());
}

#[test]
fn many_files_are_looked_at_in_turns() {
    let mut round = Round::of(["a", "b", "c"].map(PathBuf::from).to_vec());
    assert_eq!(round.next(2), ["a", "b"].map(PathBuf::from));
    assert_eq!(round.next(2), ["c", "a"].map(PathBuf::from));
    assert_eq!(round.next(9).len(), 3);
    assert!(Round::default().next(5).is_empty());
}

#[test]
fn a_file_written_through_another_name_is_told() {
    let scratch = Scratch::new(&["a"]);
    let elsewhere = tempfile::tempdir().expect("a scratch folder");
    fs::hard_link(scratch.path("a"), elsewhere.path().join("b")).expect("one file system");
    let (sender, told) = channel();
    let looker = Looker::start(move |path| {
        let _ = sender.send(path);
    });
    let folder = scratch.folder.path().to_owned();
    looker.arm(Sights {
        files: [scratch.path("a")].into(),
        folders: HashSet::new(),
        unsaid: [folder].into(),
    });
    while looker.0.lock().stamps.is_empty() {
        thread::sleep(Duration::from_millis(5));
    }
    fs::write(elsewhere.path().join("b"), "22").expect("writable");
    let heard = told.recv_timeout(Duration::from_secs(10));
    assert_eq!(heard.expect("it is told"), scratch.path("a"));
    looker.end();
}
