//! Modules of Node.js on an engine of workers: which there are, and what has to be asked for. Knows names and
//! flags only.

use std::collections::BTreeSet;

use serde_json::Value;

/// The compatibility date of every export: the first on which `nodejs_compat` brings the global names of
/// Node.js, and two months after the one that the original is bound to. As in partyrun, a project's own date
/// means nothing. The flags of modules became the default later, so that they are none too many.
pub const DATE: &str = "2024-09-23";

/// The flag of every project.
const COMPATIBLE: &str = "nodejs_compat";
/// What it stands for on this date. wrangler refuses both.
const COMPATIBLE_ALREADY: &str = "nodejs_compat_v2";

/// In front of a bundle: `require` of a module of Node.js in a package that is no ES module.
pub const BANNER: &str = "import { createRequire as partyrunRequire } from \"node:module\"; const require = partyrunRequire(\"/\");";

/// All that the engines have.
pub const MODULES: &[&str] = &[
    "assert",
    "assert/strict",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "dns/promises",
    "domain",
    "events",
    "fs",
    "fs/promises",
    "http",
    "http2",
    "https",
    "inspector",
    "inspector/promises",
    "module",
    "net",
    "os",
    "path",
    "path/posix",
    "path/win32",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "readline/promises",
    "repl",
    "stream",
    "stream/consumers",
    "stream/promises",
    "stream/web",
    "string_decoder",
    "sys",
    "timers",
    "timers/promises",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "util/types",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
];

/// npm packages that bring `fetch`: the original replaces them, also where they are installed.
pub const FETCHES: [&str; 4] = [
    "cross-fetch",
    "isomorphic-fetch",
    "node-fetch",
    "node-fetch-native",
];
/// Their modules that only change global names.
pub const POLYFILLS: [&str; 2] = ["cross-fetch/polyfill", "node-fetch-native/polyfill"];

/// Modules that a flag of their own turns on.
const FLAGGED: &[(&str, &str)] = &[
    ("child_process", "enable_nodejs_child_process_module"),
    ("cluster", "enable_nodejs_cluster_module"),
    ("console", "enable_nodejs_console_module"),
    ("dgram", "enable_nodejs_dgram_module"),
    ("domain", "enable_nodejs_domain_module"),
    ("fs", "enable_nodejs_fs_module"),
    ("http", "enable_nodejs_http_modules"),
    ("http2", "enable_nodejs_http2_module"),
    ("https", "enable_nodejs_http_modules"),
    ("inspector", "enable_nodejs_inspector_module"),
    ("os", "enable_nodejs_os_module"),
    ("perf_hooks", "enable_nodejs_perf_hooks_module"),
    ("punycode", "enable_nodejs_punycode_module"),
    ("readline", "enable_nodejs_readline_module"),
    ("repl", "enable_nodejs_repl_module"),
    ("trace_events", "enable_nodejs_trace_events_module"),
    ("tty", "enable_nodejs_tty_module"),
    ("v8", "enable_nodejs_v8_module"),
    ("vm", "enable_nodejs_vm_module"),
    ("wasi", "enable_nodejs_wasi_module"),
    ("worker_threads", "enable_nodejs_worker_threads_module"),
];

/// The modules of Node.js that a bundle imports, by what esbuild says of it.
pub fn imported(meta: &Value) -> Vec<String> {
    let inputs = meta.get("inputs").and_then(Value::as_object);
    let imports = inputs
        .into_iter()
        .flat_map(|inputs| inputs.values())
        .filter_map(|input| input.get("imports")?.as_array())
        .flatten();
    let names: BTreeSet<String> = imports
        .filter_map(|import| import.get("path")?.as_str()?.strip_prefix("node:"))
        .map(str::to_owned)
        .collect();
    names.into_iter().collect()
}

/// The flags of a project that imports these modules and asks for `wanted` itself.
pub fn flags(modules: &[String], wanted: &[String]) -> Vec<String> {
    let mut flags = vec![COMPATIBLE.to_owned()];
    let of_modules = modules.iter().filter_map(|module| {
        let top = module.split('/').next()?;
        let (_, flag) = FLAGGED.iter().find(|(name, _)| *name == top)?;
        Some((*flag).to_owned())
    });
    for flag in of_modules.chain(wanted.iter().cloned()) {
        // An engine refuses one that is given twice.
        if flag != COMPATIBLE_ALREADY && !flags.contains(&flag) {
            flags.push(flag);
        }
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn imports_decide_the_flags() {
        let meta = json!({ "inputs": {
            "a.js": { "imports": [{ "path": "node:fs/promises" }, { "path": "b.js" }, { "path": "node:events" }] },
            "b.js": { "imports": [{ "path": "node:http" }, { "path": "node:https" }] },
        }});
        let modules = imported(&meta);
        assert_eq!(modules, ["events", "fs/promises", "http", "https"]);
        let wanted = ["nodejs_compat", "nodejs_compat_v2", "rpc"].map(str::to_owned);
        assert_eq!(
            flags(&modules, &wanted),
            [
                "nodejs_compat",
                "enable_nodejs_fs_module",
                "enable_nodejs_http_modules",
                "rpc",
            ]
        );
    }
}
