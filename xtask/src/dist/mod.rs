//! `cargo xtask dist`: what a release consists of, for the machine it runs on. The program, built to
//! run on old systems; its archive with man pages, completions and licences; its npm package; the npm
//! package that finds it; an install script; and the sums of them all. Publishes nothing.
//!
//! # Layout
//! - `glibc`, `elf`: which systems the program runs on
//! - `names`: what folders of this machine are called inside the program
//! - `licences`: what is said of whose work it contains
//! - `archive`, `npm`, `sums`: the files of a release
//! - `platform`, `files`: names of machines; files with errors that name them

pub mod archive;
mod elf;
pub mod files;
mod glibc;
#[cfg(test)]
mod install;
mod licences;
mod names;
pub mod npm;
pub mod platform;
#[cfg(test)]
mod publish;
mod sums;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::args::Dist;
use crate::error::Failure;
use crate::ui;
use crate::v8;
use crate::workspace::{Workspace, absolute, output, run as run_command};
use archive::Entry;
pub use glibc::Version as Glibc;
use names::Names;
pub use platform::Platform;

/// The shells for which there are completions, and how their files are called.
const SHELLS: [(&str, &str); 3] = [
    ("bash", "completions/partyrun.bash"),
    ("zsh", "completions/_partyrun"),
    ("fish", "completions/partyrun.fish"),
];
/// The install script, in which this stands for where releases are.
const RELEASES: &str = "@RELEASES@";
const INSTALL: &str = "install.sh";

pub fn run(args: &Dist) -> Result<(), Failure> {
    let workspace = Workspace::locate()?;
    let out = args.out.clone().unwrap_or_else(|| folder(&workspace));
    if let Some(limit) = args.check_glibc {
        let program = match &args.partyrun {
            Some(program) => absolute(program)?,
            None => workspace.target.join("dist").join(npm::PROGRAM),
        };
        return check(limit, &program);
    }
    if let Some(wanted) = &args.check_version {
        return check_version(wanted, &version(&workspace)?);
    }
    let release = Release::read(&workspace)?;
    if !args.collect {
        release.pack(args, &workspace, &out)?;
    }
    release.complete(args, &workspace, &out)?;
    ui::result(&out.display().to_string());
    Ok(())
}

/// Makes a release for this machine in cargo's target folder, of a program that is there or that is
/// built now; returns the folder.
pub fn make(workspace: &Workspace, partyrun: Option<&Path>) -> Result<PathBuf, Failure> {
    let out = folder(workspace);
    let args = Dist::of(partyrun);
    let release = Release::read(workspace)?;
    release.pack(&args, workspace, &out)?;
    release.complete(&args, workspace, &out)?;
    Ok(out)
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("release-files")
}

/// Says what a program needs, or why that is too new.
fn check(limit: Glibc, program: &Path) -> Result<(), Failure> {
    glibc::check(limit, program)?;
    let shown = program.display();
    ui::result(&match glibc::newest(program)? {
        Some(newest) => format!("`{shown}` needs glibc {newest}"),
        None => format!("`{shown}` needs no glibc"),
    });
    Ok(())
}

fn check_version(wanted: &str, version: &str) -> Result<(), Failure> {
    if wanted == version {
        ui::result(&format!("The version is {version}"));
        return Ok(());
    }
    Err(Failure::OtherVersion {
        wanted: wanted.to_owned(),
        version: version.to_owned(),
    })
}

/// Which version is released, and for which machine.
struct Release {
    version: String,
    platform: Platform,
}

impl Release {
    fn read(workspace: &Workspace) -> Result<Release, Failure> {
        let target = v8::target()?;
        let platform = Platform::of_target(&target).ok_or(Failure::NoPlatform(target))?;
        Ok(Release {
            version: version(workspace)?,
            platform,
        })
    }

    fn published<'a>(&'a self, args: &'a Dist) -> npm::Published<'a> {
        npm::Published {
            version: &self.version,
            releases: args.releases.as_deref(),
        }
    }

