//! The step itself: drafts in, the drafts of what runs out.
//!
//! Keeps no state; texts that were made before are kept with the files.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use deno_core::ModuleSpecifier;

use super::facts::PartKind;
use super::graph::{Graph, Id, Nature};
use super::linkage::Linkage;
use super::mark::{Live, mark};
use super::order::Order;
use super::plan::{Plan, plan};
use super::text::cut;
use crate::modules::compiled::Compiled;
use crate::modules::draft::{Body, Draft};
use crate::modules::files::{FileCache, Script};
use crate::modules::graph::Link;
use crate::modules::relations::Drafts;
use crate::modules::shape::{Format, Kind, Shape};

/// What a draft becomes.
struct Change {
    url: String,
    module: Option<Arc<Compiled>>,
    links: HashMap<String, Link>,
    requires: HashMap<String, Link>,
}

/// Leaves in `drafts` what runs for the sake of `entries`.
pub(in crate::modules) fn prune<'a>(
    cache: &mut FileCache,
    drafts: &mut Drafts,
    entries: impl Iterator<Item = &'a ModuleSpecifier>,
) {
    let changes = changes(cache, drafts, entries);
    for change in changes {
        let Some(draft) = drafts.get_mut(&change.url) else {
            continue;
        };
        draft.links = change.links;
        draft.requires = change.requires;
        if let (Some(module), Body::Script(script)) = (change.module, &mut draft.body) {
            script.module = module;
        }
    }
}

fn changes<'a>(
    cache: &mut FileCache,
    drafts: &Drafts,
    entries: impl Iterator<Item = &'a ModuleSpecifier>,
) -> Vec<Change> {
    let graph = Graph::new(drafts);
    let entries: Vec<Id> = entries
        .filter_map(|url| graph.ids.get(url.as_str()).copied())
        .collect();
    let live = mark(&graph, &entries);
    let plan = plan(&graph, &live);
    let mut cutter = Cutter {
        graph: &graph,
        live: &live,
        plan: &plan,
        cache,
        changes: Vec::new(),
    };
    let mut order = Order::new(&graph, &live);
    let mut shells = plan.asked.shells.clone();
    for id in 0..graph.modules.len() {
        if live.files[id] && graph.get(id).is_script() {
            cutter.module(id, &mut order, &mut shells);
        }
    }
    let mut done = BTreeSet::new();
    while let Some(id) = shells.pop_first() {
        if done.insert(id) {
            cutter.shell(id, &mut order, &mut shells);
        }
    }
    cutter.changes
}

struct Cutter<'a> {
    graph: &'a Graph<'a>,
    live: &'a Live,
    plan: &'a Plan,
    cache: &'a mut FileCache,
    changes: Vec<Change>,
}

