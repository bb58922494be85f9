//! What the module ops need from the runtime: the files of a project's module graph that are not
//! loaded as ES modules. Owns nothing; `runtime` implements the trait.

use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use deno_core::{FastString, v8};

/// What `require` of a specifier means.
pub enum Required {
    /// A CommonJS file, by URL.
    CommonJs(String),
    /// An ES module, by URL: it has been evaluated before the file that asks.
    Es(String),
    /// The value of a JSON file's text.
    Json(String),
    /// A file's text itself.
    Text(String),
    /// A `WebAssembly.Module`.
    Wasm(String),
    /// An `ArrayBuffer`.
    Bytes(String),
    /// A module that comes with the program, by URL.
    Builtin(String),
    /// A module without content.
    Empty,
    /// There is none, with the reason.
    Missing(String),
}

/// The text of a CommonJS file's function.
pub struct Script {
    /// One for all isolates.
    pub text: FastString,
    /// What an isolate before this one compiled.
    pub code_cache: Option<&'static [u8]>,
}

/// A WebAssembly file.
#[derive(Default)]
pub struct Wasm {
    pub bytes: Vec<u8>,
    /// Compiled once for all isolates.
    pub compiled: OnceLock<v8::CompiledWasmModule>,
}

/// The module graph of one isolate, as its ops see it. Files are named by URL.
pub trait Modules {
    /// What `require(specifier)` means in the file `referrer`.
    fn require(&self, referrer: &str, specifier: &str) -> Required;
    fn script(&self, url: &str) -> Option<Script>;
    /// V8 has refused the code that came with a script.
    fn code_refused(&self);
    fn text(&self, url: &str) -> Option<Arc<str>>;
    fn bytes(&self, url: &str) -> Option<Arc<[u8]>>;
    fn wasm(&self, url: &str) -> Option<Arc<Wasm>>;
}

/// The graph as it is kept in `OpState`.
pub type SharedModules = Rc<dyn Modules>;
