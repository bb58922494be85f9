//! What `partyrun init` is about to write, decided before anything is written. Owns the texts of
//! the files; never asks and never prints.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstObject, CstRootNode};
use jsonc_parser::json;
use time::OffsetDateTime;

use crate::command::InitArgs;
use crate::config::{CONFIG_FILE_NAMES, shown};
use crate::env;

const SERVER_TS: &str = include_str!("template/index.ts");
const SERVER_JS: &str = include_str!("template/index.js");
const TSCONFIG: &str = include_str!("template/tsconfig.json");
const GITIGNORE: &str = "node_modules\n.partykit\n.env.local\n";

/// Packages that a project has, each under the field of package.json it belongs to: the client
/// library, and the types of the server with the commands for the cloud.
const PACKAGES: [(&str, &str, &str); 2] = [
    ("dependencies", "partysocket", "^1.3.0"),
    ("devDependencies", "partykit", "^0.0.115"),
];

/// Why no project was written.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    #[error("Could not tell the current folder: {0}")]
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

/// A package.json to be changed.
#[derive(Debug)]
pub struct PackageChange {
    pub path: PathBuf,
    text: String,
    /// Names of the packages that it did not have.
    pub added: String,
}

/// Everything `init` does.
#[derive(Debug)]
pub struct Plan {
    /// Where the project will be.
    pub folder: PathBuf,
    pub created: Vec<NewFile>,
    /// Files that a project has and that are there already.
    pub kept: Vec<PathBuf>,
    pub package: Option<PackageChange>,
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
        let mut files = vec![
            ("partykit.json", config(&name, main)),
            (main, server.to_owned()),
        ];
        if existing.is_none() {
            files.push(("package.json", new_package(&name)));
            files.push((".gitignore", GITIGNORE.to_owned()));
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
        Ok(Plan {
            folder,
            created,
            kept: kept.into_iter().map(|file| file.path).collect(),
            package: existing.and_then(Package::change),
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
        if let Some(change) = &self.package {
            fs::write(&change.path, &change.text).map_err(|error| InitError::Write {
                path: change.path.clone(),
                error,
            })?;
        }
        Ok(())
    }
}

/// A package.json, with everything its author wrote around the values.
struct Package {
    path: PathBuf,
    root: CstRootNode,
    fields: CstObject,
}

impl Package {
    fn read(path: &Path, cwd: &Path) -> Result<Package, InitError> {
        let unusable = |reason: String| InitError::Package {
            file: shown(cwd, path),
            reason,
        };
        let text = fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
        let root = CstRootNode::parse(&text, &ParseOptions::default())
            .map_err(|error| unusable(error.to_string()))?;
        let fields = root
            .object_value()
            .ok_or_else(|| unusable("not an object".to_owned()))?;
        if fields.get("partykit").is_some() {
            let field = format!("partykit in {}", shown(cwd, path));
            return Err(InitError::AlreadyThere(field));
        }
        Ok(Package {
            path: path.to_owned(),
            root,
            fields,
        })
    }

    fn name(&self) -> Option<String> {
        let value = self.fields.get("name")?.value()?;
        value.as_string_lit()?.decoded_value().ok()
    }

    fn has(&self, package: &str) -> bool {
        ["dependencies", "devDependencies"].iter().any(|field| {
            self.fields
                .object_value(field)
                .is_some_and(|packages| packages.get(package).is_some())
        })
    }

    fn change(self) -> Option<PackageChange> {
        let mut added = Vec::new();
        for (field, package, version) in PACKAGES {
            if !self.has(package) {
                let packages = self.fields.object_value_or_set(field);
                packages.append(package, json!(version));
                added.push(format!("`{package}`"));
            }
        }
        (!added.is_empty()).then(|| PackageChange {
            path: self.path,
            text: self.root.to_string(),
            added: added.join(" and "),
        })
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

fn config(name: &str, main: &str) -> String {
    let today = OffsetDateTime::now_utc().date();
    let (year, month, day) = (today.year(), u8::from(today.month()), today.day());
    format!(
        r#"{{
  "$schema": "https://www.partykit.io/schema.json",
  "name": "{name}",
  "main": "{main}",
  "compatibilityDate": "{year}-{month:02}-{day:02}"
}}
"#
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

    #[test]
    fn a_package_keeps_its_author_s_form() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("package.json");
        let text =
            "{\n\t\"name\": \"x\",\n\t\"dependencies\": {\n\t\t\"partysocket\": \"1\"\n\t}\n}\n";
        fs::write(&path, text).expect("written");
        let plan = Plan::make(&InitArgs::default(), folder.path()).expect("a plan");
        let change = plan.package.expect("`partykit` is missing");
        assert_eq!(change.added, "`partykit`");
        assert_eq!(
            change.text,
            "{\n\t\"name\": \"x\",\n\t\"dependencies\": {\n\t\t\"partysocket\": \"1\"\n\t},\n\t\"devDependencies\": {\n\t\t\"partykit\": \"^0.0.115\"\n\t}\n}\n"
        );
    }
}
