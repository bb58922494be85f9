//! Code that does not come back, in places where one stop is not enough: its room or handler is ended all
//! the same, the terminal says so, and whoever asked is answered.

use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Dev, Project, ROOM};

/// Errors, and values that are thrown like errors, whose parts compute on when they are asked for.
const TRAPS: &str = r#"
const spin = () => { for (;;); };
const withGetter = (name) => Object.defineProperty(new Error("x"), name, { get: spin });
const TRAPS = {
  message: () => withGetter("message"),
  name: () => withGetter("name"),
  stack: () => withGetter("stack"),
  cause: () => withGetter("cause"),
  code: () => withGetter("code"),
  constructor: () => withGetter("constructor"),
  tag: () => withGetter(Symbol.toStringTag),
  toString: () => Object.assign(new Error("x"), { toString: spin }),
  primitive: () => ({ [Symbol.toPrimitive]: spin, toString: spin, valueOf: spin }),
  many: () => new AggregateError(Array.from({ length: 20 }, () => withGetter("message"))),
  deep: () => new Error("x", { cause: new Error("y", { cause: withGetter("message") }) }),
  proxy: () => new Proxy(new Error("x"), { get: spin, getPrototypeOf: spin, has: spin, ownKeys: spin, getOwnPropertyDescriptor: spin }),
  object: () => ({ get inner() { spin(); }, [Symbol.for("nodejs.util.inspect.custom")]: spin, toJSON: spin }),
};
const parts = (url) => new URL(url).searchParams;
"#;

const NAMES: [&str; 13] = [
    "message",
    "name",
    "stack",
    "cause",
    "code",
    "constructor",
    "tag",
    "toString",
    "primitive",
    "many",
    "deep",
    "proxy",
    "object",
];

fn dev(source: &str) -> Dev {
    Project::inline(&format!("{TRAPS}{source}"))
        .env("PARTYRUN_TURN_MS", "1000")
        .dev()
}

/// Asks for `path` with each of the traps at once; every one is answered, and its room serves again.
fn each_is_ended(dev: &Dev, how: &str) {
    thread::scope(|scope| {
        for name in NAMES {
            scope.spawn(move || {
                let path = format!("/parties/main/{how}-{name}");
                let begun = Instant::now();
                let answer = dev.get(&format!("{path}?how={how}&trap={name}"));
                assert!(
                    answer.status < 600 && !answer.text().is_empty(),
                    "{how} {name}"
                );
                assert_eq!(dev.get(&path).text(), "pong", "{how} {name}");
                assert!(begun.elapsed() < Duration::from_secs(14), "{how} {name}");
            });
        }
    });
}

const HANDLER: &str = r#"
export default class {
  onRequest(req) {
    const how = parts(req.url).get("how"), trap = TRAPS[parts(req.url).get("trap")]?.();
    if (how === "throw") throw trap;
    if (how === "log") console.log(trap);
    if (how === "nested") console.log([{ a: [trap] }]);
    if (how === "reject") Promise.reject(trap);
    if (how === "report") reportError(trap);
    if (how === "later") setTimeout(() => { throw trap; });
    if (how === "json") return Response.json({ trap });
    return new Response(how ? "after " + how : "pong");
  }
}"#;

#[test]
fn room_is_ended_that_throws_what_computes_on() {
    each_is_ended(&dev(HANDLER), "throw");
}

#[test]
fn room_is_ended_that_logs_what_computes_on() {
    let dev = dev(HANDLER);
    each_is_ended(&dev, "log");
    each_is_ended(&dev, "nested");
}

#[test]
fn room_is_ended_that_reports_what_computes_on() {
    let dev = dev(HANDLER);
    each_is_ended(&dev, "report");
    each_is_ended(&dev, "json");
}

/// These have answered before the trap springs, so only the room must come back.
#[test]
fn room_is_ended_that_computes_on_behind_its_answer() {
    let dev = dev(HANDLER);
    each_is_ended(&dev, "reject");
    each_is_ended(&dev, "later");
}

