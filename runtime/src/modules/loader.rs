//! One isolate's view of a graph: answers V8's questions for modules, from memory.
//!
//! Never reads files. All isolates of a graph share the texts and V8's code of them.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use deno_core::error::ModuleLoaderError;
use deno_core::{
    ModuleLoadOptions, ModuleLoadReferrer, ModuleLoadResponse, ModuleLoader, ModuleResolveResponse,
    ModuleSource, ModuleSourceCode, ModuleSpecifier, ModuleType, ResolutionKind,
    SourceCodeCacheInfo,
};
use deno_error::JsErrorBox;

use super::code::{Form, Loaded};
use super::graph::{Link, ModuleGraph};

/// The module loader of one isolate.
pub struct GraphLoader {
    graph: Arc<ModuleGraph>,
    loaded: Rc<Loaded>,
}

impl GraphLoader {
    pub fn new(graph: Arc<ModuleGraph>, loaded: Rc<Loaded>) -> Self {
        Self { graph, loaded }
    }

    /// A computed `import()` can name any module of the graph, by URL or relative to its importer.
    fn resolve_computed(&self, specifier: &str, referrer: &str) -> Option<ModuleSpecifier> {
        let url = match ModuleSpecifier::parse(specifier) {
            Ok(url) => url,
            Err(_) if specifier.starts_with(['.', '/']) => ModuleSpecifier::parse(referrer)
                .ok()?
                .join(specifier)
                .ok()?,
            Err(_) => return None,
        };
        let candidates = [
            "",
            ".ts",
            ".tsx",
            ".js",
            ".jsx",
            ".json",
            "/index.ts",
            "/index.js",
        ];
        candidates.iter().find_map(|suffix| {
            let candidate = format!("{url}{suffix}");
            self.graph
                .module(&candidate)
                .map(|module| module.url.clone())
        })
    }
}

impl ModuleLoader for GraphLoader {
    fn resolve(
        &self,
        specifier: &str,
        referrer: &str,
        _kind: ResolutionKind,
    ) -> ModuleResolveResponse {
        match self.graph.link(referrer, specifier) {
            Some(Link::Module(url)) => return Ok(url.clone()),
            Some(Link::Failure(message)) => return Err(JsErrorBox::type_error(message.clone())),
            None => {}
        }
        self.resolve_computed(specifier, referrer).ok_or_else(|| {
            JsErrorBox::type_error(format!(
                "Cannot import a module that no file of this project imports by a constant name, \
                 from `{referrer}`: `{specifier}`"
            ))
        })
    }

    fn load(
        &self,
        specifier: &ModuleSpecifier,
        _referrer: Option<&ModuleLoadReferrer>,
        _options: ModuleLoadOptions,
    ) -> ModuleLoadResponse {
        ModuleLoadResponse::Sync(self.source(specifier))
    }

    /// Called for code that V8 has refused: without code to take, none is asked for.
    fn code_cache_ready(
        &self,
        _specifier: ModuleSpecifier,
        _hash: u64,
        _code_cache: &[u8],
    ) -> Pin<Box<dyn Future<Output = ()>>> {
        self.loaded.note_refusal();
        Box::pin(std::future::ready(()))
    }

    fn get_source_map(&self, file_name: &str) -> Option<Cow<'_, [u8]>> {
        self.graph.source_map(file_name).map(Cow::Borrowed)
    }

    fn source_map_source_exists(&self, source_url: &str) -> Option<bool> {
        Some(self.graph.module(source_url).is_some())
    }

    fn get_source_mapped_source_line(&self, file_name: &str, line_number: usize) -> Option<String> {
        let module = self.graph.module(file_name)?;
        module.source.lines().nth(line_number).map(str::to_owned)
    }
}

impl GraphLoader {
    fn source(&self, specifier: &ModuleSpecifier) -> Result<ModuleSource, ModuleLoaderError> {
        let module = self.graph.module(specifier.as_str()).ok_or_else(|| {
            JsErrorBox::type_error(format!(
                "Cannot find this module in the project: `{specifier}`"
            ))
        })?;
        // Code that V8 would make now, before the module has run, lacks what running it compiles.
        let code = self.loaded.load(module, Form::Module);
        let code_cache = code.map(|data| SourceCodeCacheInfo {
            hash: module.hash,
            data: Some(Cow::Borrowed(data)),
        });
        Ok(ModuleSource::new(
            ModuleType::JavaScript,
            ModuleSourceCode::String(module.source_code()),
            specifier,
            code_cache,
        ))
    }
}

#[cfg(test)]
mod tests;
