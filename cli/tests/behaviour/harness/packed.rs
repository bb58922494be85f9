//! The npm package as users have it: packed, and installed from the tarball in a project of its own.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::project::{Exit, Project, fixtures_folder, install_packages, program};

/// Tarballs, deleted with the test.
pub struct Tarballs {
    folder: TempDir,
}

impl Tarballs {
    /// Packs `npm/partyrun`.
    pub fn pack() -> Self {
        let folder = TempDir::with_prefix("partyrun-packed-").expect("a temporary folder");
        pack(&npm_folder().join("partyrun"), folder.path());
        Self { folder }
    }

    /// The package `partyrun`.
    pub fn main(&self) -> PathBuf {
        self.folder.path().join("partyrun-0.0.0.tgz")
    }

    /// The package of this platform, with `program` as its program.
    pub fn platform(&self, program: &str) -> PathBuf {
        let (os, cpu) = platform();
        let template = npm_folder().join("platform/package.json.template");
        let text = fs::read_to_string(template).expect("the template is there");
        let text = text
            .replace("{{os}}", os)
            .replace("{{cpu}}", cpu)
            .replace("{{version}}", "0.0.0");
        let made = self.folder.path().join("platform");
        fs::create_dir_all(&made).expect("the scratch folder is writable");
        fs::write(made.join("package.json"), text).expect("the scratch folder is writable");
        let file = made.join("partyrun");
        fs::write(&file, program).expect("the scratch folder is writable");
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&file, executable).expect("the file is ours");
        pack(&made, self.folder.path());
        self.folder
            .path()
            .join(format!("partyrun-{os}-{cpu}-0.0.0.tgz"))
    }
}

/// Operating system and processor, as Node.js calls them.
pub fn platform() -> (&'static str, &'static str) {
    let os = match cfg!(target_os = "macos") {
        true => "darwin",
        false => "linux",
    };
    let cpu = match cfg!(target_arch = "aarch64") {
        true => "arm64",
        false => "x64",
    };
    (os, cpu)
}

/// `fixtures/<name>` with the packed package in its `node_modules`, and its other packages beside it.
pub fn installed(name: &str) -> Project {
    let project = Project::fixture_without_packages(name);
    let manifest = project.path().join("package.json");
    let kept = fs::read(&manifest).expect("the fixture has a manifest");
    fs::remove_file(&manifest).expect("the scratch folder is writable");
    let _ = fs::remove_file(project.path().join("package-lock.json"));
    install(project.path(), &[&Tarballs::pack().main()]);
    fs::write(&manifest, kept).expect("the scratch folder is writable");
    let modules = fixtures_folder().join(name).join("node_modules");
    if fixtures_folder()
        .join(name)
        .join("package-lock.json")
        .is_file()
    {
        install_packages(name);
        let modules = modules.canonicalize().expect("it was installed");
        link_packages(&modules, &project.path().join("node_modules"));
    }
    let path = program().canonicalize().expect("the program is a file");
    project.env("PARTYRUN_BINARY", &path.to_string_lossy())
}

/// Installs tarballs in a folder with npm, without asking for optional packages.
pub fn install(folder: &Path, tarballs: &[&Path]) {
    let mut command = Command::new("npm");
    command
        .args(["install", "--no-audit", "--no-fund", "--no-save"])
        .args(["--omit=optional", "--ignore-scripts", "--prefix"])
        .arg(folder)
        .args(tarballs)
        .current_dir(folder);
    let exit = Exit::of(&mut command);
    assert_eq!(exit.code, Some(0), "{}", exit.stderr);
}

fn npm_folder() -> PathBuf {
    fixtures_folder().join("../npm")
}

fn pack(package: &Path, into: &Path) {
    let mut command = Command::new("npm");
    command
        .args(["pack", "--silent", "--pack-destination"])
        .arg(into)
        .current_dir(package);
    let exit = Exit::of(&mut command);
    assert_eq!(exit.code, Some(0), "{}", exit.stderr);
}

/// Links each package of one folder of modules, scoped ones too, that the other has not.
fn link_packages(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("the folder was installed") {
        let source = entry.expect("the folder is readable").path();
        let name = source.file_name().expect("a folder's entry has a name");
        let target = to.join(name);
        let is_group = name == ".bin" || name.to_string_lossy().starts_with('@');
        if is_group {
            fs::create_dir_all(&target).expect("the scratch folder is writable");
            link_packages(&source, &target);
        } else if fs::symlink_metadata(&target).is_err() {
            let real = source.canonicalize().expect("the entry was just listed");
            symlink(real, target).expect("the scratch folder is writable");
        }
    }
}
