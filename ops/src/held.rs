//! What user code makes Rust hold on its behalf: refused with an exception once an isolate has too much
//! of it, where the runtime's scripts can throw one. How much it has is the runtime's to know.

use std::borrow::Cow;

use deno_core::{Extension, ExtensionFileSource, JsRuntime, op2, v8};
use deno_error::JsErrorBox;

use crate::interface::SharedGates;

const REFUSAL: &str =
    "Out of memory: the blobs, streams, messages and bodies of this room take more than they may";

/// Throws when Rust holds too much already. Not a fast op, as V8 collects garbage: what holds it may be
/// some.
#[op2(nofast, reentrant)]
pub fn op_pr_hold(scope: &mut v8::PinScope<'_, '_>) -> Result<(), JsErrorBox> {
    let gates = {
        let state = JsRuntime::op_state_from(scope);
        let state = state.borrow();
        // There is none while the snapshot is made.
        state.try_borrow::<SharedGates>().cloned()
    };
    let has_room = || gates.as_ref().is_none_or(|gates| gates.has_room());
    if has_room() {
        return Ok(());
    }
    scope.low_memory_notification();
    match has_room() {
        true => Ok(()),
        false => Err(JsErrorBox::range_error(REFUSAL)),
    }
}

/// A script of deno_web, a call in it that makes Rust hold something, and how often it is there.
struct Place {
    script: &'static str,
    call: &'static str,
    count: usize,
}

const PLACES: [Place; 4] = [
    Place {
        script: "ext:deno_web/09_file.js",
        call: "const id = op_blob_create_part(",
        count: 1,
    },
    Place {
        script: "ext:deno_web/13_message_port.js",
        call: "op_message_port_post_message_raw(currentPortId",
        count: 1,
    },
    Place {
        script: "ext:deno_web/13_message_port.js",
        call: "op_message_port_post_message(currentPortId",
        count: 1,
    },
    Place {
        script: "ext:deno_web/14_compression.js",
        call: "const rid = op_compression_new(",
        count: 2,
    },
];

/// deno_web with scripts that ask first, for the snapshot.
pub fn with_limits(mut web: Extension) -> Extension {
    let edited = web.lazy_loaded_js_files.iter().map(|file| {
        let places = PLACES.iter().filter(|place| place.script == file.specifier);
        let mut edited: Option<String> = None;
        for place in places {
            let source = match edited.take() {
                Some(source) => source,
                None => {
                    let source = file.load().expect("the crate has its script");
                    source.as_str().to_owned()
                }
            };
            let found = source.matches(place.call).count();
            assert_eq!(found, place.count, "{}: {}", place.script, place.call);
            let asking = format!("core.ops.op_pr_hold();\n{}", place.call);
            edited = Some(source.replace(place.call, &asking));
        }
        match edited {
            Some(source) => ExtensionFileSource::new_computed(file.specifier, source.into()),
            None => file.clone(),
        }
    });
    web.lazy_loaded_js_files = Cow::Owned(edited.collect());
    web
}
