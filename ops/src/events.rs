//! What becomes of an exception in a listener of an event. deno_web ends the isolate when it takes the
//! exception for one of the listener of another exception's event; a stack that overflows there is
//! taken for that too. Ours go to the callback of the runtime, which tells of each and lives on.

use std::borrow::Cow;

use deno_core::{Extension, ExtensionFileSource};

const EVENT: &str = "ext:deno_web/02_event.js";

/// When the isolate is ended without the global object's being asked.
const IS_NESTED: &str = "reportExceptionStackedCalls > 1 || ";

/// deno_web with its script so, for the snapshot.
pub fn with_lasting_isolates(mut web: Extension) -> Extension {
    let edited = web.lazy_loaded_js_files.iter().map(|file| {
        if file.specifier != EVENT {
            return file.clone();
        }
        let source = file.load().expect("the crate has its script");
        let parts: Vec<&str> = source.as_str().split(IS_NESTED).collect();
        assert_eq!(parts.len(), 2, "{EVENT} ends the isolate in one place");
        ExtensionFileSource::new_computed(EVENT, parts.concat().into())
    });
    web.lazy_loaded_js_files = Cow::Owned(edited.collect());
    web
}
