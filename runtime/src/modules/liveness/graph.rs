//! The modules of a project as the rules see them: numbers instead of URLs, who leads where, what
//! each exports, who runs only when asked.
//!
//! Never decides what runs.

use std::collections::{HashMap, HashSet};

use super::facts::{Facts, Symbol};
use crate::modules::draft::{Body, Draft};
use crate::modules::graph::Link;
use crate::modules::relations::{self, Drafts};
use crate::modules::shape::{Import, Kind};

/// A module's place in [`Graph::modules`].
pub(super) type Id = usize;

/// A name of a module that another may bind.
pub(super) type Place = (Id, Symbol);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    /// An ES module, whose names are known.
    Es,
    /// Exports an object, known when it has run.
    CommonJs,
    /// CommonJS and ES module in one, or not to be cut: all or nothing.
    Whole,
    /// No script of the project. Data has no side effects, what comes with the program may.
    Foreign { has_side_effects: bool },
}

pub(super) struct Module<'a> {
    pub url: &'a str,
    pub draft: &'a Draft,
    pub nature: Nature,
    pub facts: &'a Facts,
    pub imports: &'a [Import],
    /// By import of the shape; `None` where it leads nowhere.
    pub targets: Vec<Option<Id>>,
    /// Where computed paths may lead.
    pub computed: Vec<Id>,
    /// Runs when it is first required or imported by a call, with all that it imports.
    pub is_lazy: bool,
    /// Passes on names that are known only when it runs.
    pub is_dynamic: bool,
    /// The names of its own exports, without those behind `export *`.
    own_names: HashSet<&'a str>,
    /// Its own exports and those behind `export *`, by name.
    pub exports: HashMap<&'a str, Exported>,
}

/// What a name leads to, in the module itself or behind `export *`.
#[derive(Debug, Clone)]
pub(super) struct Exported {
    pub place: Place,
    /// Other modules behind `export *` that have the name as well.
    pub rivals: Vec<Place>,
}

pub(super) struct Graph<'a> {
    pub modules: Vec<Module<'a>>,
    pub ids: HashMap<&'a str, Id>,
}

impl<'a> Graph<'a> {
    pub(super) fn new(drafts: &'a Drafts) -> Self {
        let common_js = relations::common_js(drafts);
        let ids: HashMap<&str, Id> = drafts
            .keys()
            .enumerate()
            .map(|(id, url)| (url.as_str(), id))
            .collect();
        let modules = drafts
            .iter()
            .map(|(url, draft)| module(url, draft, &ids, common_js.contains(url)))
            .collect();
        let mut graph = Self { modules, ids };
        graph.find_lazy();
        graph.find_dynamic();
        graph.find_exports();
        graph
    }

    /// Modules that somebody requires or imports by a call, CommonJS, and all that these lead to.
    fn find_lazy(&mut self) {
        let mut rest = Vec::new();
        for (id, module) in self.modules.iter().enumerate() {
            if module.nature == Nature::CommonJs {
                rest.push(id);
            }
            rest.extend(&module.computed);
            let imports = module.imports.iter().zip(&module.targets);
            rest.extend(
                imports
                    .filter(|(import, _)| import.kind != Kind::Static)
                    .filter_map(|(_, target)| *target),
            );
        }
        while let Some(id) = rest.pop() {
            let module = &mut self.modules[id];
            if !std::mem::replace(&mut module.is_lazy, true) {
                rest.extend(module.targets.iter().flatten());
            }
        }
    }

    fn find_dynamic(&mut self) {
        let mut rest = Vec::new();
        let mut importers: HashMap<Id, Vec<Id>> = HashMap::new();
        for id in 0..self.modules.len() {
            for target in self.stars(id) {
                match self.modules[target].nature {
                    Nature::Es => importers.entry(target).or_default().push(id),
                    _ => rest.push(id),
                }
            }
        }
        while let Some(id) = rest.pop() {
            if !std::mem::replace(&mut self.modules[id].is_dynamic, true) {
                rest.extend(importers.get(&id).into_iter().flatten());
            }
        }
    }

    /// Where `export * from` of an ES module leads.
    pub(super) fn stars(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        let module = &self.modules[id];
        let stars = match module.nature {
            Nature::Es => &module.facts.stars[..],
            _ => &[],
        };
        stars
            .iter()
            .filter_map(|star| module.targets[*star as usize])
    }

    /// Whether an `export *` of the module itself is settled when it runs.
    pub(super) fn has_star_at_run_time(&self, id: Id) -> bool {
        self.stars(id).any(|target| self.is_open(target))
    }

    /// Whether not all names of the module are known.
    pub(super) fn is_open(&self, id: Id) -> bool {
        self.modules[id].nature != Nature::Es || self.modules[id].is_dynamic
    }

