//! The module graph: from a project's entry files to native ES modules that V8 can load.
//!
//! Owns the walk over imports, resolution, transpilation, source maps and the loader that an
//! isolate asks. Never executes JavaScript, never prints, never watches files.
//!
//! One file is one module. [`GraphBuilder`] keeps the transpiled text of each file between builds,
//! so that a reload transpiles what changed; [`ModuleGraph`] is the immutable result, shared by all
//! isolates of an epoch; [`GraphLoader`] answers one isolate from it.
//!
//! - `graph`, `builder`: what is made, and its making.
//! - `walk`, `draft`, `links`: the walk, and the checks that need more than one module.
//! - `files`, `ahead`: what is known of each file from the builds before; the threads that learn it.
//! - `resolve`, `lookup`, `tsconfig`, `package`: specifier to file (specification 10.1), `tsconfig.json`,
//!   `package.json`.
//! - `plugged`, `disk`, `archive`: packages that are in no `node_modules`, and files that are in archives.
//! - `question`, `specifier`: what the resolver is asked and gives, and what a specifier tells by its text.
//! - `schemes`, `inline`: specifiers that name no file, and the modules that they hold.
//! - `hint`, `installed`, `similar`: what to say where an import leads nowhere.
//! - `script`: a classic script by the same passes, for conformance tests.
//! - `transpile`, `verbatim`, `define`, `fields`, `hoist`, `jsx`, `namespaces`, `replaced`, `passes`, `print`: one
//!   file's text to one module's text; `outcome`, `names`: what that comes to, and what may be a name.
//! - `nesting`, `json_levels`: how much stack one file takes, and what nests too deeply.
//! - `duplicates`, `assignments`: what V8 would refuse in a file if nothing were made of it; `type_imports`: what
//!   it would not find.
//! - `shape`, `accesses`, `common_js`, `conditions`, `pattern`: what a file imports, requires and exports.
//! - `liveness`: which modules and which of their statements run.
//! - `relations`, `assemble`: who is CommonJS and what is asked of it; drafts become modules.
//! - `facade`, `synthetic`: the texts of modules that have none: CommonJS as an ES module, JSON,
//!   `partykit/server`, ignored files.
//! - `builtin`: modules that come with the program: those of Node.js and `cloudflare:`.
//! - `compiled`, `code`: a module ready for V8: text, source map, V8's code of it.
//! - `loader`, `require`: what one isolate asks of a graph, for `import` and for `require`.
//! - `error`: what a person reads when it fails; `excerpt`, `circles`: where in the code that
//!   runs something failed, and files that import each other.

mod accesses;
mod ahead;
mod archive;
mod assemble;
mod assignments;
mod builder;
mod builtin;
mod circles;
mod code;
mod common_js;
mod compiled;
mod conditions;
mod define;
mod disk;
mod draft;
mod duplicates;
mod error;
mod excerpt;
mod facade;
mod fields;
mod files;
mod function_names;
mod graph;
mod hint;
mod hoist;
mod inline;
mod installed;
mod json_levels;
mod jsx;
mod links;
mod liveness;
mod loader;
mod lookup;
mod names;
mod namespaces;
mod nesting;
mod outcome;
mod package;
mod passes;
mod pattern;
mod plugged;
mod print;
mod question;
mod redeclared;
mod relations;
mod replaced;
mod require;
mod resolve;
mod schemes;
mod script;
mod settings;
mod shape;
mod similar;
mod source_map;
mod specifier;
mod synthetic;
#[cfg(test)]
mod testing;
mod transpile;
mod tsconfig;
mod type_imports;
mod verbatim;
mod walk;

pub use builder::{GraphBuilder, GraphOptions};
pub use code::{CodeCounts, Form, Loaded, Moment, Wanted};
pub use disk::without_dots;
pub use error::{GraphError, Place, Problem, ProblemKind};
pub use graph::ModuleGraph;
pub use installed::package_manager;
pub use loader::GraphLoader;
pub use require::GraphModules;
pub use script::{ScriptError, transpile_script};
pub use settings::JavaScript;
