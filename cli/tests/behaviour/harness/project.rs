//! A scratch copy of a project, before the program runs in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::dev::Dev;
use super::log::Log;

/// A project folder of its own, deleted with the test.
pub struct Project {
    folder: TempDir,
    config: Option<Map<String, Value>>,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    free_port: bool,
    start_in: PathBuf,
    starter: Vec<String>,
}

/// How a run ended that never served.
pub struct Exit {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Project {
    /// A project without any file.
    pub fn empty() -> Self {
        Self {
            folder: TempDir::with_prefix("partyrun-test-")
                .expect("the temporary folder is writable"),
            config: None,
            arguments: Vec::new(),
            environment: Vec::new(),
            free_port: true,
            start_in: PathBuf::new(),
            starter: Vec::new(),
        }
    }

    /// A project whose main party is `source`, TypeScript.
    pub fn inline(source: &str) -> Self {
        Self::empty()
            .file("server.ts", source)
            .config("name", json!("inline"))
            .config("main", json!("server.ts"))
            .config("compatibilityDate", json!("2023-10-01"))
    }

    /// A copy of `fixtures/<name>`; its `node_modules`, when installed, is linked.
    pub fn fixture(name: &str) -> Self {
        let project = Self::empty();
        copy_folder(&fixtures_folder().join(name), project.path());
        project
    }

    /// A copy of `fixtures/<name>` without its `node_modules`.
    pub fn fixture_without_packages(name: &str) -> Self {
        let project = Self::fixture(name);
        let _ = fs::remove_file(project.path().join("node_modules"));
        project
    }

    /// Adds a party.
    pub fn party(mut self, name: &str, source: &str) -> Self {
        let file = format!("{name}.ts");
        self = self.file(&file, source);
        let config = self.config.get_or_insert_default();
        let parties = config.entry("parties").or_insert_with(|| json!({}));
        parties[name] = json!(file);
        self
    }

    /// Sets a field of `partykit.json`.
    pub fn config(mut self, field: &str, value: Value) -> Self {
        self.config
            .get_or_insert_default()
            .insert(field.to_owned(), value);
        self
    }

    /// Writes a file, making its folders.
    pub fn file(self, name: &str, content: &str) -> Self {
        write(&self.path().join(name), content);
        self
    }

    /// Installs the packages of `fixtures/<fixture>` and links them into the project.
    pub fn packages(self, fixture: &str) -> Self {
        install_packages(fixture);
        let modules = fixtures_folder().join(fixture).join("node_modules");
        let modules = modules.canonicalize().expect("it was installed");
        std::os::unix::fs::symlink(modules, self.path().join("node_modules"))
            .expect("the scratch folder is writable");
        self
    }

    /// Writes a file that is not text, making its folders.
    pub fn bytes(self, name: &str, content: &[u8]) -> Self {
        let path = self.path().join(name);
        write(&path, "");
        fs::write(path, content).expect("the scratch folder is writable");
        self
    }

    /// Makes `name` a link to `target`, both in the project.
    pub fn link(self, name: &str, target: &str) -> Self {
        let path = self.path().join(name);
        let folder = path.parent().expect("the link is in the project");
        fs::create_dir_all(folder).expect("the scratch folder is writable");
        std::os::unix::fs::symlink(self.path().join(target), path).expect("the link is new");
        self
    }

    /// Adds arguments after `dev`.
    pub fn args(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(|&a| a.to_owned()));
        self
    }

    /// Sets an environment variable of the program.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Bounds the files and sockets that the program may have open.
    pub fn files(self, most: u32) -> Self {
        let script = format!("ulimit -n {most}; exec \"$0\" \"$@\"");
        self.started_by(&["sh", "-c", &script])
    }

    /// Leaves out `--port 0`, so that the program chooses a port itself.
    pub fn own_port(mut self) -> Self {
        self.free_port = false;
        self
    }

    /// Runs the program in a folder of the project instead of its root.
    pub fn folder(mut self, name: &str) -> Self {
        self.start_in = PathBuf::from(name);
        self
    }

    /// Starts the program with another one, whose command line its own ends.
    pub fn started_by(mut self, words: &[&str]) -> Self {
        self.starter = words.iter().map(|&word| word.to_owned()).collect();
        self
    }

    /// The project folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs `partyrun dev` and waits until it serves.
    pub fn dev(self) -> Dev {
        self.write_config();
        Dev::boot(self)
    }

    /// Runs `partyrun dev`, which must give up by itself.
    pub fn fails(self) -> Exit {
        self.write_config();
        let mut child = self
            .command(None)
            .spawn()
            .expect("the program can be started");
        let stdout = Log::follow(child.stdout.take().expect("stdout is piped"));
        let stderr = Log::follow(child.stderr.take().expect("stderr is piped"));
        let (stdout_text, stderr_text) = (stdout.rest(), stderr.rest());
        if child.try_wait().is_ok_and(|status| status.is_none()) {
            let _ = child.kill();
        }
        let status = child.wait().expect("the child is ours to wait for");
        Exit {
            code: status.code(),
            stdout: stdout_text,
            stderr: stderr_text,
        }
    }

