//! A module loader whose graph comes after the isolate: spare isolates are made before anybody knows
//! which project version they will run.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use deno_core::{
    ModuleLoadOptions, ModuleLoadReferrer, ModuleLoadResponse, ModuleLoader, ModuleResolveResponse,
    ModuleSpecifier, ResolutionKind, SourceCodeCacheInfo,
};
use deno_error::JsErrorBox;

use crate::modules::{GraphLoader, Loaded, ModuleGraph};

/// What the specifiers of the program's own scripts start with.
const SCRIPT_SCHEME: &str = "ext";

#[derive(Default)]
pub struct AssignedLoader {
    graph: RefCell<Option<GraphLoader>>,
    pub loaded: Rc<Loaded>,
    maps: Cell<Maps>,
    #[cfg(test)]
    maps_read: Cell<usize>,
}

/// Whether source maps are there for who asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Maps {
    #[default]
    Shown,
    Hidden,
    /// Somebody was told that there is none.
    Denied,
}

impl AssignedLoader {
    pub fn assign(&self, graph: Arc<ModuleGraph>) {
        *self.graph.borrow_mut() = Some(GraphLoader::new(graph, self.loaded.clone()));
    }

    /// Says from here on that files have no source maps.
    pub fn hide_maps(&self) {
        self.maps.set(Maps::Hidden);
    }

    /// The opposite. Returns whether anybody has asked meanwhile.
    pub fn show_maps(&self) -> bool {
        self.maps.replace(Maps::Shown) == Maps::Denied
    }

    #[cfg(test)]
    pub fn maps_read(&self) -> usize {
        self.maps_read.get()
    }
}

const UNASSIGNED: &str = "modules are loaded only after a graph is assigned";

impl ModuleLoader for AssignedLoader {
    fn resolve(
        &self,
        specifier: &str,
        referrer: &str,
        kind: ResolutionKind,
    ) -> ModuleResolveResponse {
        match self.graph.borrow().as_ref() {
            Some(graph) => graph.resolve(specifier, referrer, kind),
            None => Err(JsErrorBox::generic(UNASSIGNED)),
        }
    }

    fn load(
        &self,
        specifier: &ModuleSpecifier,
        referrer: Option<&ModuleLoadReferrer>,
        options: ModuleLoadOptions,
    ) -> ModuleLoadResponse {
        match self.graph.borrow().as_ref() {
            Some(graph) => graph.load(specifier, referrer, options),
            None => ModuleLoadResponse::Sync(Err(JsErrorBox::generic(UNASSIGNED))),
        }
    }

    fn get_code_cache(
        &self,
        specifier: &ModuleSpecifier,
        _source: &str,
    ) -> Option<SourceCodeCacheInfo> {
        let data = partyrun_js::code_cache(specifier.as_str());
        self.loaded.note(data.is_some());
        Some(SourceCodeCacheInfo {
            // A specifier has one text for the life of the process.
            hash: 0,
            data: Some(Cow::Borrowed(data?)),
        })
    }

    fn code_cache_ready(
        &self,
        specifier: ModuleSpecifier,
        hash: u64,
        code_cache: &[u8],
    ) -> Pin<Box<dyn Future<Output = ()>>> {
        // Code is offered here only in place of code that was refused.
        if specifier.scheme() == SCRIPT_SCHEME {
            self.loaded.note_refusal();
            return Box::pin(std::future::ready(()));
        }
        match self.graph.borrow().as_ref() {
            Some(graph) => graph.code_cache_ready(specifier, hash, code_cache),
            None => Box::pin(std::future::ready(())),
        }
    }

    fn get_source_map(&self, file_name: &str) -> Option<Cow<'_, [u8]>> {
        if self.maps.get() != Maps::Shown {
            self.maps.set(Maps::Denied);
            return None;
        }
        let graph = self.graph.borrow();
        let map = graph.as_ref()?.get_source_map(file_name)?;
        #[cfg(test)]
        self.maps_read.set(self.maps_read.get() + 1);
        Some(Cow::Owned(map.into_owned()))
    }

    fn source_map_source_exists(&self, source_url: &str) -> Option<bool> {
        self.graph
            .borrow()
            .as_ref()?
            .source_map_source_exists(source_url)
    }

    fn get_source_mapped_source_line(&self, file_name: &str, line_number: usize) -> Option<String> {
        self.graph
            .borrow()
            .as_ref()?
            .get_source_mapped_source_line(file_name, line_number)
    }
}