impl Cutter<'_> {
    fn module(&mut self, id: Id, order: &mut Order<'_>, shells: &mut BTreeSet<Id>) {
        let (links, requires) = self.calls(id);
        let module = self.graph.get(id);
        let Body::Script(script) = &module.draft.body else {
            return;
        };
        let url = module.url.to_owned();
        if self.plan.intact[id] {
            let mut change = Change {
                url,
                module: None,
                links,
                requires,
            };
            self.keep_static(id, &mut change.links);
            self.changes.push(change);
            return;
        }
        if module.nature == Nature::CommonJs {
            let stays = &self.live.parts[id];
            let shape = self.shape(id, script, None);
            let module = self.variant(script, stays, "", shape);
            self.changes.push(Change {
                url,
                module: Some(module),
                links,
                requires,
            });
            return;
        }
        let mut linkage = Linkage::new(self.graph, self.live, self.plan, id, false);
        linkage.before = order.before(id, shells);
        let stays: Vec<bool> = module
            .facts
            .parts
            .iter()
            .zip(&self.live.parts[id])
            .map(|(part, is_live)| *is_live && part.kind == PartKind::Code)
            .collect();
        let shape = self.shape(id, script, Some(&linkage));
        let text = linkage.text(self.graph);
        let module = self.variant(script, &stays, &text, shape);
        self.push(id, module, links, requires, &linkage);
    }

    /// A module of which only the way through it is needed.
    fn shell(&mut self, id: Id, order: &mut Order<'_>, shells: &mut BTreeSet<Id>) {
        let module = self.graph.get(id);
        let Body::Script(script) = &module.draft.body else {
            return;
        };
        let mut linkage = Linkage::new(self.graph, self.live, self.plan, id, true);
        linkage.before = order.before(id, shells);
        let (exports, stars) = linkage.outside(self.graph);
        let shape = Shape {
            imports: linkage.imports(self.graph, id),
            exports,
            stars,
            format: Format::Es,
            ..Shape::default()
        };
        let text = linkage.text(self.graph);
        let key = key(&[], &text);
        let base = &script.module;
        let module = self.cache.variant(script, key, || {
            let source = base.source.clone();
            Compiled::new(base.url.clone(), text, source, Vec::new(), shape)
        });
        self.push(id, module, HashMap::new(), HashMap::new(), &linkage);
    }

    fn push(
        &mut self,
        id: Id,
        module: Arc<Compiled>,
        mut links: HashMap<String, Link>,
        requires: HashMap<String, Link>,
        linkage: &Linkage,
    ) {
        for target in linkage.targets() {
            let url = self.graph.get(target).url;
            let link = ModuleSpecifier::parse(url).expect("the URL was printed from a URL");
            links.insert(url.to_owned(), Link::Module(link));
        }
        self.changes.push(Change {
            url: self.graph.get(id).url.to_owned(),
            module: Some(module),
            links,
            requires,
        });
    }

    fn variant(
        &mut self,
        script: &Script,
        stays: &[bool],
        linkage: &str,
        shape: Shape,
    ) -> Arc<Compiled> {
        let base = &script.module;
        self.cache.variant(script, key(stays, linkage), || {
            let mut text = cut(base.text, &script.facts.parts, stays);
            if !linkage.is_empty() {
                text.push('\n');
                text.push_str(linkage);
            }
            let source = base.source.clone();
            // Where the text is the source, its lines and columns still are.
            Compiled::new(base.url.clone(), text, source, base.map.clone(), shape)
        })
    }

    /// The shape of a module that is cut.
    fn shape(&self, id: Id, script: &Script, linkage: Option<&Linkage>) -> Shape {
        let mut shape = script.module.shape.clone();
        let is_live = self.live_imports(id);
        let mut index = 0;
        shape.imports.retain(|import| {
            index += 1;
            is_live[index - 1] && import.kind != Kind::Static
        });
        if !self.has_patterns(id) {
            shape.patterns.clear();
        }
        if let Some(linkage) = linkage {
            shape.imports.extend(linkage.imports(self.graph, id));
            (shape.exports, shape.stars) = linkage.outside(self.graph);
        }
        shape
    }

    /// By import of the shape: whether it stands in a part that is live.
    fn live_imports(&self, id: Id) -> Vec<bool> {
        let module = self.graph.get(id);
        let mut is_live = vec![false; module.imports.len()];
        for (part, live) in module.facts.parts.iter().zip(&self.live.parts[id]) {
            for import in &part.imports {
                is_live[*import as usize] |= *live;
            }
        }
        is_live
    }

    fn has_patterns(&self, id: Id) -> bool {
        let parts = self.graph.get(id).facts.parts.iter();
        let mut parts = parts.zip(&self.live.parts[id]);
        parts.any(|(part, is_live)| part.has_patterns && *is_live)
    }

    /// Where the calls of `import` and `require` lead that may happen.
    fn calls(&self, id: Id) -> (HashMap<String, Link>, HashMap<String, Link>) {
        let Draft {
            links, requires, ..
        } = self.graph.get(id).draft;
        if self.has_patterns(id) {
            return (links.clone(), requires.clone());
        }
        let (mut imported, mut required) = (HashMap::new(), HashMap::new());
        let imports = self.graph.get(id).imports.iter();
        for (import, _) in imports.zip(self.live_imports(id)).filter(|(_, live)| *live) {
            let (from, to) = match import.kind {
                Kind::Static => continue,
                Kind::Dynamic => (links, &mut imported),
                Kind::Require => (requires, &mut required),
            };
            if let Some(link) = from.get(&import.specifier) {
                to.insert(import.specifier.clone(), link.clone());
            }
        }
        (imported, required)
    }

    /// The imports of a text that stays.
    fn keep_static(&self, id: Id, to: &mut HashMap<String, Link>) {
        let module = self.graph.get(id);
        let all = module.imports.iter();
        for import in all.filter(|import| import.kind == Kind::Static) {
            if let Some(link) = module.draft.links.get(&import.specifier) {
                to.insert(import.specifier.clone(), link.clone());
            }
        }
    }
}

fn key(stays: &[bool], linkage: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    stays.hash(&mut hasher);
    linkage.hash(&mut hasher);
    hasher.finish()
}
