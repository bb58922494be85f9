//! The page `docs/errors.md`. Each mistake on it is made here with the program, and what is printed must be what the
//! page says; with `PARTYRUN_WRITE_DOCS=1` the page is written anew.

mod code;
mod imports;
mod page;
mod parties;
mod running;
mod settings;

use std::path::Path;
use std::sync::Mutex;
use std::thread;

use rustix::process::Signal;

use crate::harness::{Dev, Project, run_in};

/// As many are made at once: most of the time they wait for a process.
const AT_ONCE: usize = 6;
/// What the page has in the place of the project's own folder.
const FOLDER: &str = "/home/you/project";

/// Mistakes of one kind.
struct Group {
    title: &'static str,
    mistakes: Vec<Mistake>,
}

/// Something that people do, and how it is done here.
struct Mistake {
    title: &'static str,
    project: Project,
    act: Act,
    /// What differs each time, and what the page has in its place.
    varies: Vec<(String, &'static str)>,
}

enum Act {
    /// The program gives up.
    Refused,
    /// The project is served, this is done, and then this is the last that is printed.
    Served(fn(&Dev), &'static str),
    /// Another command line than that of `dev`.
    Command(&'static [&'static str]),
}

fn made(title: &'static str, project: Project, act: Act) -> Mistake {
    Mistake {
        title,
        project,
        act,
        varies: Vec::new(),
    }
}

fn refused(title: &'static str, project: Project) -> Mistake {
    made(title, project, Act::Refused)
}

/// `last`: how what is printed ends.
fn noted(title: &'static str, project: Project, last: &'static str) -> Mistake {
    served(title, project, |_| {}, last)
}

fn served(title: &'static str, project: Project, act: fn(&Dev), last: &'static str) -> Mistake {
    made(title, project, Act::Served(act, last))
}

impl Mistake {
    /// Makes it, and returns what is printed.
    fn printed(self) -> String {
        let folder = self.project.path().to_owned();
        let text = match self.act {
            Act::Refused => {
                let exit = self.project.fails();
                assert_eq!(exit.code, Some(1), "{}: {}", self.title, exit.stderr);
                exit.stderr
            }
            Act::Command(arguments) => run_in(&folder, arguments).stderr,
            Act::Served(act, last) => {
                let mut dev = self.project.dev();
                act(&dev);
                dev.stderr_has(last);
                dev.interrupt(Signal::TERM);
                let port = dev.port().to_string();
                dev.rest_of_stderr().replace(&port, "1999")
            }
        };
        let mut text = without_folder(&text, &folder);
        for (each_time, always) in &self.varies {
            text = text.replace(each_time, always);
        }
        let text = without_owner(&text);
        assert!(
            !text.trim().is_empty(),
            "{}: nothing is printed",
            self.title
        );
        text.trim_end().to_owned()
    }
}

fn without_folder(text: &str, folder: &Path) -> String {
    let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let text = text.replace(&*real.to_string_lossy(), FOLDER);
    text.replace(&*folder.to_string_lossy(), FOLDER)
}

/// The program that has a port is the one that runs the tests.
fn without_owner(text: &str) -> String {
    let owner = text.split_once(" by `").and_then(|(before, rest)| {
        let (_, after) = rest.split_once("` (process ")?;
        let (_, after) = after.split_once(')')?;
        Some((before, after))
    });
    match owner {
        Some((before, after)) => format!("{before} by `node server.js` (process 4711){after}"),
        None => text.to_owned(),
    }
}

/// Makes all of them, several at once, and returns what is printed in their order.
fn make(groups: Vec<Group>) -> Vec<page::Section> {
    let mut sections = Vec::new();
    let mut waiting = Vec::new();
    for (section, group) in groups.into_iter().enumerate() {
        let mut rows = Vec::new();
        for (row, mistake) in group.mistakes.into_iter().enumerate() {
            rows.push((mistake.title, String::new()));
            waiting.push((section, row, mistake));
        }
        sections.push(page::Section {
            title: group.title,
            rows,
        });
    }
    // Those that take long come last and begin first.
    let waiting = Mutex::new(waiting);
    let sections = Mutex::new(sections);
    let next = || waiting.lock().expect("nobody panics with it").pop();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((section, row, mistake)) = next() {
                    let printed = mistake.printed();
                    let mut sections = sections.lock().expect("nobody panics with it");
                    sections[section].rows[row].1 = printed;
                }
            });
        }
    });
    sections.into_inner().expect("nobody panics with it")
}

/// Row 243.
#[test]
fn mistakes_are_told_as_the_page_says() {
    let sections = make(vec![
        imports::group(),
        code::group(),
        parties::group(),
        settings::group(),
        running::group(),
    ]);
    let count: usize = sections.iter().map(|section| section.rows.len()).sum();
    assert!(count >= 51, "{count}");
    page::compare(&page::written(&sections));
}
