//! The npm package as a command: how the launcher finds the program and becomes it, and what it says when there is
//! none. Installed from packed tarballs, in an empty folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::harness::{Exit, Family, Running, Tarballs, install, platform, program};

/// Says who it is, and what it was given.
const STUB: &str = "#!/bin/sh\necho \"program $*\"\nexit 7\n";

/// A folder with the package installed.
struct Folder(TempDir);

impl Folder {
    fn with(packages: &[&Path]) -> Self {
        let folder = TempDir::with_prefix("partyrun-npm-").expect("a temporary folder");
        install(folder.path(), packages);
        Self(folder)
    }

    /// Main package and platform package.
    fn whole() -> Self {
        let tarballs = Tarballs::pack();
        Self::with(&[&tarballs.main(), &tarballs.platform(STUB)])
    }

    /// The main package alone.
    fn lonely() -> Self {
        Self::with(&[&Tarballs::pack().main()])
    }

    fn link(&self) -> PathBuf {
        self.0.path().join("node_modules/.bin/partyrun")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join("node_modules").join(name)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.link());
        command
            .current_dir(self.0.path())
            .env_remove("PARTYRUN_BINARY")
            .env_remove("npm_config_user_agent")
            .stdin(Stdio::null());
        command
    }
}

#[test]
fn launcher_becomes_the_program_and_the_link_leads_to_it() {
    let folder = Folder::whole();
    let (os, cpu) = platform();
    let native = folder.file(&format!("@partyrun/{os}-{cpu}/partyrun"));
    let launcher = fs::read(folder.file("partyrun/bin/partyrun.js")).expect("it is installed");
    for run in 0..2 {
        let exit = Exit::of(folder.command().args(["a", "b c"]));
        assert_eq!(
            (exit.code, &*exit.stdout),
            (Some(7), "program a b c\n"),
            "run {run}"
        );
        let target = folder.link().canonicalize().expect("it leads somewhere");
        assert_eq!(
            target,
            native.canonicalize().expect("it is there"),
            "run {run}"
        );
    }
    let kept = fs::read(folder.file("partyrun/bin/partyrun.js")).expect("it is installed");
    assert!(launcher == kept, "the package's files never change");
    let link = fs::read_link(folder.link()).expect("it is a link");
    assert!(
        link.is_relative(),
        "the folder may be moved: {}",
        link.display()
    );
}

#[test]
fn link_of_another_kind_is_left_alone() {
    let folder = Folder::whole();
    let shim = folder.link();
    fs::remove_file(&shim).expect("the folder is ours");
    fs::hard_link(folder.file("partyrun/bin/partyrun.js"), &shim).expect("the folder is ours");
    let mut command = Command::new("node");
    command.arg(folder.file("partyrun/bin/partyrun.js"));
    let exit = Exit::of(command.env_remove("PARTYRUN_BINARY").stdin(Stdio::null()));
    assert_eq!(exit.code, Some(7));
    assert!(
        !fs::symlink_metadata(&shim)
            .expect("it is there")
            .is_symlink()
    );
}

#[test]
fn missing_package_of_the_platform_is_one_line_with_the_command_that_helps() {
    let folder = Folder::lonely();
    let (os, cpu) = platform();
    for (agent, words) in [
        ("", "npm install -D"),
        ("npm/10.8.2 node/v20.20.2", "npm install -D"),
        ("pnpm/9.0.0 npm/? node/v20", "pnpm add -D"),
        ("yarn/1.22.22 npm/? node/v20", "yarn add -D"),
        ("bun/1.4.5 npm/? node/v22", "bun add -d"),
    ] {
        let mut command = folder.command();
        command
            .env("npm_config_user_agent", agent)
            .env("PATH", node_alone());
        let exit = Exit::of(&mut command);
        assert_eq!(exit.code, Some(1));
        assert_eq!(exit.stderr.lines().count(), 1, "{}", exit.stderr);
        let advice = format!("{words} @partyrun/{os}-{cpu}@0.0.0");
        assert!(exit.stderr.trim_end().ends_with(&advice), "{}", exit.stderr);
    }
    let link = fs::read_link(folder.link()).expect("it is a link");
    assert!(link.ends_with("bin/partyrun.js"));
}

#[test]
fn variable_names_the_program_and_a_wrong_one_is_told() {
    let folder = Folder::whole();
    let exit = Exit::of(
        folder
            .command()
            .arg("--version")
            .env("PARTYRUN_BINARY", program()),
    );
    assert_eq!(exit.code, Some(0), "{}", exit.stderr);
    assert!(exit.stdout.contains("(V8 "), "{}", exit.stdout);
    let link = fs::read_link(folder.link()).expect("it is a link");
    assert!(
        link.ends_with("bin/partyrun.js"),
        "a program for one run is no target for the link"
    );

    let exit = Exit::of(folder.command().env("PARTYRUN_BINARY", "/nowhere/partyrun"));
    assert_eq!(exit.code, Some(1));
    assert_eq!(
        exit.stderr,
        "partyrun: `PARTYRUN_BINARY` names no program that can be run: /nowhere/partyrun\n"
    );
}

