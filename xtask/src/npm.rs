//! Node.js and the npm packages of a folder: are they there, and if not, get them. Never touches a
//! lock file that exists.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::Failure;
use crate::workspace::shown;
use crate::{system, ui};

/// Makes sure that `node` and `npm` run; on Debian and its kin root gets them from the distribution.
pub fn require_node(needed_by: &str) -> Result<(), Failure> {
    let missing = |program: &&'static str| !system::answers(program);
    if ["node", "npm"].iter().any(&missing) && system::can_install() {
        ui::step("Node.js is missing: installing it with apt-get");
        system::install(&["nodejs", "npm"])?;
    }
    match ["node", "npm"].iter().find(|program| missing(program)) {
        Some(program) => Err(Failure::NodeMissing {
            program,
            needed_by: needed_by.to_owned(),
        }),
        None => Ok(()),
    }
}

/// Installs the packages that `folder` asks for, when they are not already there.
pub fn install_packages(folder: &Path) -> Result<(), Failure> {
    if !wants_packages(folder)? || is_installed(folder) {
        return Ok(());
    }
    let shown_folder = folder.display();
    require_node(&format!("`{shown_folder}` has npm dependencies and"))?;
    ui::step(&format!("Installing the npm packages of `{shown_folder}`"));
    let verb = if folder.join("package-lock.json").is_file() {
        "ci"
    } else {
        "install"
    };
    npm(folder, &[verb, "--no-audit", "--no-fund"])
}

/// Copies the files of a folder to where its packages are to be installed. A file that is the same is left alone: npm
/// installs again what is older than its lock file.
pub fn copy_changed(from: &Path, to: &Path) -> Result<(), Failure> {
    let copy = || -> io::Result<()> {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                continue;
            }
            let text = fs::read(entry.path())?;
            if fs::read(&target).is_ok_and(|known| known == text) {
                continue;
            }
            fs::write(target, text)?;
        }
        Ok(())
    };
    copy().map_err(|source| Failure::Unwritable {
        file: to.to_owned(),
        source,
    })
}

/// The version of a package that is installed in a folder.
pub fn version_in(folder: &Path, package: &str) -> Result<String, Failure> {
    let file = folder
        .join("node_modules")
        .join(package)
        .join("package.json");
    let unreadable = |reason: String| Failure::Unreadable {
        file: file.clone(),
        reason,
    };
    let text = fs::read(&file).map_err(|error| unreadable(error.to_string()))?;
    let package: serde_json::Value =
        serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
    let version = package["version"].as_str();
    version
        .map(str::to_owned)
        .ok_or_else(|| unreadable("it has no `version`".to_owned()))
}

/// Installs one package, with its dependencies, into a folder of its own.
pub fn install_into(folder: &Path, package: &str) -> Result<(), Failure> {
    require_node(&format!("installing `{package}`"))?;
    fs::create_dir_all(folder).map_err(|source| Failure::Unwritable {
        file: folder.to_owned(),
        source,
    })?;
    ui::step(&format!(
        "Installing `{package}` from npm into `{}`",
        folder.display()
    ));
    // Without a prefix npm would walk up to the nearest package.json, out of this folder.
    let prefix = folder.to_string_lossy();
    npm(
        folder,
        &[
            "install",
            "--prefix",
            &prefix,
            "--no-audit",
            "--no-fund",
            package,
        ],
    )
}

/// npm reports on stdout, which belongs to results: its whole output is shown on stderr, and only
/// when it failed.
fn npm(folder: &Path, words: &[&str]) -> Result<(), Failure> {
    let mut command = Command::new("npm");
    command.args(words).current_dir(folder).stdin(Stdio::null());
    let output = command.output().map_err(|source| Failure::NotStarted {
        program: shown(&command),
        source,
    })?;
    if output.status.success() {
        return Ok(());
    }
    for text in [&output.stdout, &output.stderr] {
        String::from_utf8_lossy(text).lines().for_each(ui::step);
    }
    Err(Failure::Failed {
        command: shown(&command),
        status: output.status,
    })
}