#[test]
fn constructor_that_throws_what_computes_on_is_ended() {
    let dev = dev(r#"
export default class {
  constructor(room) { if (TRAPS[room.id]) throw TRAPS[room.id](); }
  onRequest() { return new Response("pong"); }
}"#);
    for name in ["message", "stack", "proxy"] {
        assert_eq!(
            dev.get(&format!("/parties/main/{name}")).status,
            500,
            "{name}"
        );
    }
    assert_eq!(dev.get(ROOM).text(), "pong");
}

#[test]
fn static_handler_that_throws_what_computes_on_is_ended() {
    let dev = dev(r#"
export default class {
  static onFetch(req) {
    const trap = TRAPS[parts(req.url).get("trap")];
    if (trap) throw trap();
    return new Response("pong");
  }
}"#);
    for name in ["message", "many", "proxy"] {
        assert_eq!(dev.get(&format!("/?trap={name}")).status, 500, "{name}");
        dev.answers("/", "pong");
    }
    dev.stderr_has("The worker was reset");
}

#[test]
fn module_that_throws_what_computes_on_is_a_failed_save() {
    let dev = dev("export default class { onRequest() { return new Response('old'); } }");
    dev.edit(
        "server.ts",
        &format!("{TRAPS}\nthrow TRAPS.message();\nexport default class {{}}"),
    );
    dev.stderr_has("Still serving the previous version");
    dev.edit(
        "server.ts",
        "export default class { onRequest() { return new Response('new'); } }",
    );
    dev.answers(ROOM, "new");
}

/// V8 asks nobody while it looks through what claims to be an array of 2^53 elements.
#[test]
fn room_that_cannot_be_stopped_is_replaced() {
    let dev = dev(r#"
export default class {
  onRequest(req) {
    if (parts(req.url).has("search")) console.log("searching"), Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1);
    return new Response("pong");
  }
}"#);
    thread::scope(|scope| {
        let stuck = scope.spawn(|| dev.get(&format!("{ROOM}?search")));
        // Asked while it is stuck.
        dev.stdout_has("searching");
        let waiting = scope.spawn(|| dev.get(ROOM));
        dev.stderr_has("The room `main/r` cannot be stopped");
        dev.stderr_has("a new one takes its place");
        for asked in [stuck, waiting] {
            let answer = asked.join().expect("it is answered");
            assert_eq!(
                (answer.status, answer.text().as_str()),
                (500, "The room was reset")
            );
        }
        assert_eq!(dev.get(ROOM).text(), "pong");
    });
}

#[test]
fn worker_that_cannot_be_stopped_is_replaced() {
    let dev = dev(r#"
export default class {
  static onFetch(req) {
    if (parts(req.url).has("search")) console.log("searching"), Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1);
    return new Response("pong");
  }
}"#);
    let answer = dev.get("/?search");
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (500, "The worker was reset")
    );
    dev.stderr_has("The worker cannot be stopped: a new one takes its place");
    assert_eq!(dev.get("/").text(), "pong");
}

/// The key that nobody waits for any more is given up, so the room comes back by itself.
#[test]
fn derivation_of_hours_ends_with_its_room() {
    let dev = dev(r#"
import { pbkdf2Sync } from "node:crypto";
export default class {
  onRequest(req) {
    if (parts(req.url).has("key")) pbkdf2Sync("a", "b", 2 ** 31 - 1, 32, "sha256");
    return new Response("pong");
  }
}"#);
    assert_eq!(dev.get(&format!("{ROOM}?key")).status, 500);
    dev.stderr_has("it computed for too long without yielding");
    assert_eq!(dev.get(ROOM).text(), "pong");
}

/// What another thread computes for `crypto.subtle` holds back the room's events, as if the room did.
#[test]
fn room_does_not_wait_for_web_crypto_for_longer_than_it_may_compute() {
    let dev = Project::inline(
        r#"
export default class {
  async onRequest(req) {
    if (req.url.endsWith("?key")) {
      const key = await crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false, ["deriveBits"]);
      await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(8), iterations: 400_000_000 }, key, 256);
    }
    return new Response("pong");
  }
}"#,
    )
    .env("PARTYRUN_TURN_MS", "3000")
    .dev();
    let answer = dev.get(&format!("{ROOM}?key"));
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (500, "The room was reset")
    );
    dev.stderr_has("The room `main/r` has been waiting for `crypto.subtle` for 2 s");
    dev.stderr_has("what another thread computed for it took too long");
    assert_eq!(dev.get(ROOM).text(), "pong");
}

#[test]
fn keys_that_would_take_for_ever_are_refused() {
    let dev = Dev::inline(
        r#"
import { generateKeyPairSync, generateKeyPair, scryptSync } from "node:crypto";
import { promisify } from "node:util";
const web = (modulusLength, exponent) => crypto.subtle.generateKey(
  { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength, publicExponent: new Uint8Array(exponent) }, true, ["sign", "verify"]);
async function derived(iterations, extra) {
  const key = await crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false, ["deriveBits", "deriveKey"]);
  const algorithm = { name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(8), iterations };
  return extra ? await crypto.subtle.deriveKey(algorithm, key, { name: "AES-GCM", length: 128 }, true, ["encrypt"]) : await crypto.subtle.deriveBits(algorithm, key, 256);
}
const ENDLESS = [
  ...[0, 1, 2, 4, 65536, 2 ** 32 - 2].map((publicExponent) => () => generateKeyPairSync("rsa", { modulusLength: 1024, publicExponent })),
  ...[0, 2].map((publicExponent) => () => promisify(generateKeyPair)("rsa", { modulusLength: 1024, publicExponent })),
  () => generateKeyPairSync("rsa", { modulusLength: 16_384 }),
  () => web(2048, [0]), () => web(2048, [2]), () => web(2048, [1, 0, 0]), () => web(2048, []),
  () => web(16_384, [1, 0, 1]), () => web(2 ** 32 - 1, [1, 0, 1]),
  () => derived(4e9), () => derived(4e9, true), () => derived(2 ** 31),
  () => scryptSync("a", "b", 32, { N: 2 ** 18, r: 8, p: 2 ** 10, maxmem: 2 ** 30 }),
];
export default class {
  async onRequest() {
    const taken = [];
    for (const make of ENDLESS) {
      try { await make(); taken.push(String(make)); } catch {}
    }
    await web(2048, [1, 0, 1]);
    await derived(1000);
    generateKeyPairSync("rsa", { modulusLength: 1024, publicExponent: 3 });
    return Response.json(taken);
  }
}"#,
    );
    assert_eq!(dev.json(ROOM), serde_json::json!([]));
}
