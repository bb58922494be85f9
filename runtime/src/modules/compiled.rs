//! A module ready for V8: its text, its source map and the code cache isolates share.
//!
//! The text is never freed: V8 then uses it in place, in every isolate, without a copy (if it is
//! ASCII, as nearly all are). That costs one text per file and content for the life of the process, which a development
//! server can afford.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, OnceLock};

use deno_core::ModuleSpecifier;
use sourcemap::SourceMap;

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
    /// Identifies `text` to whoever stores code caches.
    pub hash: u64,
    decoded_map: OnceLock<Option<SourceMap>>,
    code_cache: OnceLock<&'static [u8]>,
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
            text: Box::leak(text.into_boxed_str()),
            source,
            map,
            shape,
            decoded_map: OnceLock::new(),
            code_cache: OnceLock::new(),
        }
    }

    /// V8's code cache, once an isolate has produced it.
    pub(super) fn code_cache(&self) -> Option<&'static [u8]> {
        self.code_cache.get().copied()
    }

    /// Keeps the first cache offered: isolates that start at the same time all produce one, and
    /// they are equal.
    pub(super) fn offer_code_cache(&self, data: &[u8]) {
        self.code_cache
            .get_or_init(|| Box::leak(data.to_vec().into_boxed_slice()));
    }

    /// The user's 1-based line and column of a 1-based position in `text`.
    pub(super) fn original_position(&self, line: u32, column: u32) -> Option<(u32, u32)> {
        let decode = || SourceMap::from_slice(&self.map).ok();
        let map = self.decoded_map.get_or_init(decode).as_ref()?;
        source_map::lookup(map, line, column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_code_cache_wins() {
        let url = ModuleSpecifier::parse("file:///a.js").expect("URL is valid");
        let module = Compiled::new(url, "1".into(), "1".into(), Vec::new(), Shape::default());
        assert_eq!(module.code_cache(), None);
        module.offer_code_cache(b"one");
        module.offer_code_cache(b"two");
        assert_eq!(module.code_cache(), Some(&b"one"[..]));
    }
}
