//! A module loader whose graph comes after the isolate: spare isolates are made before anybody knows
//! which project version they will run.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use deno_core::{
    ModuleLoadOptions, ModuleLoadReferrer, ModuleLoadResponse, ModuleLoader, ModuleResolveResponse,
    ModuleSpecifier, ResolutionKind, SourceCodeCacheInfo,
};
use deno_error::JsErrorBox;

use crate::modules::{GraphLoader, ModuleGraph};

/// Code caches of the program's own scripts that are not in the snapshot, by specifier: the first
/// isolate that loads one compiles it for all. Never dropped, as the scripts are not.
static SCRIPTS: LazyLock<RwLock<HashMap<String, &'static [u8]>>> = LazyLock::new(RwLock::default);

/// What the specifiers of such scripts start with.
const SCRIPT_SCHEME: &str = "ext";

#[derive(Default)]
pub struct AssignedLoader {
    graph: RefCell<Option<GraphLoader>>,
}

impl AssignedLoader {
    pub fn assign(&self, graph: Arc<ModuleGraph>) {
        *self.graph.borrow_mut() = Some(GraphLoader::new(graph));
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
        let scripts = SCRIPTS.read().unwrap_or_else(PoisonError::into_inner);
        let data = scripts.get(specifier.as_str());
        Some(SourceCodeCacheInfo {
            // A specifier has one text for the life of the process.
            hash: 0,
            data: data.map(|data| Cow::Borrowed(*data)),
        })
    }

    fn code_cache_ready(
        &self,
        specifier: ModuleSpecifier,
        hash: u64,
        code_cache: &[u8],
    ) -> Pin<Box<dyn Future<Output = ()>>> {
        if specifier.scheme() == SCRIPT_SCHEME {
            let mut scripts = SCRIPTS.write().unwrap_or_else(PoisonError::into_inner);
            scripts
                .entry(specifier.into())
                .or_insert_with(|| Box::leak(code_cache.to_vec().into_boxed_slice()));
            return Box::pin(std::future::ready(()));
        }
        match self.graph.borrow().as_ref() {
            Some(graph) => graph.code_cache_ready(specifier, hash, code_cache),
            None => Box::pin(std::future::ready(())),
        }
    }

    fn get_source_map(&self, file_name: &str) -> Option<Cow<'_, [u8]>> {
        let graph = self.graph.borrow();
        let map = graph.as_ref()?.get_source_map(file_name)?;
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
