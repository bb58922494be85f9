//! `cargo xtask web --suite <folder>`: runs the scripts of a checkout of web-platform-tests, each in a room of
//! its own, and holds the outcomes against the list of known failures. Never judges a test: what passes and
//! fails is the business of `fixtures/web-platform`.

mod expectations;
mod files;
mod room;
mod script;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use crate::args::Web;
use crate::error::Failure;
use crate::ui;
use crate::workspace::Workspace;
use expectations::Expectations;
use room::{Outcome, Rooms};
use script::{Script, Unrun};

/// Scripts that run at once: most of them wait for timers.
const AT_ONCE: usize = 4;
/// How long a script may take, in the same two sizes as upstream's.
const PATIENCE: Duration = Duration::from_secs(15);
const LONG_PATIENCE: Duration = Duration::from_secs(60);

/// One script with one of its variants, run or left out.
struct Done {
    /// Path in the suite, with the variant.
    name: String,
    outcome: Result<Outcome, Unrun>,
}

/// Runs, compares, summarises.
pub fn run(args: &Web) -> Result<(), Failure> {
    let workspace = Workspace::locate()?;
    let suite =
        fs::canonicalize(&args.suite).map_err(|_| Failure::NotAFolder(args.suite.clone()))?;
    let project = workspace.root.join("fixtures/web-platform");
    let program = workspace.partyrun(args.partyrun.as_deref(), &[])?;
    let scripts = find(&suite, &args.folders, args.filter.as_deref())?;
    let rooms = Rooms::start(&program, &project)?;
    let base =
        files::serve(suite.clone()).map_err(|error| Failure::Measurement(error.to_string()))?;
    let done = run_all(&suite, scripts, &rooms, &base);

    let list = project.join("expectations.txt");
    if args.accept {
        let text = Expectations::text(&failures(&done));
        return fs::write(&list, text).map_err(|source| Failure::Unwritable { file: list, source });
    }
    let known = Expectations::read(&list)?;
    summarise(&done);
    let news = known.compare(&failures(&done), |name| {
        done.iter().any(|done| done.name == name)
    });
    for line in &news {
        ui::result(line);
    }
    if news.iter().any(|line| line.starts_with("FAILS")) {
        return Err(Failure::Measurement(
            "Some tests fail that are not known to".to_owned(),
        ));
    }
    Ok(())
}

/// Scripts below the folders, each with one variant, in a stable order.
fn find(
    suite: &Path,
    folders: &[PathBuf],
    filter: Option<&str>,
) -> Result<Vec<(Script, String)>, Failure> {
    let mut paths = Vec::new();
    for folder in folders {
        script::find(suite, folder, &mut paths)?;
    }
    paths.sort();
    let mut scripts = Vec::new();
    for path in paths {
        if filter.is_some_and(|filter| !path.to_string_lossy().contains(filter)) {
            continue;
        }
        let script = Script::read(suite, &path)?;
        for variant in script.variants() {
            scripts.push((script.clone(), variant));
        }
    }
    scripts.reverse();
    Ok(scripts)
}

fn run_all(suite: &Path, scripts: Vec<(Script, String)>, rooms: &Rooms, base: &str) -> Vec<Done> {
    let (total, waiting, done) = (scripts.len(), Mutex::new(scripts), Mutex::new(Vec::new()));
    let progress = Mutex::new(ui::Progress::new());
    let next = || waiting.lock().expect("nobody panics with it").pop();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((script, variant)) = next() {
                    let name = format!("{}{variant}", script.name);
                    let patience = if script.is_long() {
                        LONG_PATIENCE
                    } else {
                        PATIENCE
                    };
                    let outcome = script
                        .source(suite)
                        .map(|source| rooms.run(&source, patience, &format!("{base}/{name}")));
                    let mut done = done.lock().expect("nobody panics with it");
                    done.push(Done { name, outcome });
                    let text = format!("{} of {total} scripts", done.len());
                    progress.lock().expect("nobody panics with it").show(&text);
                }
            });
        }
    });
    progress.into_inner().expect("nobody panics with it").end();
    let mut done = done.into_inner().expect("nobody panics with it");
    done.sort_by(|a, b| a.name.cmp(&b.name));
    done
}

/// By script, the names of the tests that did not pass; an error of the script itself is one more.
fn failures(done: &[Done]) -> BTreeMap<String, Vec<String>> {
    let mut failures = BTreeMap::new();
    for done in done {
        let Ok(outcome) = &done.outcome else {
            continue;
        };
        let failed = outcome.failures();
        if !failed.is_empty() {
            failures.insert(done.name.clone(), failed);
        }
    }
    failures
}

#[derive(Default)]
struct Counts {
    scripts: usize,
    passed: usize,
    failed: usize,
    broken: usize,
    unrun: usize,
}

fn summarise(done: &[Done]) {
    let mut folders: BTreeMap<&str, Counts> = BTreeMap::new();
    for done in done {
        let folder = done.name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let counts = folders.entry(folder).or_default();
        match &done.outcome {
            Ok(outcome) => {
                counts.scripts += 1;
                counts.passed += outcome.passed();
                counts.failed += outcome.tests.len() - outcome.passed();
                counts.broken += usize::from(outcome.error.is_some());
            }
            Err(_) => counts.unrun += 1,
        }
    }
    ui::result("| folder | scripts | passed | failed | broken | not run |");
    ui::result("| --- | --- | --- | --- | --- | --- |");
    for (folder, counts) in folders {
        let Counts {
            scripts,
            passed,
            failed,
            broken,
            unrun,
        } = counts;
        ui::result(&format!(
            "| `{folder}` | {scripts} | {passed} | {failed} | {broken} | {unrun} |"
        ));
    }
}
