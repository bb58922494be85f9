//! What runs: starting from what the program asks of its entries, every statement with an effect in a
//! file that runs, and all that such statements need.
//!
//! Never changes a module.

use super::binding::{Bound, Origin};
use super::graph::{Graph, Id, Nature};
use crate::modules::shape::Kind;

/// What was found to run.
pub(super) struct Live {
    pub files: Vec<bool>,
    /// By module and part.
    pub parts: Vec<Vec<bool>>,
    /// Modules all of whose exports are needed.
    pub namespaces: Vec<bool>,
}

enum Task {
    File(Id),
    Part(Id, u32),
    Namespace(Id),
}

/// Marks what runs for the sake of `entries`, whose default exports the program uses.
pub(super) fn mark(graph: &Graph<'_>, entries: &[Id]) -> Live {
    let modules = graph.modules.len();
    let parts = graph.modules.iter();
    let mut marker = Marker {
        graph,
        live: Live {
            files: vec![false; modules],
            parts: parts
                .map(|module| vec![false; module.facts.parts.len()])
                .collect(),
            namespaces: vec![false; modules],
        },
        tasks: Vec::new(),
    };
    for entry in entries {
        marker.enter(*entry);
    }
    while let Some(task) = marker.tasks.pop() {
        match task {
            Task::File(id) => marker.file(id),
            Task::Part(id, part) => marker.part(id, part),
            Task::Namespace(id) => marker.namespace(id),
        }
    }
    marker.live
}

struct Marker<'a> {
    graph: &'a Graph<'a>,
    live: Live,
    tasks: Vec<Task>,
}

impl Marker<'_> {
    fn enter(&mut self, id: Id) {
        let module = self.graph.get(id);
        if module.nature != Nature::Es || module.has_side_effects() || module.is_lazy {
            self.tasks.push(Task::File(id));
        }
        if module.is_dynamic {
            self.tasks.push(Task::Namespace(id));
        }
        if let Some(bound) = self.graph.follow_export(id, "default") {
            self.need(&bound);
        }
    }

    fn need(&mut self, bound: &Bound) {
        let parts = bound.through.iter();
        self.tasks
            .extend(parts.map(|(id, part)| Task::Part(*id, *part)));
        match bound.origin {
            Origin::Namespace(id) | Origin::Open(id, _) => self.tasks.push(Task::Namespace(id)),
            Origin::Own(_) | Origin::Foreign(_) | Origin::Nowhere => {}
        }
    }

    fn file(&mut self, id: Id) {
        if std::mem::replace(&mut self.live.files[id], true) {
            return;
        }
        let module = self.graph.get(id);
        let is_whole = module.nature == Nature::Whole;
        for (index, part) in module.facts.parts.iter().enumerate() {
            let mut is_needed = !part.is_removable || is_whole;
            for target in self.graph.static_targets(id, index) {
                let target_module = self.graph.get(target);
                if is_whole || target_module.has_side_effects() {
                    is_needed = true;
                    self.tasks.push(Task::File(target));
                }
            }
            if is_needed {
                self.tasks.push(Task::Part(id, index as u32));
            }
            if is_whole {
                self.bind_all(id, index);
            }
        }
    }

    /// A file that is not cut uses whatever it imports.
    fn bind_all(&mut self, id: Id, part: usize) {
        let facts = self.graph.get(id).facts;
        let imports = &facts.parts[part].imports;
        for binding in &facts.bindings {
            if imports.contains(&binding.import) {
                let bound = self.graph.follow((id, binding.symbol));
                self.need(&bound);
            }
        }
        for star in facts.stars.iter().filter(|star| imports.contains(star)) {
            let target = self.graph.get(id).targets[*star as usize];
            self.tasks.extend(target.map(Task::Namespace));
        }
    }

    fn part(&mut self, id: Id, part: u32) {
        if std::mem::replace(&mut self.live.parts[id][part as usize], true) {
            return;
        }
        self.tasks.push(Task::File(id));
        let module = self.graph.get(id);
        let facts = module.facts;
        let this = &facts.parts[part as usize];
        for symbol in &this.uses {
            let declared = &facts.declared[*symbol as usize];
            let parts = declared.iter();
            self.tasks.extend(parts.map(|part| Task::Part(id, *part)));
            if facts.bound[*symbol as usize].is_some() {
                let bound = self.graph.follow((id, *symbol));
                self.need(&bound);
            }
        }
        for import in &this.imports {
            let import = *import as usize;
            let Some(target) = module.targets[import] else {
                continue;
            };
            let to = self.graph.get(target);
            match module.imports[import].kind {
                Kind::Static if to.is_lazy || to.nature != Nature::Es => {
                    self.tasks.push(Task::File(target));
                }
                Kind::Static if to.is_dynamic => self.tasks.push(Task::Namespace(target)),
                Kind::Static => {}
                Kind::Dynamic | Kind::Require => self.tasks.push(Task::Namespace(target)),
            }
        }
        if this.has_patterns {
            let computed = module.computed.iter();
            self.tasks.extend(computed.map(|id| Task::Namespace(*id)));
        }
        if self.graph.has_star_at_run_time(id) {
            self.tasks.push(Task::Namespace(id));
        }
    }

    fn namespace(&mut self, id: Id) {
        if std::mem::replace(&mut self.live.namespaces[id], true) {
            return;
        }
        self.tasks.push(Task::File(id));
        let names = self.graph.get(id).exports.keys();
        for name in names {
            if let Some(bound) = self.graph.follow_export(id, name) {
                self.need(&bound);
            }
        }
    }
}
