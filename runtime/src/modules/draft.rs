//! Modules while the walk goes on: known, but not yet text for V8.
//!
//! Never reads files.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use deno_core::ModuleSpecifier;

use super::builtin::Builtin;
use super::error::{Position, ProblemKind};
use super::files::Script;
use super::graph::Link;
use super::links::{Exports, Neighbour, Neighbours};
use super::resolve::{Target, in_package};
use super::shape::Import;
use super::synthetic::Json;

/// A module while the walk goes on.
pub(super) struct Draft {
    pub body: Body,
    pub links: HashMap<String, Link>,
}

/// What a module is made from.
pub(super) enum Body {
    Script(Script),
    Json { source: Arc<str>, json: Json },
    Builtin(Builtin),
    Empty,
}

/// The first place that asks for a module, for problems that only the module's content shows.
pub(super) struct Importer {
    pub path: PathBuf,
    pub source: Arc<str>,
    pub position: Position,
    pub length: usize,
}

impl Importer {
    pub(super) fn new(path: &Path, source: &Arc<str>, import: &Import) -> Self {
        Self {
            path: path.to_owned(),
            source: source.clone(),
            position: import.position.unwrap_or(Position { line: 1, column: 1 }),
            // The quotes are part of what is underlined.
            length: import.specifier.chars().count() + 2,
        }
    }
}

/// An import that a program may make only where it works, or in a `try`, is not an error yet.
pub(super) fn may_fail_later(import: &Import, kind: &ProblemKind, importer: &Path) -> bool {
    let is_typo = matches!(kind, ProblemKind::Unresolved { .. });
    import.dynamic && (in_package(importer) || !is_typo)
}

/// The URL of a module; a file URL of its real path where it has one.
pub(super) fn url_of(target: &Target) -> ModuleSpecifier {
    match target {
        Target::Script(path) | Target::Json(path) => ModuleSpecifier::from_file_path(path)
            .expect("the resolver and `canonicalize` give absolute paths"),
        Target::Builtin(builtin) => {
            ModuleSpecifier::parse(builtin.url).expect("a scheme and a name are a valid URL")
        }
        Target::Empty(url) => {
            ModuleSpecifier::parse(url).expect("a scheme and a path are a valid URL")
        }
    }
}

/// The modules as the checks of `links` see them.
pub(super) fn neighbours(drafts: &BTreeMap<String, Draft>) -> Neighbours<'_> {
    let all = drafts.iter().map(|(url, draft)| {
        let exports = match &draft.body {
            Body::Script(script) => Exports::Shape(&script.module.shape),
            Body::Json { json, .. } => Exports::Keys(&json.keys),
            Body::Builtin(_) | Body::Empty => Exports::Anything,
        };
        let links = draft
            .links
            .iter()
            .filter_map(|(specifier, link)| match link {
                Link::Module(target) => Some((specifier.as_str(), target.as_str())),
                Link::Failure(_) => None,
            });
        let links = links.collect();
        (url.as_str(), Neighbour { exports, links })
    });
    all.collect()
}

/// For each module that has no text of its own, the names the graph imports from it.
pub(super) fn wanted_names(drafts: &BTreeMap<String, Draft>) -> HashMap<String, BTreeSet<String>> {
    let mut wanted: HashMap<String, BTreeSet<String>> = HashMap::new();
    for draft in drafts.values() {
        let Body::Script(script) = &draft.body else {
            continue;
        };
        let shape = &script.module.shape;
        for import in &shape.imports {
            let Some(Link::Module(target)) = draft.links.get(&import.specifier) else {
                continue;
            };
            let names = wanted.entry(target.to_string()).or_default();
            names.extend(import.names.iter().map(|name| name.name.clone()));
            if shape.stars.contains(&import.specifier) {
                names.insert("*".to_owned());
            }
        }
    }
    wanted
}
