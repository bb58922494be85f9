//! The ops as one extension without JavaScript, and the state that each isolate's `OpState` starts
//! with. Which scripts call them is for the crate `js` to say.

use std::sync::Arc;

use deno_core::OpState;
use deno_permissions::PermissionsContainer;

use crate::alarm;
use crate::bindings_interface::SharedBindings;
use crate::body;
use crate::body::Lifetime;
use crate::cipher;
use crate::clock;
use crate::compression;
use crate::console;
use crate::digest;
use crate::fetch;
use crate::gates;
use crate::held;
use crate::html;
use crate::html::SharedHtmlEngine;
use crate::http;
use crate::http_cache;
use crate::http_cache::SharedHttpCache;
use crate::interface::{SharedConsole, SharedGates, SharedRequests, SharedSockets, SharedTime};
use crate::keys;
use crate::kv;
use crate::memory;
use crate::modules;
use crate::outbound;
use crate::r2;
use crate::slips;
use crate::socket;
use crate::storage;
use crate::tcp;
use crate::vectorize;
use crate::way_out::SharedWaysOut;

deno_core::extension!(
    partyrun_ops,
    deps = [deno_webidl, deno_web, deno_fetch, deno_crypto],
    ops = [
        alarm::op_pr_alarm_begin,
        alarm::op_pr_alarm_end,
        alarm::op_pr_alarm_get,
        alarm::op_pr_alarm_set,
        body::op_pr_resource_length,
        cipher::op_pr_cipher,
        cipher::op_pr_cipher_finish,
        cipher::op_pr_cipher_update,
        clock::op_pr_clock_is_controlled,
        clock::op_pr_clock_next,
        clock::op_pr_clock_now,
        clock::op_pr_clock_passed,
        compression::op_pr_compression,
        compression::op_pr_compression_finish,
        compression::op_pr_compression_taken,
        compression::op_pr_compression_write,
        console::op_pr_console,
        console::op_pr_console_clear,
        console::op_pr_is_inspected,
        console::op_pr_say_once,
        console::op_pr_tell_once,
        console::op_pr_user_error,
        console::op_pr_warn_of,
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
        gates::op_pr_gate_close,
        gates::op_pr_gate_open,
        gates::op_pr_gate_pause,
        gates::op_pr_gate_resume,
        gates::op_pr_reset,
        gates::op_pr_work_finished,
        gates::op_pr_work_started,
        held::op_pr_hold,
        html::op_pr_html_check_selector,
        html::op_pr_html_close,
        html::op_pr_html_handled,
        html::op_pr_html_open,
        html::op_pr_html_write,
        http::op_pr_accept,
        http::op_pr_accept_with,
        http::op_pr_asset,
        http::op_pr_fetch_socket,
        http::op_pr_forward,
        http::op_pr_head_body,
        http::op_pr_head_client_encoding,
        http::op_pr_head_headers,
        http::op_pr_pass,
        http::op_pr_respond,
        http::op_pr_respond_failure,
        http::op_pr_respond_text,
        http::op_pr_stub_fetch,
        http_cache::op_pr_cache_delete,
        http_cache::op_pr_cache_match,
        http_cache::op_pr_cache_put,
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
        memory::op_pr_outside_memory,
        modules::op_pr_module_bytes,
        modules::op_pr_module_compile,
        modules::op_pr_module_require,
        modules::op_pr_module_text,
        modules::op_pr_module_wasm,
        outbound::op_pr_fetched_phrase,
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
        slips::op_pr_handler_meant,
        socket::op_pr_broadcast_binary,
        socket::op_pr_broadcast_text,
        socket::op_pr_uuid,
        socket::op_pr_ws_accept,
        socket::op_pr_ws_attachment,
        socket::op_pr_ws_close,
        socket::op_pr_ws_connect,
        socket::op_pr_ws_keep,
        socket::op_pr_ws_keep_not,
        socket::op_pr_ws_member,
        socket::op_pr_ws_name,
        socket::op_pr_ws_open,
        socket::op_pr_ws_record,
        socket::op_pr_ws_records,
        socket::op_pr_ws_resumed,
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
        vectorize::op_pr_vector_delete,
        vectorize::op_pr_vector_describe,
        vectorize::op_pr_vector_get,
        vectorize::op_pr_vector_put,
        vectorize::op_pr_vector_query,
    ],
    state = |state| {
        let parser = Arc::new(deno_permissions::RuntimePermissionDescriptorParser::new(
            sys_traits::impls::RealSys,
        ));
        state.put(PermissionsContainer::allow_all(parser));
        state.put(Lifetime::default());
    },
);

/// What the ops of one isolate call.
pub struct Services {
    pub console: SharedConsole,
    pub requests: SharedRequests,
    pub sockets: SharedSockets,
    pub gates: SharedGates,
    pub caches: SharedHttpCache,
    pub html: SharedHtmlEngine,
    /// `None` for an isolate whose requests all go to the network.
    pub ways_out: Option<SharedWaysOut>,
    /// `None` for an isolate that no binding is configured for.
    pub bindings: Option<SharedBindings>,
    /// `None` for an isolate that goes by the system's clock, come what may.
    pub time: Option<SharedTime>,
}

impl Services {
    /// Puts each where the ops look for it.
    pub fn put_into(self, state: &mut OpState) {
        state.put(self.console);
        state.put(self.requests);
        state.put(self.sockets);
        state.put(self.gates);
        state.put(self.caches);
        state.put(self.html);
        if let Some(ways) = self.ways_out {
            state.put(ways);
        }
        if let Some(bindings) = self.bindings {
            state.put(bindings);
        }
        if let Some(time) = self.time {
            state.put(time);
        }
    }
}
