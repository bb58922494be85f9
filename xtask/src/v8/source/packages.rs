//! The compiler and tools that V8's build needs, from Debian's or Ubuntu's packages. Installs them only
//! as root; otherwise says how.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::error::Problem;
use super::super::pin::Pin;
use crate::{system, ui};

/// Major version of the compiler. V8 150 has its own libc++, which wants clang 21 or later.
pub const CLANG: &str = "22";
/// Where Debian installs it.
pub const LLVM: &str = "/usr/lib/llvm-22";

const PACKAGES: [&str; 8] = [
    "clang-22",
    "lld-22",
    "llvm-22",
    "libclang-rt-22-dev",
    "libc6-dev",
    "ninja-build",
    "python3",
    // Ubuntu does not have Debian's keys, with which `gn` is verified, by itself.
    "debian-archive-keyring",
];

/// Programs that must be there afterwards, with the package that brings them.
const TOOLS: [(&str, &str); 5] = [
    ("/usr/lib/llvm-22/bin/clang++", "clang-22"),
    ("/usr/lib/llvm-22/bin/ld.lld", "lld-22"),
    ("/usr/lib/llvm-22/bin/llvm-ar", "llvm-22"),
    ("ninja", "ninja-build"),
    ("python3", "python3"),
];

/// Makes sure that all packages are there.
pub fn require(pin: &Pin) -> Result<(), Problem> {
    if !system::answers("apt-get") {
        return Err(Problem::NoApt { url: pin.url() });
    }
    let missing: Vec<&str> = PACKAGES
        .into_iter()
        .filter(|package| !is_installed(package))
        .collect();
    if !missing.is_empty() {
        let words: Vec<&str> = ["--no-install-recommends"]
            .into_iter()
            .chain(missing)
            .collect();
        if !system::can_install() {
            return Err(Problem::Packages(apt_line(&words)));
        }
        ui::step(&format!("V8: {}", apt_line(&words)));
        if let Err(failure) = system::install(&words) {
            return Err(
                match PACKAGES.into_iter().find(|package| !is_offered(package)) {
                    Some(package) => Problem::NoPackage { package },
                    None => Problem::command(failure),
                },
            );
        }
    }
    for (program, package) in TOOLS {
        if !system::answers(program) {
            return Err(Problem::NoTool {
                program: PathBuf::from(program),
                package,
            });
        }
    }
    Ok(())
}

/// What to type to install the packages.
fn apt_line(words: &[&str]) -> String {
    format!(
        "sudo apt-get update && sudo apt-get install -y {}",
        words.join(" ")
    )
}

fn is_installed(package: &str) -> bool {
    said("dpkg-query", &["-W", "-f=${db:Status-Status}", package])
        .is_some_and(|text| text == "installed")
}

/// Whether a package source has it; asked after `apt-get update`.
fn is_offered(package: &str) -> bool {
    said("apt-cache", &["show", package]).is_some_and(|text| !text.is_empty())
}

fn said(program: &str, words: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(words)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The compiler's folder as V8's build files expect it: Debian has the run-time library of the compiler
/// under another name. The flags that V8 passes make clang look for its headers here, too.
pub fn lay_llvm(folder: &Path) -> Result<PathBuf, Problem> {
    let llvm = folder.join("llvm");
    let clang = format!("lib/clang/{CLANG}");
    let theirs = Path::new(LLVM).join(&clang);
    let ours = llvm.join(&clang);
    link(&Path::new(LLVM).join("bin"), &llvm.join("bin"))?;
    link(&theirs.join("include"), &ours.join("include"))?;
    link(
        &theirs.join("lib/linux/libclang_rt.builtins-x86_64.a"),
        &ours.join("lib/x86_64-unknown-linux-gnu/libclang_rt.builtins.a"),
    )?;
    Ok(llvm)
}

fn link(target: &Path, name: &Path) -> Result<(), Problem> {
    if let Some(parent) = name.parent() {
        std::fs::create_dir_all(parent).map_err(Problem::file("create", parent))?;
    }
    if name.exists() {
        return Ok(());
    }
    rustix::fs::symlink(target, name)
        .map_err(std::io::Error::from)
        .map_err(Problem::file("write", name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_root_is_told_what_to_type() {
        let problem =
            Problem::Packages(apt_line(&["--no-install-recommends", "clang-22", "lld-22"]));
        assert!(problem.to_string().ends_with(
            "\nsudo apt-get update && sudo apt-get install -y --no-install-recommends clang-22 lld-22"
        ));
    }

    #[test]
    fn what_no_system_has_is_missing() {
        assert!(!is_installed("no-such-package-anywhere"));
        assert!(!is_offered("no-such-package-anywhere"));
    }
}
