//! Which library is needed: the version that Cargo.lock pins, for this machine, with the features that
//! partyrun's build of the `v8` crate has; and its names upstream and for the crate's build script.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::Problem;
use crate::error::Failure;
use crate::workspace::{self, Workspace};

/// Features that change the library, as they are in its name: deno_core always has this one.
const FEATURES: &str = "_simdutf";
/// Where upstream publishes its builds; `RUSTY_V8_MIRROR` names another place, as for the build script.
const UPSTREAM: &str = "https://github.com/denoland/rusty_v8/releases/download";

/// The library that is needed.
#[derive(Debug)]
pub struct Pin {
    /// Version of the `v8` crate.
    pub version: String,
    /// Triple of this machine.
    pub target: String,
}

impl Pin {
    /// Reads the lock file and asks rustc for the machine.
    pub fn read(workspace: &Workspace) -> Result<Pin, Problem> {
        let lock = workspace.root.join("Cargo.lock");
        let text = fs::read_to_string(&lock).map_err(Problem::file("read", &lock))?;
        let version = locked(&text, "v8")
            .ok_or(Problem::NotPinned(lock))?
            .to_owned();
        Ok(Pin {
            version,
            target: target()?,
        })
    }

    /// File name of the library as upstream publishes it.
    pub fn file_name(&self) -> String {
        format!("librusty_v8{FEATURES}_release_{}.a.gz", self.target)
    }

    /// Where upstream, or the mirror that is named, has it.
    pub fn url(&self) -> String {
        let base = std::env::var("RUSTY_V8_MIRROR").unwrap_or_else(|_| UPSTREAM.to_owned());
        format!("{base}/v{}/{}", self.version, self.file_name())
    }

    /// The sources of the `v8` crate, downloaded from the registry where they are not there yet.
    pub fn sources(&self, workspace: &Workspace) -> Result<PathBuf, Problem> {
        let mut metadata = workspace.cargo(["metadata", "--format-version", "1"]);
        // Without it, cargo downloads the packages of all machines.
        metadata.args(["--filter-platform", &self.target]);
        package_folder(metadata, "v8", &self.version)
    }

    /// V8's own version, of which the crate's is no part: `15.0.245.2`.
    pub fn v8_version(&self, sources: &Path) -> Result<String, Problem> {
        let header = sources.join("v8/include/v8-version.h");
        let text = fs::read_to_string(&header).map_err(Problem::file("read", &header))?;
        v8_version(&text).ok_or(Problem::OtherSources {
            file: "v8/include/v8-version.h",
            missing: "#define V8_MAJOR_VERSION".to_owned(),
        })
    }
}

/// The triple of this machine, as rustc says it.
pub fn target() -> Result<String, Problem> {
    let rustc = output(Command::new("rustc").arg("-vV"))?;
    let target = host(&rustc).ok_or_else(|| {
        Problem::command(Failure::Output {
            command: "rustc -vV".to_owned(),
            reason: "it names no host".to_owned(),
        })
    })?;
    Ok(target.to_owned())
}

/// The folder of a package that `cargo metadata` lists.
pub fn package_folder(
    mut metadata: Command,
    name: &str,
    version: &str,
) -> Result<PathBuf, Problem> {
    #[derive(serde::Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    #[derive(serde::Deserialize)]
    struct Package {
        name: String,
        version: String,
        manifest_path: PathBuf,
    }
    let text = output(&mut metadata)?;
    let unexpected = |reason: String| {
        Problem::command(Failure::Output {
            command: "cargo metadata".to_owned(),
            reason,
        })
    };
    let listed: Metadata =
        serde_json::from_str(&text).map_err(|error| unexpected(error.to_string()))?;
    listed
        .packages
        .into_iter()
        .find(|package| package.name == name && package.version == version)
        .and_then(|package| Some(package.manifest_path.parent()?.to_owned()))
        .ok_or_else(|| unexpected(format!("it lists no package `{name}` {version}")))
}

/// Links the library to where the `v8` crate's build script looks before it downloads, so that every
/// cargo command finds it, with no variable set that would have the crate compiled again.
pub fn show_to_build_script(pin: &Pin, library: &Path) -> Result<(), Problem> {
    let Some(folder) = cargo_home().map(|home| home.join(".rusty_v8")) else {
        return Ok(());
    };
    let link = folder.join(escaped(&pin.url()));
    if points_to(&link, library) {
        return Ok(());
    }
    fs::create_dir_all(&folder).map_err(Problem::file("create", &folder))?;
    // What is there belongs to another cache, or is broken.
    let _ = fs::remove_file(&link);
    point_to(&link, library).map_err(Problem::file("write", &link))
}

fn points_to(link: &Path, library: &Path) -> bool {
    fs::read_link(link).is_ok_and(|target| target == library)
}

fn point_to(link: &Path, library: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(library, link)
}

fn cargo_home() -> Option<PathBuf> {
    let named = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    named.or_else(|| Some(std::env::home_dir()?.join(".cargo")))
}

/// A URL as the build script names the file that stands for it.
fn escaped(url: &str) -> String {
    url.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect()
}

/// The standard output of a command that must succeed; its messages are shown.
pub fn output(command: &mut Command) -> Result<String, Problem> {
    workspace::output(command).map_err(Problem::command)
}

/// The version of a package in the text of a lock file.
fn locked<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    lines
        .next()?
        .strip_prefix("version = \"")?
        .strip_suffix('"')
}

fn host(rustc: &str) -> Option<&str> {
    rustc.lines().find_map(|line| line.strip_prefix("host: "))
}

fn v8_version(header: &str) -> Option<String> {
    let part = |name: &str| {
        header
            .lines()
            .find_map(|line| line.strip_prefix("#define ")?.strip_prefix(name))
            .map(str::trim)
    };
    Some(format!(
        "{}.{}.{}.{}",
        part("V8_MAJOR_VERSION")?,
        part("V8_MINOR_VERSION")?,
        part("V8_BUILD_NUMBER")?,
        part("V8_PATCH_LEVEL")?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_the_lock_file_rustc_and_the_header() {
        let lock = "[[package]]\nname = \"v8\"\nversion = \"150.4.0\"\nsource = \"...\"\n";
        assert_eq!(locked(lock, "v8"), Some("150.4.0"));
        assert_eq!(locked(lock, "v9"), None);
        assert_eq!(
            host("rustc 1.95.0\nhost: x86_64-unknown-linux-gnu\nrelease: 1.95.0\n"),
            Some("x86_64-unknown-linux-gnu")
        );
        let header = "#define V8_MAJOR_VERSION 15\n#define V8_MINOR_VERSION 0\n#define V8_BUILD_NUMBER 245\n#define V8_PATCH_LEVEL 2\n";
        assert_eq!(v8_version(header).as_deref(), Some("15.0.245.2"));
        assert_eq!(v8_version("#define V8_MAJOR_VERSION 15\n"), None);
    }

    #[test]
    fn names_are_those_of_upstream_and_its_build_script() {
        let pin = |target: &str| Pin {
            version: "150.4.0".to_owned(),
            target: target.to_owned(),
        };
        assert_eq!(
            pin("x86_64-unknown-linux-gnu").file_name(),
            "librusty_v8_simdutf_release_x86_64-unknown-linux-gnu.a.gz"
        );
        assert_eq!(
            escaped("https://host/v1.0/a-b.gz"),
            "https___host_v1_0_a_b_gz"
        );
    }
}
