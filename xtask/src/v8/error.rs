//! Why there is no V8 library, and what to do about it. Never prints.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::Failure;

/// Errors of finding and making V8's library.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("`RUSTY_V8_ARCHIVE` names a file that cannot be read: {}", .0.display())]
    Unreadable(PathBuf),
    #[error(
        "The V8 library is of another version than the `v8` crate {crate_version} needs, which is V8 {wanted}.\n\
         Name another file in `RUSTY_V8_ARCHIVE`, or unset it and run `cargo xtask v8`.\n\
         The library `{}` has V8: {found}", .file.display()
    )]
    OtherVersion {
        file: PathBuf,
        crate_version: String,
        wanted: String,
        found: String,
    },
    #[error(
        "The V8 library does not work: {reason}\n\
         It must be a whole `{name}`. Unset `RUSTY_V8_ARCHIVE` and run `cargo xtask v8` for one.\n\
         The library: {}", .file.display()
    )]
    Broken {
        file: PathBuf,
        name: String,
        reason: String,
    },
    #[error("The lock file has no package `v8`: {}", .0.display())]
    NotPinned(PathBuf),
    #[error(
        "There is no folder for the cache. Name one in the environment variable: XDG_CACHE_HOME"
    )]
    NoCacheFolder,
    #[error(
        "V8 can be built from source only on x86-64 Linux with glibc. On another machine, fetch this file where the network\n\
         allows it, and name it in `RUSTY_V8_ARCHIVE`: {url}"
    )]
    NoRecipe { url: String },
    #[error(
        "V8's build needs packages of Debian or Ubuntu, and only root can install them. Run this, then the same command again:\n\
         {0}"
    )]
    Packages(String),
    #[error(
        "V8's build needs packages of Debian or Ubuntu, and this system has no `apt-get`. Fetch this file where the network\n\
         allows it, and name it in `RUSTY_V8_ARCHIVE`: {url}"
    )]
    NoApt { url: String },
    #[error(
        "No package source of this system offers `{package}`. Debian 12 and 13 have it among their security updates: add the\n\
         suite `<release>-security` of your mirror to /etc/apt/sources.list, then run `apt-get update` and this again"
    )]
    NoPackage { package: &'static str },
    #[error("V8's build needs the program `{}`, which the package `{package}` should have brought. Install it again: apt-get install --reinstall {package}", .program.display())]
    NoTool {
        program: PathBuf,
        package: &'static str,
    },
    #[error(
        "The generator of V8's build files, `gn`, could not be had: {0}\nInstall a `gn` of 2026 or later and put it on the PATH, then run this again"
    )]
    NoGn(String),
    #[error(
        "The disk is full: V8's build needs {needed_mib} MiB in its folder, and {free_mib} MiB are free.\n\
         Make room, or move the cache with `XDG_CACHE_HOME`, and run this again: it goes on where it stopped.\n\
         The folder: {}", .folder.display()
    )]
    DiskFull {
        folder: PathBuf,
        needed_mib: u64,
        free_mib: u64,
    },
    #[error(
        "The build file `{file}` is not as the recipe for V8 expects it; the recipe must follow a new version of the `v8` crate.\n\
         It has no: {missing}"
    )]
    OtherSources { file: &'static str, missing: String },
    #[error(
        "V8's build stopped. Run this again: it goes on where it stopped. The end of the output:\n{0}"
    )]
    Ninja(String),
    #[error("Another process builds V8. Wait for it, or end it, then run this again. Its lock: {}", .0.display())]
    Locked(PathBuf),
    #[error("Could not {action} `{}`: {source}", .path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("{0}")]
    Command(Box<Failure>),
    #[error("V8's library could be neither found nor made")]
    None,
}

impl Problem {
    /// A command that failed.
    pub fn command(failure: Failure) -> Problem {
        Problem::Command(Box::new(failure))
    }

    /// For `map_err` on what the file system refuses.
    pub fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Problem {
        move |source| Problem::File {
            action,
            path: path.to_owned(),
            source,
        }
    }
}
