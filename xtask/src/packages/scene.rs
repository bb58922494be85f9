//! A folder in which packages are installed and used as a user would, and what its commands said. Nothing of
//! the machine's own settings and caches of package managers is read or written.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::dist::files;
use crate::error::Failure;
use crate::workspace::shown;

/// Set in everything that a scene starts, so that what is left of it can be found.
pub const MARK: &str = "PARTYRUN_SCENE";

pub struct Scene {
    pub folder: PathBuf,
    home: PathBuf,
    registry: String,
}

/// What a command came to.
pub struct Exit {
    pub status: ExitStatus,
    /// Both streams, for messages.
    pub said: String,
    pub took: Duration,
}

impl Scene {
    /// An empty folder `name` in `below`. What an earlier run left there is deleted.
    pub fn new(below: &Path, name: &str, registry: &str) -> Result<Scene, Failure> {
        let scene = Scene {
            folder: below.join(name),
            home: below.join("home"),
            registry: registry.to_owned(),
        };
        let unwritable = |source| Failure::Unwritable {
            file: scene.folder.clone(),
            source,
        };
        if scene.folder.exists() {
            fs::remove_dir_all(&scene.folder).map_err(unwritable)?;
        }
        fs::create_dir_all(&scene.folder).map_err(unwritable)?;
        fs::create_dir_all(&scene.home).map_err(unwritable)?;
        Ok(scene)
    }

    pub fn write(&self, path: &str, text: &str) -> Result<(), Failure> {
        files::write(&self.folder.join(path), text)
    }

    /// A command in `folder`, below the scene's.
    pub fn command(&self, program: impl AsRef<OsStr>, folder: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.join(folder))
            .env("HOME", &self.home)
            .env(MARK, &self.folder)
            .env("npm_config_registry", &self.registry)
            .env("YARN_NPM_REGISTRY_SERVER", &self.registry)
            .env("YARN_UNSAFE_HTTP_WHITELIST", "127.0.0.1")
            .env("YARN_ENABLE_TELEMETRY", "0")
            .env("YARN_ENABLE_IMMUTABLE_INSTALLS", "0")
            .env("YARN_NODE_LINKER", "node-modules")
            .env("BUN_CONFIG_REGISTRY", &self.registry)
            .env("NO_COLOR", "1")
            .env("NO_UPDATE_NOTIFIER", "1")
            .stdin(Stdio::null());
        // A package manager that runs `cargo` must not be taken for the one that is tried.
        for name in [
            "PARTYRUN_BINARY",
            "npm_config_user_agent",
            "NODE_PATH",
            "CI",
        ] {
            command.env_remove(name);
        }
        command
    }
}

/// Runs a command to its end.
pub fn exit_of(command: &mut Command) -> Result<Exit, Failure> {
    let begun = Instant::now();
    let output = command.output().map_err(|source| Failure::NotStarted {
        program: shown(command),
        source,
    })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Exit {
        status: output.status,
        said: text(&output.stdout) + &text(&output.stderr),
        took: begun.elapsed(),
    })
}

/// Runs a command, which must succeed.
pub fn succeed(command: &mut Command) -> Result<Exit, Failure> {
    let exit = exit_of(command)?;
    if exit.status.success() {
        return Ok(exit);
    }
    Err(wrong(command, &exit, "it failed"))
}

/// Runs a command that must succeed and say `words`.
pub fn says(command: &mut Command, words: &str) -> Result<Exit, Failure> {
    let exit = succeed(command)?;
    if exit.said.contains(words) {
        return Ok(exit);
    }
    Err(wrong(command, &exit, &format!("it does not say `{words}`")))
}

/// The failure of a command that ended otherwise than it must.
pub fn wrong(command: &Command, exit: &Exit, why: &str) -> Failure {
    Failure::Packages(format!(
        "`{}` in `{}`: {why} ({})\n{}",
        shown(command),
        command
            .get_current_dir()
            .unwrap_or(Path::new("."))
            .display(),
        exit.status,
        exit.said.trim_end(),
    ))
}
