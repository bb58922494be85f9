//! Whole projects after their export, each used by its real clients. Owns which projects and which clients; the
//! checks are the scripts' own.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::error::Failure;
use crate::export::engine::Engines;
use crate::workspace::run as run_command;
use crate::{npm, ui};

/// workerd starts in a fraction of a second.
const LOOKS: u32 = 300;
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// A project below `fixtures`, and the scripts that use it, in their order. The engine is ended and started
/// again between two of them.
struct Case {
    project: &'static str,
    scripts: &'static [&'static str],
}

const CASES: [Case; 8] = [
    Case {
        project: "export-basic",
        scripts: &["export-clients/basic.mjs"],
    },
    Case {
        project: "class",
        scripts: &["export-clients/class.mjs"],
    },
    Case {
        project: "persistence",
        scripts: &["export-clients/counter.mjs", "export-clients/counter.mjs"],
    },
    Case {
        project: "react",
        scripts: &["export-clients/react.mjs"],
    },
    Case {
        project: "monorepo/apps/party",
        scripts: &["export-clients/monorepo.mjs"],
    },
    Case {
        project: "chat",
        scripts: &["clients/chat.mjs", "clients/queue.mjs"],
    },
    Case {
        project: "export-document",
        scripts: &["clients/document.mjs", "clients/document.mjs"],
    },
    Case {
        project: "export-game",
        scripts: &["export-clients/game.mjs"],
    },
];

/// Exports each project, has wrangler look at it, and runs its clients.
pub fn run(root: &Path, partyrun: &Path, engines: &Engines) -> Result<(), Failure> {
    let fixtures = root.join("fixtures");
    npm::install_packages(&fixtures.join("clients"))?;
    let mut runs = 0;
    for Case { project, scripts } in CASES {
        ui::step(&format!("Exporting `fixtures/{project}`"));
        let package = project.split('/').next().unwrap_or(project);
        let copies = engines.folder.join("sources");
        copy(&fixtures.join(package), &copies.join(package))?;
        npm::install_packages(&copies.join(package))?;
        let folder = copies.join(project);
        let out = engines
            .folder
            .join("projects")
            .join(project.replace('/', "-"));
        let _ = fs::remove_dir_all(&out);
        let build = |flags: &[&str]| {
            let mut build = Command::new(partyrun);
            build
                .args(["build", "--target", "workers"])
                .args(flags)
                .arg("--out")
                .arg(&out)
                .current_dir(&folder)
                .env("ESBUILD_BINARY_PATH", &engines.esbuild);
            run_command(&mut build)
        };
        // As it is written for others, and then with the values that a machine of one's own needs.
        build(&[])?;
        engines.dry_run(&out)?;
        build(&["--with-secrets"])?;
        for script in scripts {
            let engine = Served::start(&engines.workerd, &out)?;
            let mut client = Command::new("node");
            client
                .arg(fixtures.join(script))
                .arg(format!("127.0.0.1:{}", engine.port));
            run_command(&mut client)?;
            runs += 1;
        }
    }
    let projects = CASES.len();
    ui::result(&format!(
        "{projects} projects exported, {runs} runs of their clients"
    ));
    Ok(())
}

/// A build writes the names of the parties into the project: so it builds a copy, with packages of its own.
fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let unwritable = |source| Failure::Unwritable {
        file: to.to_owned(),
        source,
    };
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).map_err(unwritable)?;
    let entries = fs::read_dir(from).map_err(|error| Failure::Unreadable {
        file: from.to_owned(),
        reason: error.to_string(),
    })?;
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().unwrap_or_default();
        let target = to.join(name);
        if name == "node_modules" {
            continue;
        }
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(unwritable)?;
        }
    }
    Ok(())
}

/// workerd with one export; it ends when this is dropped.
struct Served {
    port: u16,
    process: Child,
}

impl Served {
    fn start(workerd: &Path, export: &Path) -> Result<Served, Failure> {
        let not_started = |source| Failure::NotStarted {
            program: "workerd".to_owned(),
            source,
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(not_started)?;
        let port = listener.local_addr().map_err(not_started)?.port();
        drop(listener);
        let process = Command::new(workerd)
            .args(["serve", "wrangler.jsonc", "--experimental"])
            .arg(format!("--socket-addr=http=127.0.0.1:{port}"))
            .current_dir(export)
            .stdin(Stdio::null())
            .spawn()
            .map_err(not_started)?;
        let mut served = Served { port, process };
        for _ in 0..LOOKS {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Ok(served);
            }
            if let Ok(Some(status)) = served.process.try_wait() {
                return Err(Failure::Failed {
                    command: "workerd serve wrangler.jsonc".to_owned(),
                    status,
                });
            }
            thread::sleep(BETWEEN_LOOKS);
        }
        Err(Failure::NeverReady {
            server: "workerd".to_owned(),
            seconds: 15,
            output: String::new(),
        })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
