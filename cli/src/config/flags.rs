//! `compatibilityFlags` and `compatibilityDate`: nothing here depends on them, but a project that the
//! original refuses for them should hear of it. Owns the names that the original's runtime knows.

use serde_json::{Map, Value};

use super::error::{BUILT_IN_FLAG, Remark};
use super::key_path::KeyPath;

/// What is odd about the two fields. Wrong types are reported elsewhere and skipped here.
pub(super) fn remarks(fields: &Map<String, Value>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let flags = fields.get("compatibilityFlags").and_then(Value::as_array);
    let flags: Vec<_> = flags.into_iter().flatten().collect();
    for (index, value) in flags.iter().enumerate() {
        let Some(flag) = value.as_str() else {
            continue;
        };
        let path = || KeyPath::default().key("compatibilityFlags").index(index);
        let flag = flag.to_owned();
        if !is_known(&flag) {
            remarks.push(Remark::UnknownFlag { path: path(), flag });
        } else if flag == BUILT_IN_FLAG || flags[..index].contains(value) {
            remarks.push(Remark::FlagTwice { path: path(), flag });
        }
    }
    let date = fields.get("compatibilityDate").and_then(Value::as_str);
    // An empty text is none.
    if let Some(date) = date.filter(|date| !date.is_empty() && !is_date(date)) {
        remarks.push(Remark::NoDate {
            path: KeyPath::default().key("compatibilityDate"),
            given: date.to_owned(),
        });
    }
    remarks
}

/// Year, month, day; with slashes too, which the original reads.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['-', '/']).collect();
    let [year, month, day] = parts[..] else {
        return false;
    };
    let within = |part: &str, most: u32| {
        part.parse::<u32>()
            .is_ok_and(|number| (1..=most).contains(&number))
    };
    year.len() == 4 && within(year, 9999) && within(month, 12) && within(day, 31)
}

fn is_known(flag: &str) -> bool {
    FLAGS.contains(&flag)
}

/// The compatibility flags of workerd on the date that the original is bound to, 2024-07-18.
const FLAGS: &[&str] = &[
    "formdata_parser_supports_files",
    "formdata_parser_converts_files_to_strings",
    "fetch_refuses_unknown_protocols",
    "fetch_treats_unknown_protocols_as_http",
    "html_rewriter_treats_esi_include_as_void_tag",
    "durable_object_fetch_requires_full_url",
    "durable_object_fetch_allows_relative_url",
    "streams_byob_reader_detaches_buffer",
    "streams_byob_reader_does_not_detach_buffer",
    "streams_enable_constructors",
    "streams_disable_constructors",
    "workers_api_getters_setters_on_prototype",
    "workers_api_getters_setters_on_instance",
    "minimal_subrequests",
    "no_minimal_subrequests",
    "no_cots_on_external_fetch",
    "cots_on_external_fetch",
    "url_standard",
    "url_original",
    "global_navigator",
    "no_global_navigator",
    "capture_async_api_throws",
    "do_not_capture_async_api_throws",
    "r2_public_beta_bindings",
    "r2_internal_beta_bindings",
    "durable_object_alarms",
    "dont_substitute_null_on_type_error",
    "substitute_null_on_type_error",
    "transformstream_enable_standard_constructor",
    "transformstream_disable_standard_constructor",
    "r2_list_honor_include",
    "export_commonjs_default",
    "export_commonjs_namespace",
    "durable_object_rename",
    "web_socket_compression",
    "no_web_socket_compression",
    "nodejs_compat",
    "no_nodejs_compat",
    "tcp_sockets_support",
    "response_redirect_url_standard",
    "response_redirect_url_original",
    "experimental",
    "durable_object_get_existing",
    "http_headers_getsetcookie",
    "no_http_headers_getsetcookie",
    "dynamic_dispatch_tunnel_exceptions",
    "dynamic_dispatch_treat_exceptions_as_500",
    "service_binding_extra_handlers",
    "no_cf_botmanagement_default",
    "cf_botmanagement_default",
    "urlsearchparams_delete_has_value_arg",
    "no_urlsearchparams_delete_has_value_arg",
    "strict_compression_checks",
    "no_strict_compression_checks",
    "brotli_content_encoding",
    "no_brotli_content_encoding",
    "strict_crypto_checks",
    "no_strict_crypto_checks",
    "rtti_api",
    "webgpu",
    "crypto_preserve_public_exponent",
    "no_crypto_preserve_public_exponent",
    "vectorize_query_metadata_optional",
    "vectorize_query_original",
    "unsafe_module",
    "js_rpc",
    "no_global_importscripts",
    "global_importscripts",
    "nodejs_als",
    "no_nodejs_als",
    "queues_json_messages",
    "no_queues_json_messages",
    "python_workers",
    "fetcher_no_get_put_delete",
    "fetcher_has_get_put_delete",
    "unwrap_custom_thenables",
    "no_unwrap_custom_thenables",
    "rpc",
    "no_rpc",
    "internal_stream_byob_return_view",
    "internal_stream_byob_return_undefined",
    "blob_standard_mime_type",
    "blob_legacy_mime_type",
    "fetch_standard_url",
    "fetch_legacy_url",
    "nodejs_compat_v2",
    "no_nodejs_compat_v2",
    "global_fetch_strictly_public",
    "global_fetch_private_origin",
    "new_module_registry",
    "legacy_module_registry",
    "cache_option_enabled",
    "cache_option_disabled",
];
