//! A module ready for V8: its text, its source map and the code that isolates share.
//!
//! The text is never freed: V8 then uses it in place, in every isolate, without a copy (if it is
//! ASCII, as nearly all are). That costs one text per file and content for the life of the process, which a development
//! server can afford.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, OnceLock};

use deno_core::{FastString, ModuleSpecifier};
use sourcemap::SourceMap;

use super::code::Code;
use super::function_names::{self, FunctionName};
use super::shape::Shape;
use super::source_map;

/// One module. Survives reloads as long as its file does not change.
pub(super) struct Compiled {
    pub url: ModuleSpecifier,
    /// Leaked.
    pub text: &'static str,
    /// The user's text; empty for modules that have none.
    pub source: Arc<str>,
    /// JSON; empty where `text` is the source, and for modules without one.
    pub map: Vec<u8>,
    pub shape: Shape,
    is_ascii: bool,
    /// Identifies `text`.
    pub hash: u64,
    pub code: Code,
    decoded_map: OnceLock<Option<SourceMap>>,
    /// Those of functions, when a debugger has asked.
    names: OnceLock<Vec<FunctionName>>,
}

impl Compiled {
    pub(super) fn new(
        url: ModuleSpecifier,
        text: String,
        source: Arc<str>,
        map: Vec<u8>,
        shape: Shape,
    ) -> Self {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        Self {
            url,
            hash: hasher.finish(),
            is_ascii: text.is_ascii(),
            text: Box::leak(text.into_boxed_str()),
            source,
            map,
            shape,
            decoded_map: OnceLock::new(),
            names: OnceLock::new(),
            code: Code::default(),
        }
    }

    /// The text for V8, without a look at every byte of it in every isolate.
    pub(super) fn source_code(&self) -> FastString {
        if !self.is_ascii {
            return FastString::from_non_ascii_static(self.text);
        }
        // SAFETY: `text` is ASCII, as `new` has seen, and never changes.
        unsafe { FastString::from_ascii_static_unchecked(self.text) }
    }

    /// The source map with the user's text, and the names of functions.
    pub(super) fn complete_map(&self) -> Option<String> {
        let is_written = !self.source.is_empty() && *self.source != *self.text;
        is_written.then(|| {
            let names = self.names.get_or_init(|| function_names::read(self.text));
            source_map::complete(self.url.as_str(), &self.source, &self.map, names)
        })
    }

    /// The user's 1-based line and column of a 1-based position in `text`.
    pub(super) fn original_position(&self, line: u32, column: u32) -> Option<(u32, u32)> {
        let decode = || SourceMap::from_slice(&self.map).ok();
        let map = self.decoded_map.get_or_init(decode).as_ref()?;
        source_map::lookup(map, line, column)
    }
}
