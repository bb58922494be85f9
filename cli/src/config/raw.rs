//! The configuration as it was written, for those who say of one of its fields that it is wrong for
//! their purpose. Checks nothing: the file has passed `config`'s own checks.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::error::ConfigErrors;
use super::file::{ConfigFile, shown};
use super::key_path::KeyPath;
pub use super::locate::Part;
use super::locate::locate;

/// The fields of the configuration, and where each stands.
pub struct RawConfig {
    pub fields: Map<String, Value>,
    path: Option<PathBuf>,
    text: String,
    in_package: bool,
    cwd: PathBuf,
}

impl RawConfig {
    /// Reads what [`super::Settings::load`] reads.
    pub fn load(cwd: &Path, chosen: Option<&Path>) -> Result<RawConfig, ConfigErrors> {
        let file = ConfigFile::load(cwd, chosen)?;
        let text = file.path.as_deref().map(std::fs::read_to_string);
        Ok(RawConfig {
            fields: file.fields,
            text: text.and_then(Result::ok).unwrap_or_default(),
            path: file.path,
            in_package: file.in_package,
            cwd: cwd.to_owned(),
        })
    }

    pub fn flag(&self, key: &str) -> bool {
        self.fields.get(key).and_then(Value::as_bool) == Some(true)
    }

    /// The fields of the object `key`.
    pub fn record(&self, key: &str) -> impl Iterator<Item = (&String, &Value)> {
        let object = self.fields.get(key).and_then(Value::as_object);
        object.into_iter().flatten()
    }

    /// `partykit.json:3:5`, or less when that is not known.
    pub fn place(&self, steps: &[&str], part: Part) -> String {
        let Some(path) = &self.path else {
            return "the command line".to_owned();
        };
        let root = match self.in_package {
            true => KeyPath::default().key("partykit"),
            false => KeyPath::default(),
        };
        let field = steps.iter().fold(root, |path, step| path.key(step));
        let file = shown(&self.cwd, path);
        match locate(&self.text, &field, part) {
            Some(place) => format!("{file}:{place}"),
            None => file,
        }
    }
}
