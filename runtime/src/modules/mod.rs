//! The module graph: from a project's entry files to native ES modules that V8 can load.
//!
//! Owns the walk over imports, resolution, transpilation, source maps and the loader that an
//! isolate asks. Never executes JavaScript, never prints, never watches files.
//!
//! One file is one module. [`GraphBuilder`] keeps the transpiled text of each file between builds,
//! so that a reload transpiles what changed; [`ModuleGraph`] is the immutable result, shared by all
//! isolates of an epoch; [`GraphLoader`] answers one isolate from it.
//!
//! - `graph`, `walk`, `draft`, `links`: the walk, and the checks that need more than one module.
//! - `files`: what is known of each file from the builds before.
//! - `resolve`: specifier to file (specification 10.1), `tsconfig.json`.
//! - `transpile`, `define`, `fields`, `passes`, `shape`: one file's text to one module's text.
//! - `synthetic`: modules without JavaScript source: JSON, `partykit/server`, ignored files.
//! - `builtin`: modules that come with the program: those of Node.js and `cloudflare:`.
//! - `compiled`: a module ready for V8: text, source map, code cache.
//! - `error`: what a person reads when it fails.

mod builtin;
mod compiled;
mod define;
mod draft;
mod error;
mod fields;
mod files;
mod graph;
mod links;
mod loader;
mod passes;
mod resolve;
mod settings;
mod shape;
mod source_map;
mod synthetic;
#[cfg(test)]
mod testing;
mod transpile;
mod walk;

pub use error::{GraphError, Place, Problem, ProblemKind};
pub use graph::{GraphBuilder, GraphOptions, ModuleGraph};
pub use loader::GraphLoader;
