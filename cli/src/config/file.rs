//! Finds, reads and checks the configuration file (specification 9.3, 9.4). Owns the text of the
//! file; what its fields mean together with the flags is `config`'s business.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::check::Findings;
use super::error::{ConfigError, ConfigErrors, Fault};
use super::flags;
use super::hosts;
use super::key_path::KeyPath;
use super::locate::locate;
use super::nesting;
use super::schema;
use crate::env;

/// Names of configuration files; each is looked for in every folder above before the next one.
pub const FILE_NAMES: [&str; 3] = ["partykit.json", "partykit.json5", "partykit.jsonc"];

/// The file that may hold the configuration in its field `partykit`.
pub const PACKAGE: &str = "package.json";
pub const PACKAGE_FIELD: &str = "partykit";

/// A configuration that passed every check of its own.
#[derive(Debug, Default)]
pub struct ConfigFile {
    /// The file it came from; none when there is no configuration at all.
    pub path: Option<PathBuf>,
    /// Whether it is the field `partykit` of a `package.json`.
    pub in_package: bool,
    pub fields: Map<String, Value>,
    /// One line for each thing in the file that has no effect.
    pub remarks: Vec<String>,
}

impl ConfigFile {
    /// Loads `chosen` (a path relative to `cwd`), or whatever discovery finds from `cwd` up.
    pub fn load(cwd: &Path, chosen: Option<&Path>) -> Result<ConfigFile, ConfigErrors> {
        let found = match chosen {
            Some(path) => Some(in_real_folder(&cwd.join(path))),
            None => FILE_NAMES.iter().find_map(|name| env::nearest(cwd, name)),
        };
        if let Some(path) = found {
            let (text, value) = read(cwd, &path)?;
            return ConfigFile::checked(cwd, path, None, &text, value);
        }
        let Some(path) = env::nearest(cwd, PACKAGE) else {
            return Ok(ConfigFile::default());
        };
        let (text, package) = read(cwd, &path)?;
        match package {
            Value::Object(mut package) => match package.remove(PACKAGE_FIELD) {
                Some(value) => ConfigFile::checked(cwd, path, Some(PACKAGE_FIELD), &text, value),
                None => Ok(ConfigFile::default()),
            },
            _ => Ok(ConfigFile::default()),
        }
    }

    /// `value` is the `field` of the file that holds `text`, or all of it.
    fn checked(
        cwd: &Path,
        path: PathBuf,
        field: Option<&str>,
        text: &str,
        value: Value,
    ) -> Result<ConfigFile, ConfigErrors> {
        let Findings {
            mut faults,
            mut remarks,
        } = Findings::of(&value, &schema::ROOT);
        match &value {
            Value::Object(fields) => {
                faults.extend(rules(fields));
                faults.extend(hosts::faults(fields));
                remarks.extend(flags::remarks(fields));
            }
            _ => {
                faults.clear();
                faults.push(Fault::NotAnObject {
                    given: kind(&value).to_owned(),
                });
            }
        }
        let file = shown(cwd, &path);
        let outer = match field {
            Some(field) => KeyPath::default().key(field),
            None => KeyPath::default(),
        };
        let place = |path: &KeyPath, part| locate(text, &path.inside(&outer), part);
        match value {
            Value::Object(fields) if faults.is_empty() => Ok(ConfigFile {
                path: Some(path),
                in_package: field.is_some(),
                fields,
                remarks: remarks
                    .into_iter()
                    .map(|remark| {
                        let (path, part) = remark.field();
                        match place(path, part) {
                            Some(place) => format!("{file}:{place}: {remark}"),
                            None => format!("{file}: {remark}"),
                        }
                    })
                    .collect(),
            }),
            _ => {
                let error = |fault: Fault| {
                    let (path, part) = fault.field();
                    ConfigError::Fault {
                        file: file.clone(),
                        place: place(&path, part),
                        fault: Box::new(fault),
                    }
                };
                Err(ConfigErrors(faults.into_iter().map(error).collect()))
            }
        }
    }
}

/// `path` with its folder resolved, so that what is relative to it has no `..`. The file's own name
/// stays: a link to a shared configuration still configures the project that it lies in.
fn in_real_folder(path: &Path) -> PathBuf {
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// `path` as a user in `cwd` would write it.
pub fn shown(cwd: &Path, path: &Path) -> String {
    if let Ok(inside) = path.strip_prefix(cwd) {
        return inside.display().to_string();
    }
    for (above, folder) in cwd.ancestors().enumerate().skip(1).take(3) {
        if let Ok(inside) = path.strip_prefix(folder) {
            return Path::new(&"../".repeat(above))
                .join(inside)
                .display()
                .to_string();
        }
    }
    path.display().to_string()
}

fn read(cwd: &Path, path: &Path) -> Result<(String, Value), ConfigError> {
    let file = || shown(cwd, path);
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
        file: file(),
        error,
    })?;
    if let Some((line, column)) = nesting::too_deep(&text) {
        return Err(ConfigError::TooDeep {
            file: file(),
            line,
            column,
        });
    }
    let value = json5::from_str(&text).map_err(|error| {
        let what = match error.code() {
            Some(code) => code.to_string(),
            None => error.to_string(),
        };
        // Of a file that ends too early, the parser names the first character.
        let position = match error.position() {
            Some(at) if !what.starts_with("EOF") => (at.line + 1, at.column + 1),
            _ => end_of(&text),
        };
        ConfigError::Syntax {
            file: file(),
            line: position.0,
            column: position.1,
            what,
        }
    })?;
    Ok((text, value))
}

/// The place behind the last character that is no space: line and column, 1-based.
fn end_of(text: &str) -> (usize, usize) {
    let text = text.trim_end();
    let last = text.lines().last().unwrap_or_default();
    (text.lines().count().max(1), last.chars().count() + 1)
}

/// Rules that a shape cannot express. Wrong types are reported elsewhere and skipped here.
fn rules(fields: &Map<String, Value>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let text = |key: &str| fields.get(key).and_then(Value::as_str);
    if let Some(name) = text("name")
        && !is_name(name, |c| c == '-')
    {
        faults.push(Fault::ProjectName {
            name: name.to_owned(),
        });
    }
    for name in fields
        .get("parties")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::keys)
    {
        if name == "main" {
            faults.push(Fault::PartyNamedMain);
        } else if !is_name(name, |c| matches!(c, '-' | '_')) {
            faults.push(Fault::PartyName { name: name.clone() });
        }
    }
    if let Some(serve) = fields.get("serve").and_then(Value::as_object) {
        let keys: Vec<_> = ["include", "exclude"]
            .into_iter()
            .filter(|key| serve.contains_key(*key))
            .collect();
        if !keys.is_empty() {
            faults.push(Fault::ServeKeys {
                keys: keys.join(", "),
            });
        }
    }
    faults
}

fn is_name(name: &str, extra: fn(char) -> bool) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || extra(c))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
