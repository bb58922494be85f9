//! What the way from `node_modules/.bin/partyrun` to the program costs, and that nothing stays behind when it
//! is ended.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::Release;
use super::scene::{MARK, Scene, succeed, wrong};
use crate::error::Failure;
use crate::workspace::shown;
use crate::{npm, ui};

/// How much longer the second start may take than the program itself.
const LIMIT: Duration = Duration::from_millis(5);
/// What a server writes once it can be asked.
const READY: &str = "Ready on";
/// How long a process may take to be gone.
const PATIENCE: Duration = Duration::from_secs(5);

pub fn run(release: &Release, pairs: u32) -> Result<(), Failure> {
    npm::require_node("the launcher")?;
    let scene = Scene::new(&release.folder, "launcher", &release.registry)?;
    scene.write("package.json", "{ \"private\": true }\n")?;
    scene.write("server.js", "export default class {}\n")?;
    let package = format!("partyrun@{}", release.version);
    let mut install = scene.command("npm", ".");
    succeed(install.args(["install", "--no-audit", "--no-fund", &package]))?;
    let way = Way::of(&scene)?;

    ended(&scene, &way.link, "launcher")?;
    if !way.leads_to_the_program() {
        return Err(Failure::Packages(format!(
            "`{}` does not lead to the program after the first run",
            way.link.display()
        )));
    }
    ended(&scene, &way.link, "link")?;
    measure(&scene, &way, pairs)
}

/// The three ways to start.
struct Way {
    link: PathBuf,
    launcher: PathBuf,
    program: PathBuf,
}

impl Way {
    fn of(scene: &Scene) -> Result<Way, Failure> {
        let modules = scene.folder.join("node_modules");
        let platform = Release::platform()?.name();
        Ok(Way {
            link: modules.join(".bin/partyrun"),
            launcher: modules.join("partyrun/bin/partyrun.js"),
            program: modules.join(format!("@partyrun/{platform}/partyrun")),
        })
    }

    fn leads_to_the_program(&self) -> bool {
        let real = |file: &Path| fs::canonicalize(file).ok();
        real(&self.link).is_some() && real(&self.link) == real(&self.program)
    }
}

fn measure(scene: &Scene, way: &Way, pairs: u32) -> Result<(), Failure> {
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    let ways = [&way.program, &way.link, &way.launcher];
    // The first round brings the files into memory.
    for round in 0..=pairs {
        for (file, times) in ways.iter().zip(&mut times) {
            let took = succeed(scene.command(file, ".").arg("--version"))?.took;
            if round > 0 {
                times.push(took);
            }
        }
    }
    let [program, link, launcher] = times.map(median);
    let more = link.saturating_sub(program);
    ui::result(&format!(
        "launcher: `partyrun --version` {} by the link after the first run, {} by the program itself ({} more, {pairs} pairs), {} by the launcher with Node.js",
        millis(link),
        millis(program),
        millis(more),
        millis(launcher),
    ));
    if more > LIMIT {
        let limit = millis(LIMIT);
        return Err(Failure::Packages(format!(
            "The second start takes more than {limit} longer than the program itself: {}",
            millis(more)
        )));
    }
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

/// Starts a server, ends it by SIGTERM to the one process that a user would signal, and looks for others.
fn ended(scene: &Scene, link: &Path, name: &str) -> Result<(), Failure> {
    let mut command = scene.command(link, ".");
    command
        .args(["dev", "server.js", "--port", "0", "--persist", "false"])
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    let begun = Instant::now();
    let mut child = command.spawn().map_err(|source| Failure::NotStarted {
        program: shown(&command),
        source,
    })?;
    let output = child.stdout.take().expect("it is a pipe");
    let mut lines = BufReader::new(output).lines();
    let is_ready = lines
        .by_ref()
        .map_while(Result::ok)
        .any(|line| line.contains(READY));
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let pid = pid.expect("a process has a number above 0");
    let processes = marked(scene).len();
    let _ = kill_process(pid, Signal::TERM);
    let status = child.wait().map_err(|source| Failure::NotStarted {
        program: shown(&command),
        source,
    })?;
    if !is_ready {
        let said = format!("it never said `{READY}`");
        return Err(unready(&command, status, &said));
    }
    let since = Instant::now();
    while !marked(scene).is_empty() {
        if since.elapsed() > PATIENCE {
            return Err(Failure::Packages(format!(
                "SIGTERM to the {name} leaves processes: {:?}",
                marked(scene)
            )));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    ui::result(&format!(
        "{name}: SIGTERM ends {} after {:.1} s, with {status}; nothing is left",
        match processes {
            1 => "its one process".to_owned(),
            count => format!("its {count} processes"),
        },
        begun.elapsed().as_secs_f64(),
    ));
    Ok(())
}

fn unready(command: &Command, status: std::process::ExitStatus, why: &str) -> Failure {
    let exit = super::scene::Exit {
        status,
        said: String::new(),
        took: Duration::ZERO,
    };
    wrong(command, &exit, why)
}

/// The processes that the scene has started and that live. Only Linux shows them.
fn marked(scene: &Scene) -> Vec<String> {
    let mark = format!("{MARK}={}", scene.folder.display());
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let is_marked = |folder: &PathBuf| {
        let environment = fs::read(folder.join("environ")).unwrap_or_default();
        environment
            .split(|byte| *byte == 0)
            .any(|it| it == mark.as_bytes())
    };
    let marked = processes.map(|entry| entry.path()).filter(is_marked);
    marked
        .map(|folder| fs::read_to_string(folder.join("cmdline")).unwrap_or_default())
        .collect()
}
