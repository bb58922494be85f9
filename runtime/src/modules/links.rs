//! Checks that need more than one module: does a module export what others import from it?
//!
//! Never reads files. Knows modules only by their shapes.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::outcome::TypeName;
use super::shape::{Import, ImportedName, Shape};

/// What can be imported from a module.
#[derive(Clone, Copy)]
pub(super) enum Exports<'a> {
    /// A script: its own exports and those of its `export *`.
    Shape(&'a Shape),
    Keys(&'a BTreeSet<String>),
    Anything,
}

/// One module as its neighbours see it.
pub(super) struct Neighbour<'a> {
    pub exports: Exports<'a>,
    /// Specifier to URL; specifiers without a module are absent.
    pub links: HashMap<&'a str, &'a str>,
}

/// All modules by URL.
pub(super) type Neighbours<'a> = BTreeMap<&'a str, Neighbour<'a>>;

/// Whether module `url` exports `name`. Cycles of `export *` end.
pub(super) fn offers(all: &Neighbours<'_>, url: &str, name: &str) -> bool {
    name == "*" || offers_unseen(all, url, name, &mut HashSet::new())
}

fn offers_unseen<'a>(
    all: &'a Neighbours<'_>,
    url: &'a str,
    name: &str,
    seen: &mut HashSet<&'a str>,
) -> bool {
    let Some(module) = all.get(url) else {
        return true;
    };
    if !seen.insert(url) {
        return false;
    }
    match module.exports {
        Exports::Anything => true,
        Exports::Keys(keys) => name == "default" || keys.contains(name),
        Exports::Shape(shape) if shape.exports.contains(name) => true,
        Exports::Shape(shape) => {
            name != "default"
                && shape.stars.iter().any(|star| {
                    // A star whose target failed to resolve is reported as that.
                    let target = module.links.get(star.as_str());
                    target.is_none_or(|target| offers_unseen(all, target, name, seen))
                })
        }
    }
}

/// The names that module `url` exports, as far as they are known.
pub(super) fn names<'a>(all: &Neighbours<'a>, url: &'a str) -> BTreeSet<&'a str> {
    let (mut names, mut seen, mut rest) = (BTreeSet::new(), HashSet::new(), vec![url]);
    while let Some(url) = rest.pop() {
        let Some(module) = all.get(url).filter(|_| seen.insert(url)) else {
            continue;
        };
        match module.exports {
            Exports::Anything => {}
            Exports::Keys(keys) => names.extend(keys.iter().map(String::as_str)),
            Exports::Shape(shape) => {
                names.extend(shape.exports.iter().map(String::as_str));
                let targets = shape.stars.iter().map(String::as_str);
                rest.extend(targets.filter_map(|star| module.links.get(star)));
            }
        }
    }
    names
}

/// The names module `url` imports that do not exist, with the import each belongs to.
pub(super) fn missing<'a>(
    all: &Neighbours<'_>,
    url: &str,
    shape: &'a Shape,
) -> Vec<(&'a Import, &'a ImportedName)> {
    let Some(module) = all.get(url) else {
        return Vec::new();
    };
    let mut missing = Vec::new();
    for import in &shape.imports {
        let Some(target) = module.links.get(import.specifier.as_str()) else {
            continue;
        };
        let absent = import
            .names
            .iter()
            .filter(|name| !offers(all, target, &name.name));
        missing.extend(absent.map(|name| (import, name)));
    }
    missing
}

/// Which names a TypeScript module passes on that are types: the ones marked before and still not
/// exported by their module, and the ones found missing now that are only passed on.
pub(super) fn types(
    all: &Neighbours<'_>,
    url: &str,
    shape: &Shape,
    before: &BTreeSet<TypeName>,
) -> BTreeSet<TypeName> {
    let links = all.get(url).map(|module| &module.links);
    let still_type = |(specifier, name): &&TypeName| {
        links
            .and_then(|links| links.get(specifier.as_str()))
            .is_none_or(|target| !offers(all, target, name))
    };
    let mut types: BTreeSet<TypeName> = before.iter().filter(still_type).cloned().collect();
    let found = missing(all, url, shape)
        .into_iter()
        .filter(|(_, name)| name.only_reexported);
    types.extend(found.map(|(import, name)| (import.specifier.clone(), name.name.clone())));
    types
}
