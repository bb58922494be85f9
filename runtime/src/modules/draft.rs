//! Modules while the walk goes on: known, but not yet text for V8.
//!
//! Never reads files.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use deno_core::ModuleSpecifier;
use partyrun_ops::modules_interface::Wasm;

use super::builtin::Builtin;
use super::error::ProblemKind;
use super::facade::Interop;
use super::files::{Script, file_url};
use super::graph::Link;
use super::links::{Exports, Neighbour, Neighbours};
use super::question::Target;
use super::schemes::is_remote;
use super::shape::{Format, Import, Kind};
use super::specifier::in_package;
use super::synthetic::Json;

/// A module while the walk goes on.
pub(super) struct Draft {
    pub body: Body,
    /// Where `import` leads, by specifier.
    pub links: HashMap<String, Link>,
    /// Where `require` leads.
    pub requires: HashMap<String, Link>,
    /// How the module understands CommonJS.
    pub interop: Interop,
    /// Whether importing the module may do more than give its exports, by `package.json`.
    pub has_side_effects: bool,
}

impl Draft {
    /// A module that names no others.
    pub(super) fn leaf(body: Body) -> Self {
        Self {
            body,
            links: HashMap::new(),
            requires: HashMap::new(),
            interop: Interop::Compiler,
            has_side_effects: true,
        }
    }

    /// `None` for what is not JavaScript.
    pub(super) fn format(&self) -> Option<Format> {
        match &self.body {
            Body::Script(script) => Some(script.module.shape.format),
            _ => None,
        }
    }

    /// Where a whole module leads that this one passes on.
    pub(super) fn star(&self, specifier: &str) -> Option<&Link> {
        match self.format() {
            Some(format) if format.has_exports_object() => self.requires.get(specifier),
            _ => self.links.get(specifier),
        }
    }
}

/// What a module is made from.
pub(super) enum Body {
    Script(Script),
    Json { source: Arc<str>, json: Json },
    Builtin(Builtin),
    Text(Arc<str>),
    Wasm(Arc<Wasm>),
    Bytes(Arc<[u8]>),
    Empty,
}

/// An import that a program may make only where it works, or in a `try`, is not an error yet.
pub(super) fn may_fail_later(import: &Import, kind: &ProblemKind, importer: &Path) -> bool {
    let is_typo = matches!(
        kind,
        ProblemKind::Unresolved { .. } | ProblemKind::NotInstalled { .. }
    );
    let is_mistake = is_typo && !is_remote(&import.specifier);
    import.kind != Kind::Static && (import.guarded || in_package(importer) || !is_mistake)
}

/// The URL of a module; a file URL of its real path where it has one.
pub(super) fn url_of(target: &Target) -> ModuleSpecifier {
    match target {
        Target::Script(path) | Target::Data(path, _) => file_url(path),
        Target::Inline(inline) => inline.url.clone(),
        Target::Builtin(builtin) => {
            ModuleSpecifier::parse(builtin.url).expect("a scheme and a name are a valid URL")
        }
        Target::Empty(url) => {
            ModuleSpecifier::parse(url).expect("a scheme and a path are a valid URL")
        }
    }
}

static NO_KEYS: BTreeSet<String> = BTreeSet::new();

/// The modules as the checks of `links` see them.
pub(super) fn neighbours(drafts: &BTreeMap<String, Draft>) -> Neighbours<'_> {
    let all = drafts.iter().map(|(url, draft)| {
        let exports = match &draft.body {
            Body::Script(script) if script.module.shape.format.has_exports_object() => {
                Exports::Anything
            }
            Body::Script(script) => Exports::Shape(&script.module.shape),
            Body::Json { json, .. } => Exports::Keys(&json.keys),
            Body::Text(_) | Body::Wasm(_) | Body::Bytes(_) => Exports::Keys(&NO_KEYS),
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
