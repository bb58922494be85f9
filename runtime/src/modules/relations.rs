//! What becomes of the links between modules once all of them are known: who is CommonJS, which
//! names are asked of it, and which ES modules must run before it.
//!
//! Never reads files and never makes a text.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::draft::{Body, Draft};
use super::graph::Link;
use super::shape::{Format, Kind};

/// Drafts by URL.
pub(super) type Drafts = BTreeMap<String, Draft>;

/// The files that run as CommonJS: those written so, and those without any syntax that tells which
/// somebody requires.
pub(super) fn common_js(drafts: &Drafts) -> HashSet<String> {
    let required: HashSet<&str> = drafts
        .values()
        .flat_map(|draft| draft.requires.values())
        .filter_map(module)
        .collect();
    let is_common_js = |url: &str, draft: &Draft| match draft.format() {
        Some(Format::CommonJs) => true,
        Some(Format::Plain) => required.contains(url),
        _ => false,
    };
    let found = drafts
        .iter()
        .filter(|(url, draft)| is_common_js(url, draft))
        .map(|(url, _)| url.clone());
    found.collect()
}

/// The files that V8 gets as modules and that export an object.
pub(super) fn mixed(drafts: &Drafts) -> HashSet<String> {
    let is_mixed = |draft: &Draft| draft.format() == Some(Format::Mixed);
    let found = drafts.iter().filter(|(_, draft)| is_mixed(draft));
    found.map(|(url, _)| url.clone()).collect()
}

fn module(link: &Link) -> Option<&str> {
    match link {
        Link::Module(url) => Some(url.as_str()),
        Link::Failure(_) => None,
    }
}

/// For each module, the names the graph's ES modules import from it; `*` is all of them. What an
/// `export *` does not have itself is asked of the modules behind it.
pub(super) fn wanted(drafts: &Drafts) -> HashMap<String, BTreeSet<String>> {
    let mut wanted = Wanted {
        drafts,
        names: HashMap::new(),
    };
    for draft in drafts.values() {
        let Body::Script(script) = &draft.body else {
            continue;
        };
        for import in &script.module.shape.imports {
            if import.kind == Kind::Require {
                continue;
            }
            let Some(target) = draft.links.get(&import.specifier).and_then(module) else {
                continue;
            };
            let names = import.names.iter().map(|name| &name.name);
            for name in names.chain(&import.hints) {
                wanted.ask(target, name);
            }
        }
        // Computed paths are in no import; what they lead to is wanted whole.
        if !script.module.shape.patterns.is_empty() {
            let targets = draft.links.values().filter_map(module);
            targets.for_each(|target| wanted.ask(target, "*"));
        }
    }
    wanted.names
}

struct Wanted<'a> {
    drafts: &'a Drafts,
    names: HashMap<String, BTreeSet<String>>,
}

impl Wanted<'_> {
    fn ask(&mut self, url: &str, name: &str) {
        let asked = self.names.entry(url.to_owned()).or_default();
        if !asked.insert(name.to_owned()) || name == "default" {
            return;
        }
        let Some(draft) = self.drafts.get(url) else {
            return;
        };
        let Body::Script(script) = &draft.body else {
            return;
        };
        let shape = &script.module.shape;
        if shape.format.has_exports_object() || shape.exports.contains(name) {
            return;
        }
        let stars = shape.stars.iter();
        let behind: Vec<&str> = stars
            .filter_map(|star| draft.links.get(star).and_then(module))
            .collect();
        if name == "*" {
            behind.iter().for_each(|target| self.ask(target, name));
            return;
        }
        // Two modules that both export the name would cancel each other.
        let sure = behind
            .iter()
            .find(|target| self.shows(target, name, &mut HashSet::new()));
        let guess = behind.iter().find(|target| self.may_have_more(target));
        if let Some(target) = sure.or(guess) {
            self.ask(target, name);
        }
    }

    /// Whether the module's text shows that it exports the name.
    fn shows(&self, url: &str, name: &str, seen: &mut HashSet<String>) -> bool {
        let Some(draft) = self.drafts.get(url) else {
            return false;
        };
        if !seen.insert(url.to_owned()) {
            return false;
        }
        let Body::Script(script) = &draft.body else {
            return false;
        };
        let shape = &script.module.shape;
        let mut stars = shape.stars.iter();
        shape.exports.contains(name)
            || stars.any(|star| {
                let target = draft.star(star).and_then(module);
                target.is_some_and(|target| self.shows(target, name, seen))
            })
    }

    /// Whether the module exports whatever it is asked for.
    fn may_have_more(&self, url: &str) -> bool {
        let draft = self.drafts.get(url);
        draft.is_some_and(|draft| draft.format().is_some_and(Format::has_exports_object))
    }
}

/// The names that a CommonJS file shows, and those of the files it passes on.
pub(super) fn shown(drafts: &Drafts, url: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut seen = HashSet::new();
    let mut rest = vec![url.to_owned()];
    while let Some(url) = rest.pop() {
        let Some(draft) = drafts.get(&url) else {
            continue;
        };
        if !seen.insert(url) {
            continue;
        }
        match &draft.body {
            Body::Script(script) => {
                let shape = &script.module.shape;
                names.extend(shape.exports.iter().cloned());
                let links = shape.stars.iter().filter_map(|star| draft.star(star));
                rest.extend(links.filter_map(module).map(str::to_owned));
            }
            Body::Json { json, .. } => names.extend(json.keys.iter().cloned()),
            _ => {}
        }
    }
    names
}

/// The ES modules that CommonJS reaches by `require` from `url`, itself not counted. They must have
/// been evaluated before: V8 cannot evaluate one in the middle of another's evaluation.
pub(super) fn required_es_modules(
    drafts: &Drafts,
    common_js: &HashSet<String>,
    url: &str,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut seen = HashSet::new();
    let mut rest = vec![url];
    while let Some(url) = rest.pop() {
        let Some(draft) = drafts.get(url) else {
            continue;
        };
        if !seen.insert(url) {
            continue;
        }
        for target in draft.requires.values().filter_map(module) {
            let is_script = drafts
                .get(target)
                .is_some_and(|draft| matches!(draft.body, Body::Script(_)));
            if common_js.contains(target) {
                rest.push(target);
            } else if is_script {
                found.insert(target.to_owned());
            }
        }
    }
    found
}
