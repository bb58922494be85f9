//! What `partyrun init` is about to write, decided before anything is written. Owns the texts of
//! the files; never asks and never prints.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use super::change::TextChange;
use super::gitignore;
use super::package::{PACKAGES, Package, Script};
use crate::command::InitArgs;
use crate::config::{CONFIG_FILE_NAMES, shown};
use crate::env;

const SERVER_TS: &str = include_str!("template/index.ts");
const SERVER_JS: &str = include_str!("template/index.js");
const TSCONFIG: &str = include_str!("template/tsconfig.json");
const PAGE: &str = include_str!("template/index.html");
const TEST: &str = include_str!("template/room.test.mjs");
/// Where the package of this program has the schema of the configuration.
const SCHEMA: &str = "node_modules/partyrun/partykit.schema.json";
/// What git leaves out of a new project.
const IGNORED: [&str; 3] = ["node_modules", ".partykit", ".env.local"];

/// Why no project was written.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    #[error("Could not determine the current folder: {0}")]
    NoCurrentFolder(io::Error),
    #[error("This folder is a project already, `partyrun dev` serves it: `{0}`")]
    AlreadyThere(String),
    #[error("Project name must be a valid url path (letters a-z, digits and hyphens), got: `{0}`")]
    Name(String),
    #[error("Could not read `{file}`: {reason}")]
    Package { file: String, reason: String },
    #[error("Could not write `{}`: {error}", .path.display())]
    Write { path: PathBuf, error: io::Error },
    #[error("Nothing was written")]
    Declined,
}

/// A file to be made.
#[derive(Debug)]
pub struct NewFile {
    pub path: PathBuf,
    text: String,
}

/// Everything `init` does.
#[derive(Debug)]
pub struct Plan {
    /// Where the project will be.
    pub folder: PathBuf,
    pub created: Vec<NewFile>,
    /// Files that a project has and that are there already.
    pub kept: Vec<PathBuf>,
    pub package: Option<TextChange>,
    pub gitignore: Option<TextChange>,
    /// Which script of package.json serves the project.
    pub script: Script,
    /// The program that installs packages in a package that is there already, if that can be seen.
    pub manager: Option<&'static str>,
}

impl Plan {
    /// Decides what `args`, typed in the folder `cwd`, come to.
    ///
    /// # Errors
    /// When there is a project already, or the name or the package cannot be used.
    pub fn make(args: &InitArgs, cwd: &Path) -> Result<Plan, InitError> {
        let package = env::nearest(cwd, "package.json");
        let folder = match (&package, &args.name) {
            // As `npm create` does; a name that is no folder's name is refused below.
            (None, Some(name)) => cwd.join(name),
            _ => cwd.to_owned(),
        };
        let there = CONFIG_FILE_NAMES.iter().map(|name| folder.join(name));
        if let Some(path) = there.into_iter().find(|path| path.exists()) {
            return Err(InitError::AlreadyThere(shown(cwd, &path)));
        }
        let existing = match &package {
            Some(path) => Some(Package::read(path, cwd)?),
            None => None,
        };
        let name = name(args, existing.as_ref(), &folder)?;
        let (main, server) = match args.language.as_deref() {
            Some("js") => ("party/index.js", SERVER_JS),
            _ => ("party/index.ts", SERVER_TS),
        };
        let schema = schema(package.as_deref(), &folder);
        let serve = existing.is_none().then_some("public");
        let mut files = vec![
            ("partykit.json", config(&schema, &name, main, serve)),
            (main, server.to_owned()),
        ];
        if existing.is_none() {
            files.push(("public/index.html", PAGE.to_owned()));
            files.push(("test/room.test.mjs", TEST.to_owned()));
            files.push(("package.json", new_package(&name)));
            if main.ends_with(".ts") {
                files.push(("tsconfig.json", TSCONFIG.to_owned()));
            }
        }
        let (kept, created): (Vec<_>, Vec<_>) = files
            .into_iter()
            .map(|(name, text)| NewFile {
                path: folder.join(name),
                text,
            })
            .partition(|file| file.path.exists());
        let manager = existing
            .as_ref()
            .and_then(|_| partyrun_runtime::modules::package_manager(&folder));
        let (gitignore, package, script) = match existing {
            Some(package) => {
                let (change, script) = package.change(&folder)?;
                (gitignore::of_package(&folder), change, script)
            }
            None => (
                gitignore::of_project(&folder, &IGNORED),
                None,
                Script::usual(),
            ),
        };
        Ok(Plan {
            folder,
            created,
            kept: kept.into_iter().map(|file| file.path).collect(),
            package,
            gitignore,
            script,
            manager,
        })
    }

