//! What the `package.json` around a file says about its format.
//!
//! Never resolves a specifier.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::disk;

/// Answers about folders, remembered until [`Packages::forget`].
#[derive(Default)]
pub(super) struct Packages {
    /// By folder: the nearest `package.json` says `"type": "module"`.
    modules: HashMap<PathBuf, bool>,
}

#[derive(Deserialize)]
struct Package {
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl Packages {
    pub(super) fn forget(&mut self) {
        self.modules.clear();
    }

    /// Whether Node takes the file for an ES module by its name alone. Such a file gets all of
    /// `module.exports` as the default of a CommonJS module, as Node gives it; others believe the
    /// mark `__esModule` first, as compilers do (specification 10.1).
    pub(super) fn is_node_module(&mut self, file: &Path) -> bool {
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("mjs" | "mts") => true,
            Some("cjs" | "cts") => false,
            _ => file.parent().is_some_and(|folder| self.is_module(folder)),
        }
    }

    fn is_module(&mut self, folder: &Path) -> bool {
        if let Some(known) = self.modules.get(folder) {
            return *known;
        }
        let answer = match disk::read(&folder.join("package.json")) {
            Ok(text) => serde_json::from_slice::<Package>(&text)
                .is_ok_and(|package| package.kind.as_deref() == Some("module")),
            Err(_) if folder.ends_with("node_modules") => false,
            Err(_) => folder.parent().is_some_and(|above| self.is_module(above)),
        };
        self.modules.insert(folder.to_owned(), answer);
        answer
    }
}