    /// What belongs to this machine: its archive and its npm package.
    fn pack(&self, args: &Dist, workspace: &Workspace, out: &Path) -> Result<(), Failure> {
        let program = match &args.partyrun {
            Some(program) => absolute(program)?,
            None => self.build(args.glibc, workspace)?,
        };
        if self.platform.is_linux() {
            check(args.glibc, &program)?;
        }
        let says = |words: &[&str]| output(Command::new(&program).args(words));
        let licences = licences::text(workspace, self.platform.target, &says(&["licenses"])?)?;
        let own = files::read(&workspace.root.join("LICENSE"))?;
        let mut common = vec![
            Entry::program(npm::PROGRAM, files::read(&program)?),
            Entry::file("LICENSE", own),
            Entry::file("LICENSES.txt", licences),
        ];
        let npm = npm::platform_package(
            &workspace.root.join("npm"),
            self.platform,
            &self.published(args),
            &common,
        )?;
        let name = npm::file_name(Some(self.platform), &self.version);
        write(&out.join(name), &npm)?;
        common.push(Entry::file(
            "README.md",
            files::read(&workspace.root.join("README.md"))?,
        ));
        for (shell, path) in SHELLS {
            common.push(Entry::file(path, says(&["completions", shell])?));
        }
        for page in says(&["man", "--list"])?.lines() {
            let words: Vec<_> = page.split('-').skip(1).collect();
            let text = says(&[&["man"], words.as_slice()].concat())?;
            common.push(Entry::file(format!("man/man1/{page}.1"), text));
        }
        let name = format!("partyrun-{}-{}", self.version, self.platform.name());
        let file = out.join(format!("{name}.tar.gz"));
        let packed = archive::pack(&name, common).map_err(|source| Failure::Unwritable {
            file: file.clone(),
            source,
        })?;
        write(&file, &packed)
    }

    /// What belongs to all machines whose files lie in `out`.
    fn complete(&self, args: &Dist, workspace: &Workspace, out: &Path) -> Result<(), Failure> {
        let own = files::read(&workspace.root.join("LICENSE"))?;
        let templates = workspace.root.join("npm");
        let npm = npm::main_package(&templates, out, &self.published(args), &own)?;
        write(&out.join(npm::file_name(None, &self.version)), &npm)?;
        let script = files::text(&workspace.root.join(INSTALL))?;
        let releases = args.releases.as_deref().unwrap_or_default();
        files::write(&out.join(INSTALL), script.replace(RELEASES, releases))?;
        sums::write(out)
    }

    /// Builds the program with the profile for releases, which no other command does.
    fn build(&self, limit: Glibc, workspace: &Workspace) -> Result<PathBuf, Failure> {
        workspace.prepare()?;
        let mut command = workspace.cargo(["build", "--locked", "--profile", "dist"]);
        command.args(["--package", npm::PROGRAM]);
        Names::of(workspace)?.apply(&mut command);
        if self.platform.is_linux() {
            let stubs = workspace.target.join("dist/glibc").join(limit.to_string());
            let linker = glibc::Linker::make(&stubs, limit, self.platform.machine())?;
            let variable = self.platform.target.to_uppercase().replace('-', "_");
            command.env(format!("CARGO_TARGET_{variable}_LINKER"), linker.program);
        }
        run_command(&mut command)?;
        Ok(workspace.target.join("dist").join(npm::PROGRAM))
    }
}

/// The version in the workspace's manifest.
pub fn version(workspace: &Workspace) -> Result<String, Failure> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        version: String,
    }
    let text = output(&mut workspace.cargo(["metadata", "--no-deps", "--format-version", "1"]))?;
    let unexpected = |reason: String| Failure::Output {
        command: "cargo metadata".to_owned(),
        reason,
    };
    let metadata: Metadata =
        serde_json::from_str(&text).map_err(|error| unexpected(error.to_string()))?;
    let mut packages = metadata.packages.into_iter();
    packages
        .find(|package| package.name == npm::PROGRAM)
        .map(|package| package.version)
        .ok_or_else(|| unexpected("it lists no package `partyrun`".to_owned()))
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    files::write(file, bytes)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    ui::step(&format!("{name}: {:.1} MB", bytes.len() as f64 / 1e6));
    Ok(())
}
