//! The list of extensions. The snapshot is made with [`for_snapshot`] and restored with
//! [`for_runtime`]: same extensions, same order, or V8 reads the wrong op tables.

use std::sync::Arc;

use deno_core::Extension;

use deno_permissions::PermissionsContainer;
use deno_web::BlobStore;
use deno_web::InMemoryBroadcastChannel;

use crate::alarm;
use crate::body;
use crate::body::Lifetime;
use crate::cipher;
use crate::compression;
use crate::digest;
use crate::events;
use crate::fetch;
use crate::html;
use crate::http;
use crate::http_cache;
use crate::keys;
use crate::kv;
use crate::modules;
use crate::outbound;
use crate::r2;
use crate::room;
use crate::socket;
use crate::storage;
use crate::tcp;
use crate::vectorize;

deno_core::extension!(
  partyrun,
  deps = [deno_webidl, deno_web, deno_fetch, deno_crypto],
  ops = [
    alarm::op_pr_alarm_begin,
    alarm::op_pr_alarm_end,
    alarm::op_pr_alarm_get,
    alarm::op_pr_alarm_set,
    cipher::op_pr_cipher,
    cipher::op_pr_cipher_finish,
    cipher::op_pr_cipher_update,
    compression::op_pr_compression,
    compression::op_pr_compression_finish,
    compression::op_pr_compression_taken,
    compression::op_pr_compression_write,
    digest::op_pr_hash,
    digest::op_pr_hash_copy,
    digest::op_pr_hash_finish,
    digest::op_pr_hash_update,
    digest::op_pr_hmac,
    digest::op_pr_pbkdf2,
    digest::op_pr_pbkdf2_sync,
    digest::op_pr_scrypt,
    digest::op_pr_scrypt_sync,
    fetch::op_pr_fetch,
    fetch::op_pr_fetch_send,
    html::op_pr_html_check_selector,
    html::op_pr_html_close,
    html::op_pr_html_handled,
    html::op_pr_html_open,
    html::op_pr_html_write,
    http::op_pr_accept,
    http::op_pr_asset,
    http::op_pr_accept_with,
    http::op_pr_fetch_socket,
    http::op_pr_forward,
    http::op_pr_head_body,
    body::op_pr_resource_length,
    outbound::op_pr_fetched_phrase,
    http::op_pr_head_client_encoding,
    http::op_pr_head_headers,
    http::op_pr_pass,
    http::op_pr_respond,
    http::op_pr_respond_text,
    http::op_pr_stub_fetch,
    keys::op_pr_certificate,
    keys::op_pr_key_agree,
    keys::op_pr_key_decrypt,
    keys::op_pr_key_describe,
    keys::op_pr_key_encrypt,
    keys::op_pr_key_generate,
    keys::op_pr_key_generate_rsa,
    keys::op_pr_key_generate_rsa_sync,
    keys::op_pr_key_of_parts,
    keys::op_pr_key_parts,
    keys::op_pr_key_point,
    keys::op_pr_key_public,
    keys::op_pr_key_read,
    keys::op_pr_key_seal,
    keys::op_pr_key_sign,
    keys::op_pr_key_unseal,
    keys::op_pr_key_verify,
    keys::op_pr_key_write,
    keys::op_pr_power,
    kv::op_pr_kv_delete,
    kv::op_pr_kv_get,
    kv::op_pr_kv_list,
    kv::op_pr_kv_put,
    r2::op_pr_r2_body,
    r2::op_pr_r2_delete,
    r2::op_pr_r2_get,
    r2::op_pr_r2_list,
    r2::op_pr_r2_matches,
    r2::op_pr_r2_multipart_abort,
    r2::op_pr_r2_multipart_complete,
    r2::op_pr_r2_multipart_create,
    r2::op_pr_r2_multipart_part,
    r2::op_pr_r2_put,
    r2::op_pr_r2_record,
    modules::op_pr_module_bytes,
    modules::op_pr_module_compile,
    modules::op_pr_module_require,
    modules::op_pr_module_text,
    modules::op_pr_module_wasm,
    http_cache::op_pr_cache_delete,
    http_cache::op_pr_cache_match,
    http_cache::op_pr_cache_put,
    room::op_pr_console,
    room::op_pr_console_clear,
    room::op_pr_gate_close,
    room::op_pr_gate_open,
    room::op_pr_gate_pause,
    room::op_pr_gate_resume,
    room::op_pr_outside_memory,
    room::op_pr_reset,
    room::op_pr_user_error,
    room::op_pr_uuid,
    room::op_pr_work_finished,
    room::op_pr_work_started,
    socket::op_pr_broadcast_binary,
    socket::op_pr_broadcast_text,
    socket::op_pr_ws_accept,
    socket::op_pr_ws_attachment,
    socket::op_pr_ws_close,
        socket::op_pr_ws_connect,
    socket::op_pr_ws_member,
    socket::op_pr_ws_name,
    socket::op_pr_ws_open,
    socket::op_pr_ws_record,
    socket::op_pr_ws_records,
    socket::op_pr_ws_send_binary,
    socket::op_pr_ws_send_text,
    socket::op_pr_ws_set_attachment,
    storage::op_pr_storage_begin,
    storage::op_pr_storage_commit,
    storage::op_pr_storage_delete,
    storage::op_pr_storage_delete_all,
    storage::op_pr_storage_get,
    storage::op_pr_storage_get_many,
    storage::op_pr_storage_init,
    storage::op_pr_storage_list,
    storage::op_pr_storage_put,
    storage::op_pr_storage_put_many,
    storage::op_pr_storage_rollback,
    storage::op_pr_storage_settled,
    storage::op_pr_storage_sync,
    tcp::op_pr_tcp_close,
    tcp::op_pr_tcp_connect,
    tcp::op_pr_tcp_end,
    tcp::op_pr_tcp_read,
    tcp::op_pr_tcp_start_tls,
    tcp::op_pr_tcp_write,
    vectorize::op_pr_data_point,
    vectorize::op_pr_say_once,
    vectorize::op_pr_vector_delete,
    vectorize::op_pr_vector_describe,
    vectorize::op_pr_vector_get,
    vectorize::op_pr_vector_put,
    vectorize::op_pr_vector_query,
  ],
  esm_entry_point = "ext:partyrun/90_bootstrap.js",
  esm = [
    dir "../js/src",
    "00_globals.js",
    "01_navigator.js",
    "02_timers.js",
    "03_blob.js",
    "07_phrases.js",
    "08_bodies.js",
    "09_http_classes.js",
    "10_http.js",
    "12_console.js",
    "19_websocket_values.js",
    "20_websocket.js",
    "21_connection.js",
    "30_storage.js",
    "31_storage_value.js",
    "32_storage_alarm.js",
    "33_storage_calls.js",
    "39_room_object.js",
    "40_room.js",
    "41_stub.js",
    "42_surroundings.js",
    "43_assets.js",
    "44_alarm.js",
    "50_worker.js",
    "60_builtins.js",
    "61_process.js",
    "85_warm_up.js",
    "90_bootstrap.js",
  ],
  lazy_loaded_js = [
    dir "../js/src",
    "45_control.js",
    "46_control_values.js",
    "61_modules.js",
    "70_kv.js",
    "71_r2.js",
    "71_r2_options.js",
    "72_vectorize.js",
    "73_ai.js",
    "74_console.js",
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
  state = |state| {
    let parser = Arc::new(deno_permissions::RuntimePermissionDescriptorParser::new(
      sys_traits::impls::RealSys,
    ));
    state.put(PermissionsContainer::allow_all(parser));
        state.put(Lifetime::default());
  },
);

/// The extensions with their JavaScript, for the build script that makes the snapshot.
pub fn for_snapshot() -> Vec<Extension> {
    vec![
        deno_webidl::deno_webidl::lazy_init(),
        events::with_lasting_isolates(deno_web::deno_web::lazy_init()),
        outbound::as_workers_need_it(deno_fetch::deno_fetch::lazy_init()),
        deno_crypto::deno_crypto::lazy_init(),
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
        partyrun::init(),
    ]
}

/// Chooses the TLS implementation of the process. Call it once, before the first isolate.
pub fn install_tls_provider() {
    // A second call finds the first one's choice in place, which is the same.
    let _ = deno_tls::rustls::crypto::aws_lc_rs::default_provider().install_default();
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
            // A dead isolate's pages go back to the system, not to a pool of the process.
            "--no-memory-pool-share-memory-on-teardown",
        ]
        .map(String::from)
        .to_vec(),
    );
    debug_assert_eq!(unknown.len(), 1, "V8 knows every flag: {unknown:?}");
}
