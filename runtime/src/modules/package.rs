//! What the `package.json` around a file says about its format and its side effects.
//!
//! Never resolves a specifier.

mod glob;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::disk;
use glob::Glob;

/// Answers about folders, remembered until [`Packages::forget`].
#[derive(Default)]
pub(super) struct Packages {
    /// By folder: its own `package.json`, or the nearest above.
    nearest: HashMap<PathBuf, Option<Arc<Package>>>,
}

/// A `package.json`.
struct Package {
    file: PathBuf,
    is_module: bool,
    /// Files that have side effects; `None` when all have.
    with_side_effects: Option<Vec<Glob>>,
}

#[derive(Deserialize)]
struct Text {
    #[serde(rename = "type", default)]
    kind: Value,
    #[serde(rename = "sideEffects", default)]
    side_effects: Value,
}

impl Packages {
    pub(super) fn forget(&mut self) {
        self.nearest.clear();
    }

    /// Whether Node takes the file for an ES module by its name alone. Such a file gets all of
    /// `module.exports` as the default of a CommonJS module, as Node gives it; others believe the
    /// mark `__esModule` first, as compilers do (specification 10.1).
    pub(super) fn is_node_module(&mut self, file: &Path) -> bool {
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("mjs" | "mts") => true,
            Some("cjs" | "cts") => false,
            _ => self.is_module(file),
        }
    }

    fn is_module(&mut self, file: &Path) -> bool {
        let Some(package) = self.package(file) else {
            return false;
        };
        let folder = package.file.parent();
        // What is above a package says nothing of its format.
        let inside = folder.and_then(|folder| file.strip_prefix(folder).ok());
        let is_own = inside.is_some_and(|path| !path.iter().any(|part| part == "node_modules"));
        is_own && package.is_module
    }

    /// Whether importing the file may do more than give its exports.
    pub(super) fn has_side_effects(&mut self, file: &Path) -> bool {
        let Some(package) = self.package(file) else {
            return true;
        };
        let Some(globs) = &package.with_side_effects else {
            return true;
        };
        let text = file.to_string_lossy();
        globs.iter().any(|glob| glob.matches(&text))
    }

    /// The nearest `package.json` of a file.
    pub(super) fn around(&mut self, file: &Path) -> Option<PathBuf> {
        self.package(file).map(|package| package.file.clone())
    }

    fn package(&mut self, file: &Path) -> Option<Arc<Package>> {
        self.nearest(file.parent()?)
    }

    fn nearest(&mut self, folder: &Path) -> Option<Arc<Package>> {
        if let Some(known) = self.nearest.get(folder) {
            return known.clone();
        }
        let package = match read(folder) {
            Some(package) => Some(Arc::new(package)),
            None => folder.parent().and_then(|above| self.nearest(above)),
        };
        self.nearest.insert(folder.to_owned(), package.clone());
        package
    }
}

/// `None` where there is none, or none that can be read.
fn read(folder: &Path) -> Option<Package> {
    let file = folder.join("package.json");
    let text = disk::read(&file).ok()?;
    let text: Text = serde_json::from_slice(&text).ok()?;
    let with_side_effects = match text.side_effects {
        Value::Bool(false) => Some(Vec::new()),
        Value::Array(patterns) => {
            let patterns = patterns.iter().filter_map(Value::as_str);
            Some(patterns.map(|pattern| Glob::new(folder, pattern)).collect())
        }
        _ => None,
    };
    Some(Package {
        file,
        is_module: text.kind == "module",
        with_side_effects,
    })
}
