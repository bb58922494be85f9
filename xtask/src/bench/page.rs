//! A page with partysocket over saves of the server: how long until it has heard of the new code. Installs partysocket;
//! the page is `benches/page/page.mjs`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::Meter;
use super::cell::{Cell, Outcome, Unit};
use super::measure::{SETTLE, millis};
use super::probe;
use super::row::{Budget, Topic};
use super::server::Server;
use super::subject::Subject;
use crate::error::Failure;
use crate::npm;
use crate::ui;

const SAVES: u32 = 5;

/// partysocket waits for seconds before it connects again, and longer each time.
const LIMIT: Duration = Duration::from_secs(30);

/// Keeps the sockets of rooms in memory.
const KEEPING: &str = "--keep-sockets";

/// Measures on fresh servers: as they come, and partyrun once more with sockets kept.
pub fn run(meter: &mut Meter) -> Result<(), Failure> {
    ui::step("Save to a page with the new code");
    let folder = meter.folder.join("page");
    npm::copy_changed(&meter.project.with_file_name("page"), &folder)?;
    npm::install_packages(&folder)?;
    let project = meter.folder.join("page-project");
    copy_project(&folder, &project)?;

    let outcomes = meter
        .subjects
        .iter()
        .map(|subject| of(subject, &project, &folder));
    let outcomes = outcomes.collect::<Result<_, _>>()?;
    let label = "Save to new code in a page with partysocket";
    let topic = Topic::new("page", label, Unit::Milliseconds);
    meter.report.servers.add(topic, outcomes);

    let Some(partyrun) = meter.subjects.first() else {
        return Ok(());
    };
    let kept = of(&partyrun.with_flags(KEEPING), &project, &folder)?;
    let label = format!("The same with `{KEEPING}`");
    let topic = Topic::new("page-kept", label, Unit::Milliseconds);
    let topic = topic.budget(Budget::AtMost(100.0));
    meter.report.servers.add(topic, vec![kept]);
    Ok(())
}

/// The party project alone: a server is not to watch the packages of its client.
fn copy_project(from: &Path, to: &Path) -> Result<(), Failure> {
    let copy = || {
        fs::create_dir_all(to)?;
        for name in ["partykit.json", "server.ts"] {
            fs::copy(from.join(name), to.join(name))?;
        }
        Ok(())
    };
    copy().map_err(|source| Failure::Unwritable {
        file: to.to_owned(),
        source,
    })
}

fn of(subject: &Subject, project: &Path, folder: &Path) -> Result<Outcome, Failure> {
    let server = Server::start(subject, project)?;
    std::thread::sleep(SETTLE);
    let file = server.project.join("server.ts");
    Ok(saves(&server, &file, folder))
}

fn saves(server: &Server, file: &PathBuf, folder: &Path) -> Outcome {
    let page = Page::open(server, folder)?;
    page.hears("v0")?;
    let mut times = Vec::new();
    for save in 1..=SAVES {
        // A watcher that groups changes must not group two saves.
        std::thread::sleep(SETTLE);
        let version = format!("save-{save}");
        let text = probe::with_version(file, &version)?;
        let begun = Instant::now();
        fs::write(file, text)
            .map_err(|error| format!("Could not save `{}`: {error}", file.display()))?;
        page.hears(&version)?;
        times.push(millis(begun.elapsed()));
    }
    Ok(Cell::median(times))
}

/// A page. It ends when this is dropped.
struct Page {
    child: Child,
    messages: Receiver<String>,
}

impl Page {
    fn open(server: &Server, folder: &Path) -> Result<Page, String> {
        let mut command = Command::new("node");
        command
            .args(["page.mjs", &server.addr.to_string()])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let failed = |error| format!("Could not start `node page.mjs`: {error}");
        let mut child = command.spawn().map_err(failed)?;
        let output = child.stdout.take().expect("it is piped, and taken once");
        let (sender, messages) = channel();
        // Ends with the page's output.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Page { child, messages })
    }

    /// Waits until it has heard of a version.
    fn hears(&self, version: &str) -> Result<(), String> {
        let begun = Instant::now();
        while let Some(left) = LIMIT.checked_sub(begun.elapsed()) {
            match self.messages.recv_timeout(left) {
                Ok(line) if line == version => return Ok(()),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        Err(format!(
            "The page has not heard of `{version}` within: {LIMIT:?}"
        ))
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
