//! What becomes of each module: left as it is, cut, or made a shell that only leads to others.
//!
//! A module keeps its text as long as its imports find what they name and nothing in it would run that
//! should not. Never makes a text.

use std::collections::{BTreeSet, HashMap};

use super::graph::{Graph, Id, Nature};
use super::mark::Live;
use super::names::{Asked, asked, is_own};
use crate::modules::shape::Kind;

pub(super) struct Plan {
    /// Modules whose text stays.
    pub intact: Vec<bool>,
    pub asked: Asked,
}

pub(super) fn plan(graph: &Graph<'_>, live: &Live) -> Plan {
    let mut plan = Plan {
        intact: vec![false; graph.modules.len()],
        asked: asked(graph, live),
    };
    let mut importers: HashMap<Id, Vec<Id>> = HashMap::new();
    let mut rest = BTreeSet::new();
    for (id, module) in graph.modules.iter().enumerate() {
        plan.intact[id] = module.nature == Nature::Whole || is_quiet(graph, live, id);
        if module.nature != Nature::Es || !plan.intact[id] {
            continue;
        }
        rest.insert(id);
        for part in 0..module.facts.parts.len() {
            for target in graph.static_targets(id, part) {
                importers.entry(target).or_default().push(id);
            }
        }
    }
    while let Some(id) = rest.pop_first() {
        if plan.intact[id] && !plan.finds_all(graph, live, id) {
            plan.intact[id] = false;
            let importers = importers.get(&id).into_iter().flatten();
            rest.extend(importers.filter(|id| graph.get(**id).nature == Nature::Es));
        }
    }
    plan
}

/// Whether nothing in a live module would run that is not live.
fn is_quiet(graph: &Graph<'_>, live: &Live, id: Id) -> bool {
    let mut parts = graph.get(id).facts.parts.iter().zip(&live.parts[id]);
    live.files[id] && parts.all(|(part, is_live)| *is_live || part.is_silent)
}

impl Plan {
    /// Whether every import of the module's text leads to what it names, and should.
    fn finds_all(&self, graph: &Graph<'_>, live: &Live, id: Id) -> bool {
        let module = graph.get(id);
        module.facts.parts.iter().enumerate().all(|(index, part)| {
            let is_live = live.parts[id][index];
            part.imports.iter().all(|import| {
                let import_index = *import as usize;
                let import = &module.imports[import_index];
                let Some(target) = module.targets[import_index] else {
                    return true;
                };
                let target_module = graph.get(target);
                if import.kind != Kind::Static || !target_module.is_script() {
                    return true;
                }
                let is_there = live.files[target] || self.asked.shells.contains(&target);
                if !is_there || target_module.is_lazy && !is_live {
                    return false;
                }
                let is_star = module.facts.stars.contains(&(import_index as u32));
                if is_star && !self.provides_all(graph, live, target) {
                    return false;
                }
                let mut names = import.names.iter();
                names.all(|name| self.provides(graph, live, target, &name.name))
            })
        })
    }

    fn provides_all(&self, graph: &Graph<'_>, live: &Live, id: Id) -> bool {
        graph.get(id).nature != Nature::Es || self.intact[id] || live.namespaces[id]
    }

    fn provides(&self, graph: &Graph<'_>, live: &Live, id: Id, name: &str) -> bool {
        if name == "*" || self.provides_all(graph, live, id) || self.asked.names[id].contains(name)
        {
            return true;
        }
        let module = graph.get(id);
        let Some(exported) = module.exports.get(name) else {
            return false;
        };
        let declared = &module.facts.declared;
        is_own(graph, id, name)
            && live.files[id]
            && declared[exported.place.1 as usize]
                .iter()
                .all(|part| live.parts[id][*part as usize])
    }
}
