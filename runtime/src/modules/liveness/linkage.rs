//! The imports and exports of a module that is cut, as statements behind its text: the URLs of modules
//! are their specifiers.
//!
//! Never decides what is imported.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::graph::{Graph, Id};
use super::mark::Live;
use super::names::{From, is_own, source, used};
use super::plan::Plan;
use crate::modules::shape::{Import, ImportedName, Kind};
use crate::modules::synthetic::literal;

/// What a module has to do with others.
#[derive(Default)]
pub(super) struct Linkage {
    /// Modules that must have run before, in order.
    pub before: Vec<Id>,
    /// Local name, and what it is.
    imports: Vec<(String, From)>,
    /// Local name, and the name outside.
    exports: Vec<(String, String)>,
    passed_on: Vec<(From, String)>,
    /// Modules whose names are known when they run.
    stars: Vec<Id>,
    /// Names that are exported by what declares them.
    declared: BTreeSet<String>,
}

impl Linkage {
    /// The linkage of a module, but for `before`. `is_shell` says that nothing in it runs.
    pub(super) fn new(graph: &Graph<'_>, live: &Live, plan: &Plan, id: Id, is_shell: bool) -> Self {
        let module = graph.get(id);
        let facts = module.facts;
        let mut linkage = Self::default();
        if !is_shell {
            linkage.add_imports(graph, live, id);
            for export in &facts.exports {
                let declared = &facts.declared[export.symbol as usize];
                let is_live = declared.iter().all(|part| live.parts[id][*part as usize]);
                if !is_live || facts.bound[export.symbol as usize].is_some() {
                    continue;
                }
                match export.clause {
                    Some(name) => {
                        let local = facts.names[name as usize].clone();
                        linkage.exports.push((local, export.alias.clone()));
                    }
                    None => drop(linkage.declared.insert(export.alias.clone())),
                }
            }
        }
        let mut names = plan.asked.names[id].clone();
        if live.namespaces[id] {
            names.extend(module.exports.keys().map(|name| (*name).to_owned()));
            let stars = graph.stars(id).filter(|target| graph.is_open(*target));
            linkage.stars.extend(stars);
        }
        for name in names {
            if is_own(graph, id, &name) {
                continue;
            }
            let place = graph
                .follow_export(id, &name)
                .map(|_| module.exports[name.as_str()].place);
            if let Some(from) = place.and_then(|place| source(graph, id, place)) {
                linkage.passed_on.push((from, name));
            }
        }
        linkage
    }

    fn add_imports(&mut self, graph: &Graph<'_>, live: &Live, id: Id) {
        let module = graph.get(id);
        let facts = module.facts;
        let mut locals: BTreeMap<u32, From> = BTreeMap::new();
        for symbol in used(graph, live, id) {
            let Some((_, binding)) = facts.binding(symbol) else {
                continue;
            };
            let target = module.targets[binding.import as usize];
            // Of a namespace of which properties are read, the text has only the namespace.
            let whole = binding.member_of.and_then(|whole| facts.binding(whole));
            let binding = whole.map_or(binding, |(_, whole)| whole);
            let (Some(local), Some(target)) = (binding.local, target) else {
                continue;
            };
            let name = binding.name.clone();
            let direct = || From {
                module: target,
                name,
            };
            let from = match binding.name.as_str() {
                "*" => direct(),
                _ => source(graph, id, (id, symbol)).unwrap_or_else(direct),
            };
            locals.insert(local, from);
        }
        let names = locals.into_iter();
        let imports = names.map(|(local, from)| (facts.names[local as usize].clone(), from));
        self.imports.extend(imports);
    }

    /// The modules to which the linkage leads.
    pub(super) fn targets(&self) -> BTreeSet<Id> {
        let imports = self.imports.iter().map(|(_, from)| from.module);
        let passed_on = self.passed_on.iter().map(|(from, _)| from.module);
        let others = self.before.iter().chain(&self.stars).copied();
        imports.chain(passed_on).chain(others).collect()
    }

    /// The statements.
    pub(super) fn text(&self, graph: &Graph<'_>) -> String {
        let mut text = String::new();
        let url = |id: Id| literal(graph.get(id).url);
        for id in &self.before {
            writeln!(text, "import {};", url(*id)).expect(INFALLIBLE);
        }
        for (local, from) in &self.imports {
            let name = match from.name.as_str() {
                "*" => format!("* as {local}"),
                name => format!("{{ {} as {local} }}", literal(name)),
            };
            writeln!(text, "import {name} from {};", url(from.module)).expect(INFALLIBLE);
        }
        for (local, alias) in &self.exports {
            writeln!(text, "export {{ {local} as {} }};", literal(alias)).expect(INFALLIBLE);
        }
        for (from, alias) in &self.passed_on {
            let alias = literal(alias);
            let name = match from.name.as_str() {
                "*" => format!("* as {alias}"),
                name => format!("{{ {} as {alias} }}", literal(name)),
            };
            writeln!(text, "export {name} from {};", url(from.module)).expect(INFALLIBLE);
        }
        for id in &self.stars {
            writeln!(text, "export * from {};", url(*id)).expect(INFALLIBLE);
        }
        text
    }

    /// The same as a shape has it; `known` are the imports of the whole text.
    pub(super) fn imports(&self, graph: &Graph<'_>, id: Id) -> Vec<Import> {
        let mut names: BTreeMap<Id, Vec<ImportedName>> = BTreeMap::new();
        for target in self.targets() {
            names.insert(target, Vec::new());
        }
        let asked = self.imports.iter().map(|(_, from)| from);
        for from in asked.chain(self.passed_on.iter().map(|(from, _)| from)) {
            names.entry(from.module).or_default().push(ImportedName {
                name: from.name.clone(),
                only_reexported: false,
                position: None,
            });
        }
        let module = graph.get(id);
        let hints = |target: Id| {
            let known = module.imports.iter().zip(&module.targets);
            let same =
                known.filter(|(import, to)| **to == Some(target) && import.kind == Kind::Static);
            same.flat_map(|(import, _)| import.hints.clone()).collect()
        };
        let imports = names.into_iter().map(|(target, names)| Import {
            specifier: graph.get(target).url.to_owned(),
            names,
            hints: hints(target),
            kind: Kind::Static,
            guarded: false,
            attribute: None,
            position: None,
        });
        imports.collect()
    }

    /// The names that the module exports, and the specifiers of the modules that it passes on whole.
    pub(super) fn outside(&self, graph: &Graph<'_>) -> (BTreeSet<String>, Vec<String>) {
        let mut names = self.declared.clone();
        names.extend(self.exports.iter().map(|(_, alias)| alias.clone()));
        names.extend(self.passed_on.iter().map(|(_, alias)| alias.clone()));
        let stars = self.stars.iter().map(|id| graph.get(*id).url.to_owned());
        (names, stars.collect())
    }
}

const INFALLIBLE: &str = "writing to a string cannot fail";
