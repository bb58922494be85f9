//! One isolate's view of a graph for `require`, and for files without JavaScript.
//!
//! Never reads files. All isolates of a graph share texts, V8's code of them and compiled WebAssembly.

use std::rc::Rc;
use std::sync::Arc;

use partyrun_ops::modules_interface::{Modules, Required, Script, Wasm};

use super::code::{Form, Loaded};
use super::graph::{Content, Link, ModuleGraph};

/// What the ops of one isolate ask.
pub struct GraphModules {
    graph: Arc<ModuleGraph>,
    loaded: Rc<Loaded>,
}

impl GraphModules {
    pub fn new(graph: Arc<ModuleGraph>, loaded: Rc<Loaded>) -> Self {
        Self { graph, loaded }
    }

    fn content(&self, url: &str) -> Option<&Content> {
        self.graph.node(url).map(|node| &node.content)
    }
}

impl Modules for GraphModules {
    fn require(&self, referrer: &str, specifier: &str) -> Required {
        let link = self
            .graph
            .node(referrer)
            .and_then(|node| node.requires.get(specifier));
        let url = match link {
            Some(Link::Module(url)) => url.to_string(),
            Some(Link::Failure(reason)) => {
                return Required::Missing(format!("Cannot find module '{specifier}': {reason}"));
            }
            None => {
                return Required::Missing(format!(
                    "Dynamic require of \"{specifier}\" is not supported"
                ));
            }
        };
        match self.content(&url) {
            Some(Content::CommonJs | Content::Mixed) => Required::CommonJs(url),
            Some(Content::Es) => Required::Es(url),
            Some(Content::Json(_)) => Required::Json(url),
            Some(Content::Text(_)) => Required::Text(url),
            Some(Content::Wasm(_)) => Required::Wasm(url),
            Some(Content::Bytes(_)) => Required::Bytes(url),
            Some(Content::Builtin) => Required::Builtin(url),
            Some(Content::Empty) => Required::Empty,
            None => Required::Missing(format!("Cannot find module '{specifier}'")),
        }
    }

    fn script(&self, url: &str) -> Option<Script> {
        let node = self.graph.node(url)?;
        matches!(node.content, Content::CommonJs).then(|| Script {
            text: node.module.source_code(),
            code_cache: self.loaded.load(&node.module, Form::Function),
        })
    }

    fn code_refused(&self) {
        self.loaded.note_refusal();
    }

    fn text(&self, url: &str) -> Option<Arc<str>> {
        match self.content(url)? {
            Content::Json(text) | Content::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    fn bytes(&self, url: &str) -> Option<Arc<[u8]>> {
        match self.content(url)? {
            Content::Bytes(bytes) => Some(bytes.clone()),
            _ => None,
        }
    }

    fn wasm(&self, url: &str) -> Option<Arc<Wasm>> {
        match self.content(url)? {
            Content::Wasm(wasm) => Some(wasm.clone()),
            _ => None,
        }
    }
}
