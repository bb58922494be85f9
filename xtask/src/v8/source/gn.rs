//! `gn`, which writes V8's build files: a recent one, found or unpacked, and what it is told. Never
//! installs anything: the packages of Debian's next release are unpacked into the build's folder.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::error::Problem;
use super::compile;
use super::packages::{self, CLANG};
use crate::ui;
use crate::workspace::{run, shown};

/// A function of the build files that older versions do not know.
const RECENT: [&str; 2] = ["help", "path_exists"];

/// The newest `gn` that Debian packages, and the C library that it was linked with.
const PACKAGES: [&str; 4] = ["generate-ninja", "libc6", "libstdc++6", "libgcc-s1"];
const SUITE: &str = "sid";
const MIRROR: &str = "http://deb.debian.org/debian";
const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Folder of the unpacked libraries.
const LIBRARIES: &str = "usr/lib/x86_64-linux-gnu";

/// On top of those in the crate's own `.gn`; the first lines are what its build script passes, too.
const ARGUMENTS: &[&str] = &[
    "is_debug=false",
    "use_custom_libcxx=true",
    "v8_enable_sandbox=false",
    "v8_enable_pointer_compression=false",
    "v8_enable_v8_checks=false",
    "v8_monolithic_for_shared_library=true",
    "rusty_v8_enable_simdutf=true",
    "treat_warnings_as_errors=false",
    // Temporal is written in Rust, which V8 would compile with a toolchain of its own.
    "v8_enable_temporal_support=false",
    "enable_rust=false",
    "enable_rust_cxx=false",
    "symbol_level=0",
    // Several files are compiled as one: their headers are most of the work.
    "v8_enable_cluster_build=true",
    "use_glib=false",
];

/// How to start `gn`.
pub struct Gn {
    words: Vec<OsString>,
}

impl Gn {
    /// The one on the PATH if it is recent enough, else one that is unpacked.
    pub fn find(folder: &Path) -> Result<Gn, Problem> {
        let installed = Gn {
            words: vec![std::env::var_os("GN").unwrap_or_else(|| "gn".into())],
        };
        if installed.is_recent() {
            return Ok(installed);
        }
        let unpacked = Gn::unpacked(&folder.join("gn"));
        if !unpacked.is_recent() {
            ui::step("V8: unpacking a recent gn from Debian's next release");
            unpack(folder)?;
        }
        if unpacked.is_recent() {
            Ok(unpacked)
        } else {
            Err(Problem::NoGn("the unpacked one does not run".to_owned()))
        }
    }

    /// Run by the loader that belongs to its C library, which is newer than the system's.
    fn unpacked(root: &Path) -> Gn {
        let libraries = root.join(LIBRARIES);
        Gn {
            words: vec![
                libraries.join("ld-linux-x86-64.so.2").into(),
                "--library-path".into(),
                libraries.into(),
                root.join("usr/bin/gn").into(),
            ],
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]);
        command
    }

    fn is_recent(&self) -> bool {
        self.command()
            .args(RECENT)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Writes the build files, and returns the folder of the build.
    pub fn generate(&self, tree: &Path, folder: &Path) -> Result<PathBuf, Problem> {
        let llvm = packages::lay_llvm(folder)?;
        let compiler = lay_compiler(folder)?;
        let out = folder.join("out");
        ui::step("V8: writing the build files");
        let mut command = self.command();
        command
            .arg(option("--root=", tree))
            .arg("--script-executable=python3")
            .arg("--quiet")
            .arg("gen")
            .arg(&out)
            .arg(format!("--args={}", arguments(&llvm, &compiler)))
            .current_dir(tree);
        run(&mut command).map_err(Problem::command)?;
        Ok(out)
    }
}

fn option(name: &str, value: &Path) -> OsString {
    let mut text = OsString::from(name);
    text.push(value);
    text
}

fn arguments(llvm: &Path, compiler: &Path) -> String {
    let mut text = ARGUMENTS.join(" ");
    for (name, value) in [
        ("clang_base_path", llvm.display().to_string()),
        ("clang_version", CLANG.to_owned()),
        ("cc_wrapper", compiler.display().to_string()),
    ] {
        text.push_str(&format!(" {name}=\"{value}\""));
    }
    text
}

