//! The graph as others see it: the modules of a project, and where their imports lead.
//!
//! Never changes once it is made, and never executes JavaScript.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use deno_core::ModuleSpecifier;
use partyrun_ops::modules_interface::Wasm;

use super::compiled::Compiled;

/// Where an import leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Link {
    Module(ModuleSpecifier),
    /// A dynamic import that rejects, with this message.
    Failure(String),
}

/// All modules of a project at one moment. Immutable; shared by every isolate of an epoch.
pub struct ModuleGraph {
    pub(super) modules: HashMap<String, Node>,
    pub(super) entries: HashMap<String, ModuleSpecifier>,
    pub(super) watched: BTreeSet<PathBuf>,
    pub(super) folders: BTreeSet<PathBuf>,
    pub(super) notes: Vec<String>,
}

/// A module and where its imports lead.
pub(super) struct Node {
    pub module: Arc<Compiled>,
    /// By specifier, for `import`.
    pub links: HashMap<String, Link>,
    /// By specifier, for `require`.
    pub requires: HashMap<String, Link>,
    pub content: Content,
}

/// What a module is to those who require it. ES modules import all kinds as ES modules, some by way
/// of a text that stands for them.
pub(super) enum Content {
    Es,
    /// The text is the body of a function, not a module.
    CommonJs,
    /// The text is a module; what it exports is an object.
    Mixed,
    Json(Arc<str>),
    Text(Arc<str>),
    Wasm(Arc<Wasm>),
    Bytes(Arc<[u8]>),
    /// A module that comes with the program.
    Builtin,
    Empty,
}

impl Content {
    fn is_same(&self, other: &Content) -> bool {
        match (self, other) {
            (Content::Es, Content::Es)
            | (Content::CommonJs, Content::CommonJs)
            | (Content::Mixed, Content::Mixed)
            | (Content::Builtin, Content::Builtin)
            | (Content::Empty, Content::Empty) => true,
            (Content::Json(one), Content::Json(two)) | (Content::Text(one), Content::Text(two)) => {
                one == two
            }
            (Content::Wasm(one), Content::Wasm(two)) => one.bytes == two.bytes,
            (Content::Bytes(one), Content::Bytes(two)) => one == two,
            _ => false,
        }
    }
}

impl ModuleGraph {
    /// The module of a party.
    pub fn entry(&self, party: &str) -> Option<&ModuleSpecifier> {
        self.entries.get(party)
    }

    /// Every file that decides what the graph is: sources, `package.json`, `tsconfig.json`.
    pub fn watched(&self) -> impl Iterator<Item = &Path> {
        self.watched.iter().map(PathBuf::as_path)
    }

    /// Folders in which a new file could belong to the graph: the program computes such paths.
    pub fn watched_folders(&self) -> impl Iterator<Item = &Path> {
        self.folders.iter().map(PathBuf::as_path)
    }

    /// What is odd about the project and no error, one line each.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The source map of a module as version 3 JSON.
    pub fn source_map(&self, specifier: &str) -> Option<&[u8]> {
        let map = &self.module(specifier)?.map;
        (!map.is_empty()).then_some(map)
    }

    /// The source map of a module with the file's text in it, for a debugger; `None` where V8 has the file
    /// as it is, and for what no user has written.
    pub fn complete_source_map(&self, specifier: &str) -> Option<String> {
        self.module(specifier)?.complete_map()
    }

    /// The user's line and column for a position in a module's text; all are 1-based.
    pub fn original_position(&self, specifier: &str, line: u32, column: u32) -> Option<(u32, u32)> {
        self.module(specifier)?.original_position(line, column)
    }

    /// The same as `file:line:column`; where that is not known, of the module's text.
    pub fn original_place(&self, specifier: &str, line: u32, column: u32) -> String {
        let original = self.original_position(specifier, line, column);
        let (line, column) = original.unwrap_or((line, column));
        format!("{specifier}:{line}:{column}")
    }

    /// Number of modules.
    pub fn len(&self) -> usize {
        self.modules.len()
    }

    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }

    /// Whether isolates would load exactly the same from `other`: then there is nothing to reload.
    pub fn is_same_code(&self, other: &ModuleGraph) -> bool {
        self.entries == other.entries
            && self.modules.len() == other.modules.len()
            && self.modules.iter().all(|(specifier, node)| {
                // The source too: a comment moves the lines that stack traces name.
                let same = |found: &Node| {
                    found.module.hash == node.module.hash
                        && found.module.source == node.module.source
                        && found.content.is_same(&node.content)
                        // The same text may import another module, when a configuration says so.
                        && found.links == node.links
                        && found.requires == node.requires
                };
                other.modules.get(specifier).is_some_and(same)
            })
    }

    pub(super) fn module(&self, specifier: &str) -> Option<&Arc<Compiled>> {
        self.modules.get(specifier).map(|node| &node.module)
    }

    pub(super) fn node(&self, specifier: &str) -> Option<&Node> {
        self.modules.get(specifier)
    }

    pub(super) fn link(&self, referrer: &str, specifier: &str) -> Option<&Link> {
        self.modules.get(referrer)?.links.get(specifier)
    }
}

#[cfg(test)]
mod tests;
