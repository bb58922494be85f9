//! A question to the resolver, and what a specifier may turn out to mean. Never looks for a file.

use std::path::{Path, PathBuf};

use oxc_resolver::TsConfig;

use super::builtin::Builtin;
use super::inline::Inline;
use super::shape::Kind;

/// What a specifier means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A real path, symlinks resolved.
    Script(PathBuf),
    /// A file without JavaScript.
    Data(PathBuf, Data),
    /// What the specifier holds itself.
    Inline(Inline),
    /// A module that comes with the program.
    Builtin(Builtin),
    /// A module without content, by its URL.
    Empty(String),
}

/// What a file without JavaScript holds, by its extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Data {
    Json,
    Text,
    Wasm,
    Bytes,
}

/// One question: what `specifier` means in the file `importer`.
pub(super) struct Question<'a> {
    pub importer: &'a Path,
    pub specifier: &'a str,
    pub kind: Kind,
    pub tsconfig: Option<&'a TsConfig>,
}
