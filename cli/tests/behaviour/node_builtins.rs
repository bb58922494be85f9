//! The modules of Node.js as rooms have them: what imports, what works, what refuses and how.

use serde_json::{Value, json};

use crate::harness::{Dev, Project, ROOM, install_packages};

/// What a room answers: `body` is the inside of an asynchronous function, after `declarations`.
pub fn answer(declarations: &str, body: &str) -> Value {
    let dev = Project::inline(&format!(
        "{declarations}\nexport default class {{ async onRequest(request) {{\n\
         const value = await (async () => {{ {body} }})();\n\
         return Response.json(value ?? null); }} }}"
    ))
    .dev();
    dev.json(ROOM)
}

/// Rows 213, 214.
#[test]
fn every_module_of_node_imports_with_and_without_prefix() {
    let names = [
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
        "_http_agent",
        "_stream_readable",
        "_tls_common",
    ];
    let mut declarations = String::new();
    let mut same = Vec::new();
    for (index, name) in names.iter().enumerate() {
        declarations += &format!(
            "import a{index}, * as s{index} from {name:?};\nimport b{index} from 'node:{name}';\n"
        );
        same.push(format!(
            "[{name:?}, a{index} === b{index} && s{index}.default === a{index}]"
        ));
    }
    declarations +=
        "import test from 'node:test'; import sea from 'node:sea'; import 'node:sqlite';";
    let body = format!(
        "return [...[{}].filter(([, same]) => !same), typeof test, sea.isSea()]",
        same.join(",")
    );
    assert_eq!(answer(&declarations, &body), json!(["function", false]));
}

/// Row 214.
#[test]
fn function_of_a_computer_refuses_when_it_is_called() {
    let value = answer(
        "import fs, { readFileSync, promises } from 'fs'; import { Agent } from 'http';
         import { spawn } from 'child_process'; import net from 'net'; import { Stats } from 'fs';
         import { nothing } from 'os';
         class Own extends Agent {} class Channel extends net.Socket {}",
        "const said = [];
         for (const call of [() => readFileSync('a'), () => promises.readFile('a'), () => spawn('ls')]) {
           try { await call(); said.push('worked'); } catch (error) { said.push(error.message); }
         }
         return [...said, typeof Own, typeof Channel, typeof Stats, typeof fs.constants.O_RDONLY, typeof nothing]",
    );
    let starts = |index: usize, text: &str| {
        let said = value[index].as_str().expect("an error's message");
        assert!(said.starts_with(text), "{said}");
        assert!(said.contains("party servers run without files"), "{said}");
    };
    starts(0, "fs.readFileSync is not implemented: ");
    starts(1, "fs.readFile is not implemented: ");
    starts(2, "child_process.spawn is not implemented: ");
    assert_eq!(
        value.as_array().map(|all| &all[3..]),
        Some(
            &[
                json!("function"),
                json!("function"),
                json!("function"),
                json!("number"),
                json!("undefined")
            ][..]
        )
    );
}

/// Row 213.
#[test]
fn installed_package_does_not_replace_a_module_of_node() {
    let package = |name: &str| {
        (
            format!("node_modules/{name}/index.mjs"),
            format!("node_modules/{name}/package.json"),
            format!(r#"{{ "name": "{name}", "main": "index.mjs", "browser": "index.mjs" }}"#),
        )
    };
    let mut project = Project::inline(
        "import events from 'events'; import * as own from 'buffer/';
         export default class { onRequest() { return Response.json([typeof events.once, own.mine]) } }",
    );
    for name in ["events", "buffer"] {
        let (module, file, text) = package(name);
        project = project
            .file(&module, "export const mine = 1; export default 1")
            .file(&file, &text);
    }
    assert_eq!(project.dev().json(ROOM), json!(["function", 1]));
}

/// Row 216.
#[test]
fn packages_that_bring_fetch_are_the_global_one() {
    let value = answer(
        "import fetch, { Headers as H } from 'node-fetch'; import cross from 'cross-fetch';
         import 'cross-fetch/polyfill'; import 'isomorphic-fetch'; import native from 'node-fetch-native';
         import inherits from 'inherits';",
        "const response = await fetch('data:text/plain,hi');
         return [await response.text(), response instanceof Response, H === Headers, typeof cross, typeof native, typeof inherits]",
    );
    assert_eq!(
        value,
        json!(["hi", true, true, "function", "function", "function"])
    );
}

/// Row 215.
#[test]
fn globals_of_node_are_there() {
    let value = answer(
        "",
        "const order = [];
         await new Promise((done) => { setImmediate(() => { order.push('immediate'); done(); }); process.nextTick((x) => order.push(x), 'tick'); order.push('now'); });
         clearImmediate(setImmediate(() => order.push('never')));
         process.env.ADDED = 'yes';
         const heard = []; process.once('mine', (x) => heard.push(x)); process.emit('mine', 1); process.emit('mine', 2);
         const { hrtime } = process;
         return { order, heard, same: global === globalThis, cwd: process.cwd(), version: process.version, platform: process.platform,
           node: process.versions.node, added: process.env.ADDED, buffer: Buffer.from('hi').toString('hex'),
           now: typeof performance.now(), big: typeof hrtime.bigint(), pair: hrtime([0, 0]).length, rss: typeof process.memoryUsage().rss,
           unknown: process.browser === undefined, inside: 'on' in process, not: 'nothing' in process }",
    );
    assert_eq!(
        value,
        json!({ "order": ["now", "tick", "immediate"], "heard": [1], "same": true, "cwd": "/", "version": "",
            "platform": "", "node": "", "added": "yes", "buffer": "6869", "now": "number", "big": "bigint",
            "pair": 2, "rss": "number", "unknown": true, "inside": true, "not": false })
    );
}

/// Rows 213, 215: packages that stand on Node's modules.
#[test]
fn packages_for_node_run() {
    install_packages("npm-node");
    let dev = Dev::fixture("npm-node");
    let value = dev.json(ROOM);
    assert_eq!(
        value,
        json!({
            "jsonwebtoken": { "user": "ada" },
            "forged": "invalid signature",
            "bcryptjs": [true, false],
            "uuid": [36, "e1407479-3136-56c0-9908-bb02fb0339e2"],
            "readable-stream": "AB",
            "iconv-lite": "e9",
            "postgres": "Could not connect to `127.0.0.1:9`: Connection refused (os error 111)",
        })
    );
}