    fn find_exports(&mut self) {
        for id in 0..self.modules.len() {
            let module = &self.modules[id];
            if module.nature != Nature::Es {
                continue;
            }
            let own = module.facts.exports.iter().map(|export| {
                let place = (id, export.symbol);
                let exported = Exported {
                    place,
                    rivals: Vec::new(),
                };
                (export.alias.as_str(), exported)
            });
            let mut exports = own.collect();
            if !module.facts.stars.is_empty() {
                self.add_stars(id, &mut exports, &mut vec![id]);
            }
            self.modules[id].exports = exports;
        }
    }

    fn add_stars(&self, id: Id, exports: &mut HashMap<&'a str, Exported>, path: &mut Vec<Id>) {
        for target in self.stars(id) {
            if path.contains(&target) || self.modules[target].nature != Nature::Es {
                continue;
            }
            let facts: &'a Facts = self.modules[target].facts;
            for export in &facts.exports {
                let alias = export.alias.as_str();
                if alias == "default" || path.iter().any(|above| self.has_own(*above, alias)) {
                    continue;
                }
                let place = (target, export.symbol);
                exports
                    .entry(alias)
                    .and_modify(|known| {
                        if known.place.0 != target {
                            known.rivals.push(place);
                        }
                    })
                    .or_insert_with(|| Exported {
                        place,
                        rivals: Vec::new(),
                    });
            }
            path.push(target);
            self.add_stars(target, exports, path);
            path.pop();
        }
    }

    fn has_own(&self, id: Id, alias: &str) -> bool {
        let module = &self.modules[id];
        module.own_names.contains(alias)
    }

    pub(super) fn get(&self, id: Id) -> &Module<'a> {
        &self.modules[id]
    }

    /// The modules that lead nowhere else by a way that runs at once.
    pub(super) fn static_targets(&self, id: Id, part: usize) -> impl Iterator<Item = Id> + '_ {
        let module = &self.modules[id];
        let imports = module.facts.parts[part].imports.iter();
        imports
            .map(|import| *import as usize)
            .filter(|import| module.imports[*import].kind == Kind::Static)
            .filter_map(|import| module.targets[import])
    }
}

impl Module<'_> {
    /// Whether the module runs for nothing but its effects.
    pub(super) fn has_side_effects(&self) -> bool {
        match self.nature {
            Nature::Foreign { has_side_effects } => has_side_effects,
            _ => self.draft.has_side_effects,
        }
    }

    pub(super) fn is_script(&self) -> bool {
        !matches!(self.nature, Nature::Foreign { .. })
    }
}

static NOTHING: std::sync::LazyLock<Facts> = std::sync::LazyLock::new(Facts::default);

fn module<'a>(
    url: &'a str,
    draft: &'a Draft,
    ids: &HashMap<&str, Id>,
    is_common_js: bool,
) -> Module<'a> {
    let id = |link: &Link| match link {
        Link::Module(url) => ids.get(url.as_str()).copied(),
        Link::Failure(_) => None,
    };
    let foreign = |has_side_effects| Module {
        url,
        draft,
        nature: Nature::Foreign { has_side_effects },
        facts: &NOTHING,
        imports: &[],
        targets: Vec::new(),
        computed: Vec::new(),
        is_lazy: false,
        is_dynamic: false,
        own_names: HashSet::new(),
        exports: HashMap::new(),
    };
    let script = match &draft.body {
        Body::Script(script) => script,
        Body::Builtin(_) | Body::Wasm(_) | Body::Bytes(_) => return foreign(true),
        Body::Json { .. } | Body::Text(_) | Body::Empty => return foreign(false),
    };
    let shape = &script.module.shape;
    let nature = if is_common_js {
        Nature::CommonJs
    } else if shape.format.has_exports_object() || script.facts.is_fixed {
        Nature::Whole
    } else {
        Nature::Es
    };
    let target = |import: &Import| {
        let links = match import.kind {
            Kind::Require => &draft.requires,
            Kind::Static | Kind::Dynamic => &draft.links,
        };
        links.get(&import.specifier).and_then(id)
    };
    let computed = match shape.patterns.is_empty() {
        true => Vec::new(),
        false => draft
            .links
            .values()
            .chain(draft.requires.values())
            .filter_map(id)
            .collect(),
    };
    Module {
        url,
        draft,
        nature,
        facts: &script.facts,
        imports: &shape.imports,
        targets: shape.imports.iter().map(target).collect(),
        computed,
        is_lazy: false,
        is_dynamic: false,
        own_names: script
            .facts
            .exports
            .iter()
            .map(|export| export.alias.as_str())
            .collect(),
        exports: HashMap::new(),
    }
}
