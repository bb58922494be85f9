//! Which names each module must provide for others beyond what it declares itself, and where a module
//! gets the names that it uses: from the module that declares them, past those that only pass them on.
//!
//! Never makes a text.

use std::collections::BTreeSet;

use super::binding::Origin;
use super::graph::{Graph, Id, Nature, Place};
use super::mark::Live;
use crate::modules::shape::Kind;

/// Names that others ask of modules which only pass them on.
pub(super) struct Asked {
    pub names: Vec<BTreeSet<String>>,
    /// Modules that do not run, but through which somebody reads names.
    pub shells: BTreeSet<Id>,
}

/// A name and the module to take it from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct From {
    pub module: Id,
    /// `*` is the namespace.
    pub name: String,
}

/// What the live parts of all modules ask for.
pub(super) fn asked(graph: &Graph<'_>, live: &Live) -> Asked {
    let mut asked = Asked {
        names: vec![BTreeSet::new(); graph.modules.len()],
        shells: BTreeSet::new(),
    };
    for (id, module) in graph.modules.iter().enumerate() {
        if !live.files[id] {
            continue;
        }
        match module.nature {
            Nature::Es => {
                for symbol in used(graph, live, id) {
                    asked.for_use(graph, live, (id, symbol));
                }
                if live.namespaces[id] {
                    for name in module.exports.keys() {
                        asked.ask(graph, live, id, name);
                    }
                }
            }
            Nature::Whole => {
                let imports = module.imports.iter().zip(&module.targets);
                for (import, target) in imports.filter(|(i, _)| i.kind == Kind::Static) {
                    let Some(target) = *target else { continue };
                    for name in &import.names {
                        asked.ask(graph, live, target, &name.name);
                    }
                }
            }
            Nature::CommonJs | Nature::Foreign { .. } => {}
        }
    }
    asked
}

/// The imported names that the live parts of a module use.
pub(super) fn used(graph: &Graph<'_>, live: &Live, id: Id) -> BTreeSet<u32> {
    let facts = graph.get(id).facts;
    let parts = facts.parts.iter().zip(&live.parts[id]);
    let uses = parts
        .filter(|(_, is_live)| **is_live)
        .flat_map(|(part, _)| &part.uses);
    uses.copied()
        .filter(|symbol| facts.bound[*symbol as usize].is_some())
        .collect()
}

/// Where module `id` takes from what `place` leads to; `None` where there is nothing.
pub(super) fn source(graph: &Graph<'_>, id: Id, place: Place) -> Option<From> {
    let bound = graph.follow(place);
    match bound.origin {
        Origin::Own(own) => Some(From {
            module: own.0,
            name: alias(graph, own)?,
        }),
        Origin::Namespace(module) => Some(From {
            module,
            name: "*".to_owned(),
        }),
        Origin::Open(module, name) => Some(From { module, name }),
        Origin::Foreign(binding) if binding.0 == id => {
            let module = graph.get(id);
            let (_, found) = module.facts.binding(binding.1)?;
            Some(From {
                module: module.targets[found.import as usize]?,
                name: found.name.clone(),
            })
        }
        Origin::Foreign(binding) => Some(From {
            module: binding.0,
            name: alias(graph, binding)?,
        }),
        Origin::Nowhere => None,
    }
}

/// A name under which a module exports one of its symbols.
fn alias(graph: &Graph<'_>, (id, symbol): Place) -> Option<String> {
    let mut exports = graph.get(id).facts.exports.iter();
    let export = exports.find(|export| export.symbol == symbol)?;
    Some(export.alias.clone())
}

/// Whether the module itself declares what it exports under `name`.
pub(super) fn is_own(graph: &Graph<'_>, id: Id, name: &str) -> bool {
    let module = graph.get(id);
    module.exports.get(name).is_some_and(|exported| {
        let (owner, symbol) = exported.place;
        owner == id && module.facts.bound[symbol as usize].is_none()
    })
}

impl Asked {
    fn for_use(&mut self, graph: &Graph<'_>, live: &Live, place: Place) {
        let module = graph.get(place.0);
        let Some((_, binding)) = module.facts.binding(place.1) else {
            return;
        };
        if binding.member_of.is_some() {
            // The text says `ns.name`, so the namespace must have it.
            if let Some(target) = module.targets[binding.import as usize] {
                self.ask(graph, live, target, &binding.name);
            }
            return;
        }
        if let Origin::Foreign(origin) = graph.follow(place).origin
            && origin.0 != place.0
            && let Some(name) = alias(graph, origin)
        {
            self.ask(graph, live, origin.0, &name);
        }
    }

    /// Has module `id` provide `name`.
    fn ask(&mut self, graph: &Graph<'_>, live: &Live, id: Id, name: &str) {
        if graph.get(id).nature != Nature::Es || name == "*" {
            return;
        }
        if !live.files[id] {
            self.shells.insert(id);
        }
        let Some(exported) = graph.get(id).exports.get(name) else {
            return;
        };
        if is_own(graph, id, name) || !self.names[id].insert(name.to_owned()) {
            return;
        }
        if let Origin::Foreign(origin) = graph.follow(exported.place).origin
            && origin.0 != id
            && let Some(name) = alias(graph, origin)
        {
            self.ask(graph, live, origin.0, &name);
        }
    }
}
