//! The programs that can be measured, where to find them, and how to start each. Never runs a server.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::row::Role;
use super::table::Column;
use crate::error::Failure;
use crate::npm;
use crate::workspace::shown;

/// The version of the original that partyrun's behaviour is held against.
const PARTYKIT: &str = "partykit@0.0.115";

/// A program that serves a party project, or as if it did.
pub struct Subject {
    pub name: String,
    pub version: String,
    pub role: Role,
    /// Where its copies of the project and its output go.
    pub folder: PathBuf,
    program: PathBuf,
    /// Words before the port.
    words: Vec<String>,
    /// Words after it.
    flags: Vec<String>,
}

impl Subject {
    pub fn partyrun(program: PathBuf, folder: &Path) -> Result<Subject, Failure> {
        let version = version(Command::new(&program).arg("--version"))?;
        let folder = folder.join("partyrun");
        Ok(Subject {
            name: "partyrun".to_owned(),
            version,
            role: Role::Ours,
            folder,
            program,
            words: vec!["dev".to_owned()],
            flags: Vec::new(),
        })
    }

    /// The same program with more flags of `dev`, as one types them.
    pub fn with_flags(&self, flags: &str) -> Subject {
        Subject {
            name: format!("{} {flags}", self.name),
            version: self.version.clone(),
            role: Role::Also,
            folder: self.folder.with_extension("also"),
            program: self.program.clone(),
            words: self.words.clone(),
            flags: flags.split_whitespace().map(str::to_owned).collect(),
        }
    }

    /// The server without JavaScript, see `benches/bare`.
    pub fn bare(program: PathBuf, folder: &Path) -> Subject {
        Subject {
            name: "bare server".to_owned(),
            version: String::new(),
            role: Role::Limit,
            folder: folder.join("bare"),
            program,
            words: Vec::new(),
            flags: Vec::new(),
        }
    }

    pub fn column(&self) -> Column {
        Column {
            name: self.name.clone(),
            version: self.version.clone(),
            role: self.role,
        }
    }

    /// The original: from `named` when given, else from the current folder's packages, else from a
    /// private install that the first run makes.
    pub fn partykit(named: Option<&Path>, folder: &Path) -> Result<Subject, Failure> {
        let folder = folder.join("partykit");
        let script = match named {
            Some(named) => script(named).ok_or_else(|| Failure::NotInstalled(named.to_owned()))?,
            None => match script(Path::new(".")).or_else(|| script(&folder)) {
                Some(script) => script,
                None => {
                    npm::install_into(&folder, PARTYKIT)
                        .map_err(|failure| Failure::NoOriginal(Box::new(failure)))?;
                    script(&folder).ok_or_else(|| Failure::NotInstalled(folder.clone()))?
                }
            },
        };
        let version = version(Command::new("node").arg(&script).arg("--version"))?;
        let program = PathBuf::from("node");
        Ok(Subject {
            name: "partykit dev".to_owned(),
            version,
            role: Role::Rival,
            folder,
            program,
            words: vec![script.to_string_lossy().into_owned(), "dev".to_owned()],
            flags: Vec::new(),
        })
    }

    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Serves `project` on `port`.
    pub fn dev(&self, project: &Path, port: u16) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.words)
            .args(["--port", &port.to_string()])
            .args(&self.flags);
        command.current_dir(project).env("PWD", project);
        // Neither colours nor a look for updates belong into what is measured.
        command.envs([("CI", "1"), ("NO_COLOR", "1"), ("FORCE_COLOR", "0")]);
        command.env("NO_UPDATE_NOTIFIER", "1");
        command
    }
}

/// The original's command script in a folder with its `node_modules`, or in the package's own folder.
fn script(folder: &Path) -> Option<PathBuf> {
    ["node_modules/partykit/dist/bin.mjs", "dist/bin.mjs"]
        .iter()
        .map(|script| folder.join(script))
        .find(|script| script.is_file())
        .and_then(|script| script.canonicalize().ok())
}

fn version(command: &mut Command) -> Result<String, Failure> {
    let output = command.output().map_err(|source| Failure::NotStarted {
        program: shown(command),
        source,
    })?;
    if !output.status.success() {
        return Err(Failure::Failed {
            command: shown(command),
            status: output.status,
        });
    }
    Ok(own_version(&String::from_utf8_lossy(&output.stdout)).to_owned())
}

/// The first word of the last line: what follows is the version of something inside.
fn own_version(text: &str) -> &str {
    let mut lines = text.lines().map(str::trim);
    let last = lines.rfind(|line| !line.is_empty()).unwrap_or_default();
    last.split_once(' ').map_or(last, |(own, _)| own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_partykit_is_named() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let failure = Subject::partykit(Some(folder), folder)
            .err()
            .expect("it is not there");
        assert_eq!(
            failure.to_string(),
            format!("No `partykit` is installed in: {}", folder.display())
        );
    }

    #[test]
    fn version_is_that_of_the_program_itself() {
        assert_eq!(own_version("0.1.0 (V8 15.0.245.2-rusty)\n"), "0.1.0");
        assert_eq!(own_version("A newer one is there\n\n0.0.115\n"), "0.0.115");
        assert_eq!(own_version(""), "");
    }

    #[test]
    fn the_server_runs_in_its_project_on_the_port() {
        let subject = Subject {
            name: "partykit dev".to_owned(),
            version: String::new(),
            role: Role::Rival,
            folder: PathBuf::new(),
            program: PathBuf::from("node"),
            words: vec!["bin.mjs".to_owned(), "dev".to_owned()],
            flags: Vec::new(),
        };
        let command = subject.dev(Path::new("/project"), 4242);
        assert_eq!(shown(&command), "node bin.mjs dev --port 4242");
        assert_eq!(command.get_current_dir(), Some(Path::new("/project")));

        let also = subject.with_flags("--no-inspect --persist false");
        assert_eq!(
            also.column().name,
            "partykit dev --no-inspect --persist false"
        );
        assert_eq!(
            shown(&also.dev(Path::new("/project"), 4242)),
            "node bin.mjs dev --port 4242 --no-inspect --persist false"
        );
        assert_eq!(
            shown(
                &Subject::bare(PathBuf::from("/target/bare"), Path::new("/"))
                    .dev(Path::new("/project"), 1)
            ),
            "bare --port 1"
        );
    }
}