    /// Writes it all; `created` hears of each new file.
    ///
    /// # Errors
    /// When a file cannot be written, or exists by now.
    pub fn write(&self, mut created: impl FnMut(&Path)) -> Result<(), InitError> {
        for file in &self.created {
            let written = match file.path.parent() {
                Some(folder) => fs::create_dir_all(folder),
                None => Ok(()),
            };
            written
                .and_then(|()| {
                    OpenOptions::new()
                        .write(true)
                        .create_new(true)
                        .open(&file.path)
                })
                .and_then(|mut opened| opened.write_all(file.text.as_bytes()))
                .map_err(|error| InitError::Write {
                    path: file.path.clone(),
                    error,
                })?;
            created(&file.path);
        }
        for change in [&self.package, &self.gitignore].into_iter().flatten() {
            fs::write(&change.path, &change.text).map_err(|error| InitError::Write {
                path: change.path.clone(),
                error,
            })?;
        }
        Ok(())
    }
}

fn name(args: &InitArgs, package: Option<&Package>, folder: &Path) -> Result<String, InitError> {
    if let Some(name) = &args.name {
        let valid = !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        return if valid {
            Ok(name.clone())
        } else {
            Err(InitError::Name(name.clone()))
        };
    }
    let (source, suffix) = match package {
        Some(package) => (package.name(), "-party"),
        None => {
            let name = folder.file_name();
            (name.map(|name| name.to_string_lossy().into_owned()), "")
        }
    };
    let source = source
        .as_deref()
        .map(as_name)
        .filter(|name| !name.is_empty());
    Ok(format!(
        "{}{suffix}",
        source.as_deref().unwrap_or("my-party")
    ))
}

/// `text` in the letters that a project's name may have.
fn as_name(text: &str) -> String {
    let letter = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let name: String = text.chars().map(letter).collect();
    name.trim_matches('-').to_owned()
}

/// What `$schema` says in a configuration in `folder`: packages are installed beside `package`.
fn schema(package: Option<&Path>, folder: &Path) -> String {
    let home = package.and_then(Path::parent).unwrap_or(folder);
    let depth = folder
        .strip_prefix(home)
        .map_or(0, |below| below.components().count());
    let up = match depth {
        0 => "./".to_owned(),
        depth => "../".repeat(depth),
    };
    format!("{up}{SCHEMA}")
}

fn config(schema: &str, name: &str, main: &str, serve: Option<&str>) -> String {
    let today = OffsetDateTime::now_utc().date();
    let (year, month, day) = (today.year(), u8::from(today.month()), today.day());
    let serve = serve.map(|folder| format!("  \"serve\": \"{folder}\",\n"));
    format!(
        r#"{{
  "$schema": "{schema}",
  "name": "{name}",
  "main": "{main}",
{}  "compatibilityDate": "{year}-{month:02}-{day:02}"
}}
"#,
        serve.unwrap_or_default()
    )
}

fn new_package(name: &str) -> String {
    let packages = |field: &str| {
        let lines = PACKAGES
            .iter()
            .filter(|(its_field, ..)| *its_field == field)
            .map(|(_, package, version)| format!("    \"{package}\": \"{version}\""));
        lines.collect::<Vec<_>>().join(",\n")
    };
    format!(
        r#"{{
  "name": "{name}",
  "private": true,
  "type": "module",
  "scripts": {{
    "dev": "partyrun dev",
    "test": "partyrun test -- node --test",
    "deploy": "partykit deploy"
  }},
  "dependencies": {{
{}
  }},
  "devDependencies": {{
{}
  }}
}}
"#,
        packages("dependencies"),
        packages("devDependencies"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_where_packages_are_installed() {
        let schema =
            |package: Option<&str>, folder: &str| schema(package.map(Path::new), Path::new(folder));
        assert_eq!(schema(None, "/p"), format!("./{SCHEMA}"));
        assert_eq!(schema(Some("/p/package.json"), "/p"), format!("./{SCHEMA}"));
        assert_eq!(
            schema(Some("/p/package.json"), "/p/apps/party"),
            format!("../../{SCHEMA}")
        );
    }

    #[test]
    fn names_are_made_of_allowed_letters() {
        for (text, expected) in [
            ("@me/My App", "me-my-app"),
            ("chat", "chat"),
            ("__", ""),
            ("caf\u{e9}", "caf"),
        ] {
            assert_eq!(as_name(text), expected);
        }
    }
}
