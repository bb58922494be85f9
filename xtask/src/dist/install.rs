//! `install.sh` against a release in a folder: what it installs, and what it refuses.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use super::archive::{self, Entry};
use super::platform::Platform;
use super::{SHELLS, files, sums};

const VERSION: &str = "1.2.3";

/// A release of this machine's system, whose program is a script.
struct Scene {
    folder: TempDir,
    archive: PathBuf,
}

impl Scene {
    fn new() -> Scene {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let target = crate::v8::target().expect("rustc says it");
        let platform = Platform::of_target(&target).expect("tests run on one of ours");
        let name = format!("partyrun-{VERSION}-{}", platform.name());
        let mut entries = vec![
            Entry::program("partyrun", "#!/bin/sh\necho it runs\n"),
            Entry::file("LICENSES.txt", "all"),
            Entry::file("man/man1/partyrun.1", ".TH partyrun"),
        ];
        entries.extend(SHELLS.map(|(shell, path)| Entry::file(path, shell)));
        let packed = archive::pack(&name, entries).expect("packed");
        let release = folder.path().join("releases/latest/download");
        let archive = release.join(format!("{name}.tar.gz"));
        files::write(&archive, packed).expect("writable");
        sums::write(&release).expect("written");
        Scene { folder, archive }
    }

    fn installed(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn install(&self) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../install.sh");
        let releases = self.folder.path().join("releases");
        Command::new("sh")
            .arg(script)
            .env("PARTYRUN_INSTALL", self.installed())
            .env(
                "PARTYRUN_RELEASES",
                format!("file://{}", releases.display()),
            )
            .output()
            .expect("there is a shell")
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn release_is_verified_and_installed() {
    let scene = Scene::new();
    for _ in 0..2 {
        let done = scene.install();
        assert!(done.status.success(), "{}", text(&done.stderr));
        assert!(text(&done.stdout).contains("Add it to your PATH"));
    }
    let program = Command::new(scene.installed().join("bin/partyrun")).output();
    assert_eq!(text(&program.expect("it can be run").stdout), "it runs\n");
    for (path, content) in [
        ("share/man/man1/partyrun.1", ".TH partyrun"),
        ("share/bash-completion/completions/partyrun", "bash"),
        ("share/zsh/site-functions/_partyrun", "zsh"),
        ("share/fish/vendor_completions.d/partyrun.fish", "fish"),
    ] {
        let found = fs::read_to_string(scene.installed().join(path)).expect("it is there");
        assert_eq!(found, content, "{path}");
    }
}

#[test]
fn damaged_archive_is_refused() {
    let scene = Scene::new();
    let mut bytes = fs::read(&scene.archive).expect("readable");
    bytes.push(0);
    fs::write(&scene.archive, bytes).expect("writable");
    let done = scene.install();
    assert_eq!(done.status.code(), Some(1));
    assert!(
        text(&done.stderr).contains("is damaged"),
        "{}",
        text(&done.stderr)
    );
    assert!(!scene.installed().exists());
}

#[test]
fn release_without_this_machine_says_so() {
    let scene = Scene::new();
    let sums = scene.archive.with_file_name(sums::NAME);
    fs::write(sums, "00  partyrun-1.2.3-plan9-x64.tar.gz\n").expect("writable");
    let done = scene.install();
    assert_eq!(done.status.code(), Some(1));
    let told = text(&done.stderr);
    assert!(told.contains("This release has nothing for"), "{told}");
}