#[test]
fn program_on_the_path_is_found_and_no_launcher_is_taken_for_it() {
    let folder = Folder::lonely();
    let program = program().canonicalize().expect("the program is a file");
    let bin = TempDir::with_prefix("partyrun-path-").expect("a temporary folder");
    std::os::unix::fs::symlink(program, bin.path().join("partyrun")).expect("the folder is ours");
    let launchers = folder.file(".bin");
    let path = format!(
        "{}:{}:{}",
        launchers.display(),
        bin.path().display(),
        node_alone()
    );
    let exit = Exit::of(folder.command().arg("--version").env("PATH", path));
    assert_eq!(exit.code, Some(0), "{}", exit.stderr);
    assert!(exit.stdout.contains("(V8 "), "{}", exit.stdout);
}

#[test]
fn signals_reach_the_program_and_nothing_is_left() {
    let folder = Folder::lonely();
    fs::write(folder.0.path().join("server.js"), "export default class {}").expect("ours");
    let mut command = folder.command();
    command
        .args(["dev", "server.js", "--port", "0", "--persist", "false"])
        .env("PARTYRUN_BINARY", program())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut running = Running::start(&mut command);
    running.says("Ready on");
    running.signal(Signal::TERM);
    running.ends();
}

/// `npx` and `npm run` have a shell between npm and what they run, and a signal to npm ends no more than these.
#[cfg(target_os = "linux")]
#[test]
fn program_ends_with_the_shell_that_was_started_for_it() {
    let program = program().canonicalize().expect("the program is a file");
    let script = format!("#!/bin/sh\nexec '{}' \"$@\"\n", program.display());
    let tarballs = Tarballs::pack();
    let folder = Folder::with(&[&tarballs.main(), &tarballs.platform(&script)]);
    fs::write(folder.0.path().join("server.js"), "export default class {}").expect("ours");
    // By the launcher, and then by the link that leads to the program.
    for _ in 0..2 {
        let family = Family::new();
        let link = folder.link();
        let flags = format!("--port 0 --persist false --define WORD={}", family.word);
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("{} dev server.js {flags}", link.display())])
            .current_dir(folder.0.path())
            .env_remove("PARTYRUN_BINARY")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let running = Running::start(&mut command);
        running.says("Ready on");
        running.signal(Signal::KILL);
        family.is_gone_since(Instant::now());
    }
}

#[test]
fn signal_that_ends_the_program_ends_the_launcher() {
    let folder = Folder::with(&[
        &Tarballs::pack().main(),
        &Tarballs::pack().platform("#!/bin/sh\nkill -KILL $$\n"),
    ]);
    let exit = Exit::of(&mut folder.command());
    assert_eq!(exit.code, None);
}

#[cfg(target_os = "linux")]
#[test]
fn system_with_another_c_library_is_told() {
    let folder = Folder::whole();
    let preload = folder.0.path().join("preload.cjs");
    let text = "process.report.getReport = () => ({ header: JSON.parse(process.env.HEADER) });";
    fs::write(&preload, text).expect("the folder is ours");
    for (header, found) in [
        ("{}", "this system has musl"),
        (
            r#"{"glibcVersionRuntime":"2.17"}"#,
            "this system has glibc 2.17",
        ),
    ] {
        let mut command = Command::new("node");
        command
            .arg("--require")
            .arg(&preload)
            .arg(folder.link())
            .env("HEADER", header)
            .env_remove("PARTYRUN_BINARY")
            .stdin(Stdio::null());
        let exit = Exit::of(&mut command);
        assert_eq!((exit.code, &*exit.stdout), (Some(1), ""));
        assert!(exit.stderr.contains(found), "{}", exit.stderr);
        assert_eq!(exit.stderr.lines().count(), 1, "{}", exit.stderr);
    }
}

/// A PATH on which `node` is, and no `partyrun`.
fn node_alone() -> String {
    let path = std::env::var_os("PATH").expect("tests have a PATH");
    let has = |folder: &PathBuf, name: &str| folder.join(name).is_file();
    let folders = std::env::split_paths(&path)
        .filter(|folder| has(folder, "node") && !has(folder, "partyrun"))
        .map(|folder| folder.display().to_string());
    let found: Vec<_> = folders.collect();
    assert!(!found.is_empty(), "This test needs Node.js on PATH");
    format!("{}:/bin", found.join(":"))
}
