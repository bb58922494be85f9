//! The list of extensions and of their scripts. The snapshot is made with [`for_snapshot`] and restored
//! with [`for_runtime`]: same extensions, same order, or V8 reads the wrong op tables. The build
//! script compiles this file too.

use std::sync::Arc;

use deno_core::Extension;
use deno_web::{BlobStore, InMemoryBroadcastChannel};

deno_core::extension!(
  partyrun,
  deps = [deno_webidl, deno_web, deno_fetch, deno_crypto, partyrun_ops],
  esm_entry_point = "ext:partyrun/90_bootstrap.js",
  esm = [
    dir "src",
    "00_globals.js",
    "01_navigator.js",
    "02_timers.js",
    "03_blob.js",
    "04_platform.js",
    "05_promises.js",
    "06_ops.js",
    "07_phrases.js",
    "08_bodies.js",
    "09_http_classes.js",
    "10_http.js",
    "12_console.js",
    "19_websocket_events.js",
    "19_websocket_values.js",
    "20_websocket.js",
    "21_connection.js",
    "30_storage.js",
    "31_storage_value.js",
    "32_storage_alarm.js",
    "33_storage_calls.js",
    "38_answers.js",
    "39_room_object.js",
    "40_room.js",
    "41_stub.js",
    "42_surroundings.js",
    "43_assets.js",
    "44_alarm.js",
    "49_handlers.js",
    "50_worker.js",
    "60_builtins.js",
    "61_process.js",
    "85_warm_up.js",
    "90_bootstrap.js",
  ],
  lazy_loaded_js = [
    dir "src",
    "45_control.js",
    "46_control_values.js",
    "47_clock.js",
    "48_kept.js",
    "61_modules.js",
    "70_kv.js",
    "71_r2.js",
    "71_r2_options.js",
    "72_vectorize.js",
    "73_ai.js",
    "74_console.js",
    "74_console_values.js",
    "74_shared_memory.js",
    "74_event_source.js",
    "75_byte_transforms.js",
    "76_fetch.js",
    "77_cache.js",
    "78_crypto.js",
    "78_crypto_legacy.js",
    "79_html_rewriter.js",
    "80_fast_ops.js",
    "81_worker_scope.js",
    // deno_fetch's JavaScript asks for these three.
    "ext:deno_net/02_tls.js" = "standin_tls.js",
    "ext:deno_telemetry/telemetry.ts" = "standin_telemetry.js",
    "ext:deno_telemetry/util.ts" = "standin_telemetry_util.js",
  ],
  synthetic_esm = ["partyrun:modules" = "ext:partyrun/61_modules.js"],
);

/// The extensions with their JavaScript, for the build script that makes the snapshot.
pub fn for_snapshot() -> Vec<Extension> {
    vec![
        deno_webidl::deno_webidl::lazy_init(),
        partyrun_ops::with_limits(partyrun_ops::with_lasting_isolates(
            deno_web::deno_web::lazy_init(),
        )),
        partyrun_ops::as_workers_need_it(deno_fetch::deno_fetch::lazy_init()),
        deno_crypto::deno_crypto::lazy_init(),
        partyrun_ops::partyrun_ops::lazy_init(),
        partyrun::lazy_init(),
    ]
}

/// The same extensions for an isolate that is restored from the snapshot.
pub fn for_runtime() -> Vec<Extension> {
    vec![
        deno_webidl::deno_webidl::init(),
        deno_web::deno_web::init(
            Arc::new(BlobStore::default()),
            None,
            false,
            InMemoryBroadcastChannel::default(),
        ),
        deno_fetch::deno_fetch::init(deno_fetch::Options {
            user_agent: String::new(),
            ..Default::default()
        }),
        deno_crypto::deno_crypto::init(None),
        partyrun_ops::partyrun_ops::init(),
        partyrun::init(),
    ]
}

/// Sets V8's flags. They are part of a snapshot's identity, so the build script and the program call
/// this before anything else of V8's.
pub fn set_v8_flags() {
    let unknown = deno_core::v8_set_flags(
        [
            "partyrun",
            // V8 15.0 drops the interrupt check of some optimised nested loops while unrolling them: such
            // a loop could never be terminated.
            "--no-turboshaft-loop-unrolling",
        ]
        .map(String::from)
        .to_vec(),
    );
    debug_assert_eq!(unknown.len(), 1, "V8 knows every flag: {unknown:?}");
}
