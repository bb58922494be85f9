//! Behaviour of the program, seen from outside.
//!
//! Boots the real binary on a free port and speaks HTTP and WebSocket to it, so nothing here may
//! link the runtime. Each module pins one area of PartyKit's behaviour; `Row n` in a doc comment
//! names the row of `docs/compatibility.md` that the test proves. `PARTYRUN_BIN` points the suite
//! at another program that takes the same command line.

mod harness;

mod ai;
mod alarms;
mod alarms_lasting;
mod assets;
mod assets_fetch;
mod assets_http;
mod bindings_kv;
mod bindings_r2;
mod blocking;
mod broadcast;
mod cli;
mod cli_errors;
mod client_build;
mod client_pages;
mod commands;
mod common_js;
mod config;
mod config_reload;
mod console;
mod crons;
mod crons_firing;
mod custom_build;
mod errors;
mod fixtures;
mod hibernation;
mod hot_keys;
mod https;
mod import;
mod isolation;
mod legacy;
mod lifecycle;
mod listeners;
mod mending;
mod module_kinds;
mod node_builtins;
mod node_crypto;
mod node_keys;
mod node_sockets;
mod node_sockets_tls;
mod node_utilities;
mod npm;
mod odd_answers;
mod outbound;
mod platform;
mod platform_cache;
mod platform_crypto;
mod platform_html;
mod platform_http;
mod platform_streams;
mod platform_websocket;
mod real_clients;
mod reload;
mod reload_alive;
mod request;
mod request_urls;
mod response_head;
mod room;
mod routing;
mod sockets;
mod sockets_closing;
mod sockets_messages;
mod starting;
mod state_tags;
mod statics;
mod statics_connect;
mod statics_fetch;
mod storage;
mod storage_calls;
mod storage_durability;
mod storage_limits;
mod storage_values;
mod streaming;
mod stub_answers;
mod stubs;
mod typescript;
mod uncaught;
mod vectorize;
mod wire;