fn wants_packages(folder: &Path) -> Result<bool, Failure> {
    let file = folder.join("package.json");
    let Ok(text) = fs::read(&file) else {
        return Ok(false);
    };
    let package: serde_json::Value =
        serde_json::from_slice(&text).map_err(|error| Failure::Unreadable {
            file,
            reason: error.to_string(),
        })?;
    // The root of a workspace has links to its members at least.
    let is_workspace = package.get("workspaces").is_some();
    let has = |field: &&str| {
        let list = package.get(field).and_then(|list| list.as_object());
        list.is_some_and(|list| !list.is_empty())
    };
    Ok(is_workspace || ["dependencies", "devDependencies"].iter().any(has))
}

/// npm notes what it installed in a hidden lock file; a newer lock file of the project asks for more.
/// Packages that came another way (pnpm, yarn, a workspace's root) are left as they are.
fn is_installed(folder: &Path) -> bool {
    let modules = folder.join("node_modules");
    let changed = |file: &Path| fs::metadata(file).and_then(|data| data.modified()).ok();
    match (
        changed(&folder.join("package-lock.json")),
        changed(&modules.join(".package-lock.json")),
    ) {
        (Some(asked), Some(installed)) => installed >= asked,
        _ => modules.is_dir(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-npm-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a temporary folder");
        folder
    }

    #[test]
    fn only_dependencies_ask_for_an_install() {
        let folder = scratch("wants");
        let file = folder.join("package.json");
        assert!(!wants_packages(&folder).expect("no package.json is fine"));
        for (text, wanted) in [
            (r#"{"name":"a"}"#, false),
            (r#"{"dependencies":{}}"#, false),
            (r#"{"dependencies":{"nanoid":"5"}}"#, true),
            (r#"{"devDependencies":{"partykit":"0.0.115"}}"#, true),
            (r#"{"workspaces":["apps/*"]}"#, true),
        ] {
            fs::write(&file, text).expect("writable");
            assert_eq!(wants_packages(&folder).expect("valid"), wanted, "{text}");
        }
        fs::write(&file, "{").expect("writable");
        assert!(wants_packages(&folder).is_err());
        fs::remove_dir_all(&folder).expect("removable");
    }

    #[test]
    fn an_install_older_than_the_lock_file_is_repeated() {
        let folder = scratch("stale");
        assert!(!is_installed(&folder));
        fs::create_dir(folder.join("node_modules")).expect("writable");
        assert!(
            is_installed(&folder),
            "packages from elsewhere are left alone"
        );
        let hidden = folder.join("node_modules/.package-lock.json");
        fs::write(&hidden, "{}").expect("writable");
        fs::write(folder.join("package-lock.json"), "{}").expect("writable");
        let old = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
        fs::File::open(&hidden)
            .and_then(|file| file.set_modified(old))
            .expect("settable");
        assert!(!is_installed(&folder));
        fs::remove_dir_all(&folder).expect("removable");
    }

    #[test]
    fn files_that_are_the_same_keep_their_time() {
        let folder = scratch("copied");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/deps");
        copy_changed(&source, &folder).expect("the files are there");
        let lock = folder.join("package-lock.json");
        let old = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
        fs::File::options()
            .write(true)
            .open(&lock)
            .and_then(|file| file.set_modified(old))
            .expect("settable");
        copy_changed(&source, &folder).expect("the files are there");
        let kept = fs::metadata(&lock)
            .and_then(|data| data.modified())
            .expect("it is there");
        assert_eq!(kept, old);
        fs::write(&lock, "other").expect("writable");
        copy_changed(&source, &folder).expect("the files are there");
        assert_ne!(fs::read(&lock).expect("readable"), b"other");
        fs::remove_dir_all(&folder).expect("removable");
    }

    #[test]
    fn a_package_that_is_not_installed_is_named() {
        let folder = scratch("versions");
        let failure = version_in(&folder, "wrangler").expect_err("nothing is there");
        assert!(
            failure.to_string().contains("wrangler/package.json"),
            "{failure}"
        );
        let package = folder.join("node_modules/wrangler");
        fs::create_dir_all(&package).expect("writable");
        fs::write(package.join("package.json"), r#"{"version":"4.1.0"}"#).expect("writable");
        assert_eq!(
            version_in(&folder, "wrangler").expect("it is there"),
            "4.1.0"
        );
        fs::remove_dir_all(&folder).expect("removable");
    }
}
