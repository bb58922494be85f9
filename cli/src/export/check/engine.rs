//! The two servers of a check: where npm's workerd is, how each is started, and that it is ended. Compares
//! nothing.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::args::DevArgs;
use crate::export::failure::Failure;

/// The first releases that read a wrangler configuration are of this date.
const OLDEST: &str = "20261101";
/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks at whether it has.
const GLANCE: Duration = Duration::from_millis(20);

/// A server that ends when this is dropped.
pub struct Engine {
    pub name: &'static str,
    pub port: u16,
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Engine {
    /// Serves the project in `folder`.
    pub fn workerd(program: &Path, folder: &Path) -> Result<Engine, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Failure::of)?;
        let port = listener.local_addr().map_err(Failure::of)?.port();
        drop(listener);
        let mut command = Command::new(program);
        command
            .args(["serve", "wrangler.jsonc", "--experimental"])
            .arg(format!("--socket-addr=http=127.0.0.1:{port}"))
            .current_dir(folder);
        let mut engine = Engine::start("workerd", command, port)?;
        engine.until(|| {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port))
                .is_ok()
                .then_some(())
        })?;
        Ok(engine)
    }

    /// Serves the project itself.
    pub fn partyrun(args: &DevArgs, cwd: &Path) -> Result<Engine, Failure> {
        let program = env::current_exe().map_err(Failure::of)?;
        let mut command = Command::new(program);
        command.arg("dev");
        command.args(&args.script);
        command.args([
            "--port",
            "0",
            "--host",
            "127.0.0.1",
            "--persist",
            "false",
            "--no-hotkeys",
        ]);
        for (flag, value) in [("--config", &args.config), ("--serve", &args.serve)] {
            if let Some(value) = value {
                command.arg(flag).arg(value);
            }
        }
        for file in &args.env_file {
            command.arg("--env-file").arg(file);
        }
        for (flag, values) in [("--var", &args.var), ("--define", &args.define)] {
            for value in values {
                command.arg(flag).arg(value);
            }
        }
        command
            .current_dir(cwd)
            .env("PARTYKIT_LOG", "log")
            .env("NO_COLOR", "1")
            .env("CI", "1");
        let mut engine = Engine::start("partyrun", command, 0)?;
        let said = Arc::clone(&engine.said);
        engine.port =
            engine.until(|| ready_port(&said.lock().unwrap_or_else(PoisonError::into_inner)))?;
        Ok(engine)
    }

    fn start(name: &'static str, mut command: Command, port: u16) -> Result<Engine, Failure> {
        let piped = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = piped
            .spawn()
            .map_err(|error| Failure::of(format!("Cannot run {name}: {error}")))?;
        let said = Arc::new(Mutex::new(String::new()));
        follow(child.stdout.take(), &said);
        follow(child.stderr.take(), &said);
        Ok(Engine {
            name,
            port,
            child,
            said,
        })
    }

    fn until<T>(&mut self, ready: impl Fn() -> Option<T>) -> Result<T, Failure> {
        let started = Instant::now();
        loop {
            if let Some(found) = ready() {
                return Ok(found);
            }
            let has_ended = self.child.try_wait().map_err(Failure::of)?.is_some();
            if has_ended || started.elapsed() > PATIENCE {
                // What it said last may still be on its way.
                thread::sleep(GLANCE);
                let (name, said) = (self.name, self.said());
                return Err(Failure::of(format!(
                    "The project does not start under {name}:\n{said}"
                )));
            }
            thread::sleep(GLANCE);
        }
    }

    /// What it has printed.
    pub fn said(&self) -> String {
        self.said
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .trim_end()
            .to_owned()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ready_port(said: &str) -> Option<u16> {
    let line = said.lines().find(|line| line.starts_with("Ready on "))?;
    line.rsplit(':').next()?.trim().parse().ok()
}

/// Keeps what a server prints, on a thread that ends with it.
fn follow(stream: Option<impl Read + Send + 'static>, said: &Arc<Mutex<String>>) {
    let Some(stream) = stream else { return };
    let said = Arc::clone(said);
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            said.push_str(&line);
            said.push('\n');
        }
    });
}

/// The newest workerd that the project in `folder` has, if it reads what a build writes.
pub fn find(folder: &Path) -> Option<PathBuf> {
    let package = package()?;
    let modules = folder.ancestors().map(|above| above.join("node_modules"));
    // Tools bring a version of their own along.
    let places = modules.flat_map(|modules| {
        let inside = [
            "",
            "workerd/node_modules",
            "wrangler/node_modules",
            "miniflare/node_modules",
        ];
        inside.map(|inner| modules.join(inner).join("@cloudflare").join(&package))
    });
    let newest = places.filter_map(|place| Some((version(&place)?, place.join("bin/workerd"))));
    let (version, program) = newest.filter(|(_, program)| program.is_file()).max()?;
    (version.as_str() >= OLDEST).then_some(program)
}

/// The program's package, as npm names it.
fn package() -> Option<String> {
    let machine = match env::consts::ARCH {
        "x86_64" => "64",
        "aarch64" => "arm64",
        _ => return None,
    };
    let system = match env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    Some(format!("workerd-{system}-{machine}"))
}

/// The date in the version of a package, `1.20261117.1`.
fn version(package: &Path) -> Option<String> {
    let text = fs::read_to_string(package.join("package.json")).ok()?;
    let json: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some(json.get("version")?.as_str()?.split('.').nth(1)?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_workerd_counts_and_an_old_one_is_none() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let Some(package) = package() else { return };
        let put = |modules: &str, version: &str| {
            let place = folder
                .path()
                .join(modules)
                .join("@cloudflare")
                .join(&package);
            fs::create_dir_all(place.join("bin")).expect("writable");
            fs::write(place.join("bin/workerd"), "").expect("writable");
            fs::write(
                place.join("package.json"),
                format!("{{\"version\": \"{version}\"}}"),
            )
            .expect("writable");
            place.join("bin/workerd")
        };
        put("node_modules", "1.20240718.0");
        assert_eq!(find(folder.path()), None);
        let newer = put("node_modules/wrangler/node_modules", "1.20261117.1");
        assert_eq!(find(folder.path()), Some(newer));
    }

    #[test]
    fn port_stands_in_the_line_that_scripts_read() {
        assert_eq!(
            ready_port("partyrun 1\nReady on http://127.0.0.1:40123\n"),
            Some(40123)
        );
        assert_eq!(ready_port("partyrun 1\n"), None);
    }
}