    /// Writes `partykit.json` if it was configured; starting the program does so by itself.
    pub fn write_config(&self) {
        if let Some(config) = &self.config {
            let text = serde_json::to_string_pretty(config).expect("JSON values can be written");
            write(&self.path().join("partykit.json"), &text);
        }
    }

    /// The command line; `port` overrides the free port.
    pub(super) fn command(&self, port: Option<u16>) -> Command {
        let mut words = self.starter.iter().map(PathBuf::from).chain([program()]);
        let first = words.next().expect("the program is one of them");
        let mut command = Command::new(first);
        command
            .args(words)
            .arg("dev")
            .args(&self.arguments)
            .current_dir(self.path().join(&self.start_in));
        if self.free_port || port.is_some() {
            command.args(["--port", &port.unwrap_or(0).to_string()]);
        }
        command
            .env("NO_COLOR", "1")
            .env("CI", "1")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

impl Project {
    /// `partyrun test` with `words` as its command.
    pub fn tested(&self, words: &[&str]) -> Command {
        self.write_config();
        let mut command = Command::new(program());
        command
            .arg("test")
            .args(&self.arguments)
            .arg("--")
            .args(words)
            .current_dir(self.path().join(&self.start_in))
            .env("NO_COLOR", "1")
            .env_remove("CI")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// `partyrun dev`.
    pub fn serving(&self) -> Command {
        self.write_config();
        self.command(None)
    }

    /// Runs `partyrun test` with `words` as its command, to the end.
    pub fn test(&self, words: &[&str]) -> Exit {
        Exit::of(&mut self.tested(words))
    }
}

impl Exit {
    /// Runs `command` to its end.
    pub fn of(command: &mut Command) -> Exit {
        let output = command.output().expect("the program can be started");
        Exit {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The program under test.
pub fn program() -> PathBuf {
    let built = option_env!("CARGO_BIN_EXE_partyrun");
    std::env::var_os("PARTYRUN_BIN")
        .map(PathBuf::from)
        .or_else(|| built.map(PathBuf::from))
        .expect("cargo names the binary, or PARTYRUN_BIN does")
}

/// The program with other arguments than `dev`, run to its end.
pub fn run(arguments: &[&str]) -> Exit {
    run_in(Path::new("."), arguments)
}

/// The same in the folder `folder`.
pub fn run_in(folder: &Path, arguments: &[&str]) -> Exit {
    let output = Command::new(program())
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .expect("the program can be started");
    Exit {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// `fixtures/` of the repository.
pub fn fixtures_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

/// Runs `npm ci` in a folder of `fixtures/` unless it has its packages.
///
/// # Panics
/// When npm is missing or fails: what these tests prove needs real packages, so they do not skip.
pub fn install_packages(fixture: &str) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock();
    let folder = fixtures_folder().join(fixture);
    // npm writes this file last, so an interrupted installation is done again, and so is one of an
    // older lock file.
    let written = |name: &str| fs::metadata(folder.join(name)).and_then(|data| data.modified());
    if let (Ok(installed), Ok(asked)) = (
        written("node_modules/.package-lock.json"),
        written("package-lock.json"),
    ) && installed >= asked
    {
        return;
    }
    let output = Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund"])
        .current_dir(&folder)
        .output()
        .unwrap_or_else(|error| panic!("This test needs Node.js with npm on PATH: {error}"));
    assert!(
        output.status.success(),
        "`npm ci` failed in fixtures/{fixture}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Writes a file, making its folders.
pub(super) fn write(path: &Path, content: &str) {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).expect("the scratch folder is writable");
    }
    fs::write(path, content).expect("the scratch folder is writable");
}

fn copy_folder(from: &Path, to: &Path) {
    let entries =
        fs::read_dir(from).unwrap_or_else(|e| panic!("No fixture {}: {e}", from.display()));
    for entry in entries {
        let source = entry.expect("the fixture is readable").path();
        let name = source.file_name().expect("a folder's entry has a name");
        let target = to.join(name);
        if name == "node_modules" {
            let real = source.canonicalize().expect("the entry was just listed");
            std::os::unix::fs::symlink(real, target).expect("the scratch folder is writable");
        } else if source.is_dir() && name != ".partykit" {
            fs::create_dir(&target).expect("the scratch folder is writable");
            copy_folder(&source, &target);
        } else if source.is_file() {
            fs::copy(&source, &target).expect("the scratch folder is writable");
        }
    }
}