/// Puts this program where ninja finds it as the compiler: a copy, because cargo replaces the original.
fn lay_compiler(folder: &Path) -> Result<PathBuf, Problem> {
    let compiler = folder.join("tools").join(compile::NAME);
    let tools = folder.join("tools");
    fs::create_dir_all(&tools).map_err(Problem::file("create", &tools))?;
    let this = std::env::current_exe().map_err(Problem::file("find", Path::new("xtask")))?;
    let fresh = tools.join("fresh");
    fs::copy(this, &fresh).map_err(Problem::file("write", &fresh))?;
    fs::rename(&fresh, &compiler).map_err(Problem::file("write", &compiler))?;
    Ok(compiler)
}

/// Downloads and unpacks the packages with an apt that has folders of its own, which needs no root and
/// leaves the system's alone; their signatures are checked as always.
fn unpack(folder: &Path) -> Result<(), Problem> {
    let apt = folder.join("apt");
    for name in ["lists/partial", "cache/archives/partial", "packages"] {
        let folder = apt.join(name);
        fs::create_dir_all(&folder).map_err(Problem::file("create", &folder))?;
    }
    let list = apt.join("sources.list");
    let line = format!("deb [signed-by={KEYS}] {} {SUITE} main\n", mirror());
    fs::write(&list, line).map_err(Problem::file("write", &list))?;

    let get = |words: &[&str]| {
        let mut command = Command::new("apt-get");
        for (name, value) in [
            ("Dir::Etc::sourcelist=", list.as_path()),
            ("Dir::Etc::sourceparts=", Path::new("/dev/null")),
            ("Dir::State::lists=", &apt.join("lists")),
            ("Dir::Cache=", &apt.join("cache")),
        ] {
            command.arg("-o").arg(option(name, value));
        }
        command
            .args(["-o", "APT::Sandbox::User=root", "-o", "Debug::NoLocking=1"])
            .args(["-o", "Acquire::Languages=none", "-qq"])
            // Mirrors in closed networks lag behind.
            .args(["-o", "Acquire::Check-Valid-Until=false"])
            .args(words)
            .current_dir(apt.join("packages"));
        gn_run(&mut command)
    };
    get(&["update"])?;
    get(&[["download"].as_slice(), &PACKAGES].concat())?;

    let packages = apt.join("packages");
    let root = folder.join("gn");
    for entry in fs::read_dir(&packages).map_err(Problem::file("read", &packages))? {
        let package = entry.map_err(Problem::file("read", &packages))?.path();
        gn_run(Command::new("dpkg-deb").arg("-x").arg(&package).arg(&root))?;
    }
    // The lists of a whole release are large.
    let _ = fs::remove_dir_all(&apt);
    Ok(())
}

fn gn_run(command: &mut Command) -> Result<(), Problem> {
    let name = shown(command);
    run(command).map_err(|_| Problem::NoGn(format!("`{name}` failed")))
}

/// The mirror that this system's apt uses for Debian; on Ubuntu, Debian's own.
fn mirror() -> String {
    let output = Command::new("apt-get")
        .args([
            "indextargets",
            "--format",
            "$(REPO_URI)",
            "Created-By: Packages",
        ])
        .output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    debian_mirror(&String::from_utf8_lossy(&text)).unwrap_or_else(|| MIRROR.to_owned())
}

fn debian_mirror(uris: &str) -> Option<String> {
    uris.lines()
        .map(|uri| uri.trim_end_matches('/'))
        .find(|uri| uri.ends_with("/debian"))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_own_mirror_of_debian_is_used() {
        let uris = "http://mirror.corp/debian-security/\nhttp://mirror.corp/debian/\n";
        assert_eq!(
            debian_mirror(uris).as_deref(),
            Some("http://mirror.corp/debian")
        );
        assert_eq!(debian_mirror("http://archive.ubuntu.com/ubuntu/\n"), None);
    }

    #[test]
    fn arguments_name_the_compiler_and_its_wrapper() {
        let text = arguments(Path::new("/b/llvm"), Path::new("/b/tools/clang-with-pch"));
        assert!(
            text.contains("rusty_v8_enable_simdutf=true"),
            "deno_core needs it"
        );
        assert!(text.ends_with(
            "clang_base_path=\"/b/llvm\" clang_version=\"22\" cc_wrapper=\"/b/tools/clang-with-pch\""
        ));
    }

    #[test]
    fn a_gn_that_is_not_there_is_not_recent() {
        assert!(!Gn::unpacked(Path::new("/nowhere")).is_recent());
    }
}
