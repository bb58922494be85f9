//! From drafts to the modules of a graph: CommonJS files get the ES modules that stand for them, and
//! what has no text of its own gets one.
//!
//! Never reads files.

use std::collections::{BTreeSet, HashMap, HashSet};

use deno_core::ModuleSpecifier;

use super::draft::{Body, Draft};
use super::facade::{self, Interop, MODULE, REQUIRE, RUNTIME};
use super::files::FileCache;
use super::graph::{Content, Link, Node};
use super::relations::{self, Drafts};
use super::synthetic;

/// The modules by URL; `entries` lead to them afterwards.
pub(super) fn assemble(
    cache: &mut FileCache,
    mut drafts: Drafts,
    entries: &mut HashMap<String, ModuleSpecifier>,
) -> HashMap<String, Node> {
    drop_unreachable(&mut drafts, entries.values());
    let mut assembly = Assembly {
        common_js: relations::common_js(&drafts),
        mixed: relations::mixed(&drafts),
        wanted: relations::wanted(&drafts),
        facades: BTreeSet::new(),
        modules: HashMap::new(),
        cache,
    };
    // The program that loads an entry is no `.mjs`.
    for entry in entries.values_mut() {
        assembly.lead(entry, Interop::Compiler);
    }
    let uses_require = assembly.uses_require(&drafts);
    for (url, requires) in &uses_require {
        let provided = relations::required_es_modules(&drafts, &assembly.common_js, url);
        assembly.add(
            requires.as_str(),
            facade::require(url, &provided),
            &provided,
        );
    }
    for (url, draft) in &mut drafts {
        for link in draft.links.values_mut() {
            if let Link::Module(target) = link {
                assembly.lead(target, draft.interop);
            }
        }
        if let Some(requires) = uses_require.get(url) {
            let link = Link::Module(requires.clone());
            draft.links.insert(REQUIRE.to_owned(), link);
        }
    }
    for url in assembly.mixed.clone() {
        if let Some(draft) = drafts.get_mut(&url) {
            assembly.add_module(&url, draft);
        }
    }
    for (url, interop) in std::mem::take(&mut assembly.facades) {
        assembly.add_facade(&drafts, &url, interop);
    }
    for (url, draft) in drafts {
        assembly.add_draft(url, draft);
    }
    assembly.modules
}

/// Modules that nobody leads to any more, because a package has become another file.
fn drop_unreachable<'a>(drafts: &mut Drafts, entries: impl Iterator<Item = &'a ModuleSpecifier>) {
    let mut reached: HashSet<String> = HashSet::new();
    let mut rest: Vec<String> = entries.map(ToString::to_string).collect();
    while let Some(url) = rest.pop() {
        if let Some(draft) = drafts.get(&url)
            && reached.insert(url)
        {
            let links = draft.links.values().chain(draft.requires.values());
            rest.extend(links.filter_map(|link| match link {
                Link::Module(target) => Some(target.to_string()),
                Link::Failure(_) => None,
            }));
        }
    }
    drafts.retain(|url, _| reached.contains(url));
}

struct Assembly<'a> {
    common_js: HashSet<String>,
    /// ES modules that export an object as CommonJS does.
    mixed: HashSet<String>,
    wanted: HashMap<String, BTreeSet<String>>,
    /// Files with an object for their exports that ES modules import, and how.
    facades: BTreeSet<(String, Interop)>,
    modules: HashMap<String, Node>,
    cache: &'a mut FileCache,
}

impl Assembly<'_> {
    /// Turns a link to a CommonJS file into one to the ES module that stands for it.
    fn lead(&mut self, target: &mut ModuleSpecifier, interop: Interop) {
        if self.common_js.contains(target.as_str()) || self.mixed.contains(target.as_str()) {
            self.facades.insert((target.to_string(), interop));
            *target = facade::url(target, interop);
        }
    }

    /// The ES modules that use `require`, and the modules that give it to them.
    fn uses_require(&self, drafts: &Drafts) -> HashMap<String, ModuleSpecifier> {
        let uses = drafts.iter().filter_map(|(url, draft)| match &draft.body {
            Body::Script(script)
                if script.module.shape.format.is_module() && script.module.shape.uses_require =>
            {
                Some((url.clone(), facade::require_url(&script.module.url)))
            }
            _ => None,
        });
        uses.collect()
    }

    fn add_facade(&mut self, drafts: &Drafts, url: &str, interop: Interop) {
        let nothing = BTreeSet::new();
        let named = self.wanted.get(url).unwrap_or(&nothing);
        let listed = match named.contains("*") {
            true => relations::shown(drafts, url),
            false => BTreeSet::new(),
        };
        let provided = match self.mixed.contains(url) {
            true => BTreeSet::from([url.to_owned()]),
            false => relations::required_es_modules(drafts, &self.common_js, url),
        };
        let text = facade::common_js(url, interop, named, &listed, &provided);
        let file = ModuleSpecifier::parse(url).expect("the URL was printed from a URL");
        self.add(facade::url(&file, interop).as_str(), text, &provided);
    }

    /// Gives a file of ES modules its `module`.
    fn add_module(&mut self, url: &str, draft: &mut Draft) {
        let file = ModuleSpecifier::parse(url).expect("the URL was printed from a URL");
        let module = facade::module_url(&file);
        self.add(module.as_str(), facade::module(url), &BTreeSet::new());
        draft.links.insert(MODULE.to_owned(), Link::Module(module));
    }

    /// Adds an ES module of our own making.
    fn add(&mut self, url: &str, text: String, imports: &BTreeSet<String>) {
        let module = self.cache.synthetic(url, text);
        let targets = imports.iter().map(String::as_str).chain([RUNTIME]);
        let links = targets.map(|target| {
            let url = ModuleSpecifier::parse(target).expect("the URL was printed from a URL");
            (target.to_owned(), Link::Module(url))
        });
        let node = Node {
            module,
            links: links.collect(),
            requires: HashMap::new(),
            content: Content::Es,
        };
        self.modules.insert(url.to_owned(), node);
    }

    fn add_draft(&mut self, url: String, draft: Draft) {
        let nothing = BTreeSet::new();
        let names = self.wanted.get(&url).unwrap_or(&nothing);
        let (text, content) = match draft.body {
            Body::Script(script) => {
                let content = if self.common_js.contains(&url) {
                    Content::CommonJs
                } else if self.mixed.contains(&url) {
                    Content::Mixed
                } else {
                    Content::Es
                };
                let node = Node {
                    module: script.module,
                    links: draft.links,
                    requires: draft.requires,
                    content,
                };
                self.modules.insert(url, node);
                return;
            }
            Body::Json { source, json } => (
                synthetic::json_text(&source, &json, names),
                Content::Json(source),
            ),
            Body::Builtin(builtin) => (builtin.text(names), Content::Builtin),
            Body::Text(source) => (facade::text(&source), Content::Text(source)),
            Body::Wasm(wasm) => (facade::value("wasm", &url), Content::Wasm(wasm)),
            Body::Bytes(bytes) => (facade::value("bytes", &url), Content::Bytes(bytes)),
            Body::Empty => (synthetic::empty_text(names), Content::Empty),
        };
        self.add(&url, text, &BTreeSet::new());
        if let Some(node) = self.modules.get_mut(&url) {
            node.content = content;
        }
    }
}
