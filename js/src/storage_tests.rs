//! `room.storage` as user code meets it, over a storage that is a map in memory.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Once;

use deno_core::{JsRuntime, RuntimeOptions, serde_v8, v8};

use crate::extensions;
use crate::storage_testing::MapStorage;
use partyrun_ops::storage_interface::SharedStorage;

deno_core::extension!(
    storage_test,
    deps = [partyrun],
    esm_entry_point = "ext:storage_test/main.js",
    esm = ["ext:storage_test/main.js" = {
        source = r#"
        import { core } from "ext:core/mod.js";
        import { useOps } from "ext:partyrun/06_ops.js";
        import { createStorage } from "ext:partyrun/30_storage.js";
        useOps(core.ops);
        globalThis.blocked = 0;
        const blockConcurrencyWhile = (callback) => (globalThis.blocked++, callback());
        globalThis.storage = createStorage({ blockConcurrencyWhile });
        globalThis.caught = (run) => (async () => run())()
          .then(() => "nothing thrown", (error) => `${error.name}: ${error.message}`);
      "#
    },],
);

/// Runs the body of an async function and gives what it returns, as JSON.
fn run(body: &str) -> String {
    static PLATFORM: Once = Once::new();
    PLATFORM.call_once(|| {
        extensions::set_v8_flags();
        partyrun_ops::tls::install_tls_provider();
        // Tests run on threads of which none is the parent of the others, which V8's default platform
        // does not allow on processors with memory protection keys.
        let platform = v8::new_unprotected_default_platform(0, false);
        JsRuntime::init_platform(Some(platform.make_shared()));
    });
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    tokio.expect("a runtime starts").block_on(async {
        let mut all = extensions::for_runtime();
        all.push(storage_test::init());
        let mut runtime = JsRuntime::new(RuntimeOptions {
            extensions: all,
            ..Default::default()
        });
        let storage: SharedStorage = Rc::new(MapStorage(RefCell::new(vec![BTreeMap::new()])));
        runtime.op_state().borrow_mut().put(storage);
        let source = format!("(async () => {{ {body} }})().then((value) => JSON.stringify(value))");
        let promise = runtime
            .execute_script("ext:storage_test/body.js", source)
            .expect("compiles");
        let resolve = runtime.resolve(promise);
        let value = runtime
            .with_event_loop_promise(resolve, Default::default())
            .await;
        let value = value.unwrap_or_else(|error| panic!("{error}"));
        deno_core::scope!(scope, runtime);
        let value = v8::Local::new(scope, value);
        serde_v8::from_v8(scope, value).expect("is a string")
    })
}

fn assert_run(body: &str, expected: &str) {
    assert_eq!(run(body), expected, "{body}");
}

#[test]
fn values_come_back_as_fresh_clones_of_what_was_put() {
    assert_run(
        r#"
      const whole = new Uint8Array([1, 2, 3, 4]);
      const value = { map: new Map([[1, new Set(["x"])]]), date: new Date(5), big: 12n,
        error: new TypeError("oops"), view: whole.subarray(1, 3), lone: "a\ud800" };
      value.self = value;
      const put = storage.put("k", value);
      value.date = null;
      const result = [put instanceof Promise, await put === undefined];
      const got = await storage.get("k");
      got.map = 0;
      const again = await storage.get("k");
      result.push(again.map.get(1).has("x"), again.date.getTime(), String(again.big));
      result.push(again.error instanceof TypeError, again.error.message, again.self === again);
      result.push(again.view.byteOffset, again.view.buffer.byteLength, again.lone === "a\ud800");
      class Foo { x = 1; }
      await storage.put("foo", new Foo());
      result.push((await storage.get("foo")).constructor === Object);
      return result;
    "#,
        r#"[true,true,true,5,"12",true,"oops",true,1,4,true,true]"#,
    );
}

#[test]
fn what_cannot_be_cloned_is_refused_by_name() {
    assert_run(
        r#"
      const bad = [undefined, () => 1, Symbol("x"), new WeakMap(), Promise.resolve(1),
        { nested: new Blob(["x"]) }, new URL("http://x/"), new SharedArrayBuffer(1),
        new Request("http://x/", { method: "POST", body: "b" })];
      const texts = [];
      for (const value of bad) texts.push(await caught(() => storage.put("k", value)));
      texts.push(await caught(() => storage.put("k", { get a() { throw new RangeError("mine"); } })));
      texts.push((await storage.list()).size);
      return texts;
    "#,
        concat!(
            r#"["TypeError: put() called with undefined value.","#,
            r#""DataCloneError: () => 1 could not be cloned.","#,
            r##""DataCloneError: Symbol(x) could not be cloned.","##,
            r##""DataCloneError: #<WeakMap> could not be cloned.","##,
            r##""DataCloneError: #<Promise> could not be cloned.","##,
            r#""DataCloneError: Could not serialize object of type \"Blob\". This type does not support serialization.","#,
            r#""DataCloneError: Could not serialize object of type \"URL\". This type does not support serialization.","#,
            r##""DataCloneError: #<SharedArrayBuffer> could not be cloned.","##,
            r#""DataCloneError: ReadableStream can only be serialized for RPC.","#,
            r#""RangeError: mine",0]"#,
        ),
    );
}

#[test]
fn headers_and_bodiless_requests_and_responses_can_be_stored() {
    assert_run(
        r#"
      await storage.put({ h: new Headers([["a", "b"]]), q: new Request("http://x/", { headers: { c: "d" } }),
        s: new Response(null, { status: 204, headers: { e: "f" } }) });
      const { h, q, s } = Object.fromEntries(await storage.get(["h", "q", "s"]));
      return [h instanceof Headers, h.get("a"), q.constructor.name, q.url, q.headers.get("c"), s.status, s.headers.get("e")];
    "#,
        r#"[true,"b","Request","http://x/","d",204,"f"]"#,
    );
}

#[test]
fn keys_and_values_have_the_limits_of_the_original() {
    assert_run(
        r#"
      const many = (count) => Array.from({ length: count }, (_, i) => "m" + i);
      await storage.put("k".repeat(2048), new Uint8Array(131072));
      await storage.put("", "x".repeat(131100));
      await storage.get(many(128));
      await storage.put(Object.fromEntries(many(129).map((key) => [key, 1])));
      return [
        await caught(() => storage.put("k".repeat(2049), 1)),
        await caught(() => storage.get("€".repeat(683))),
        await caught(() => storage.put("v", "x".repeat(131101))),
        await caught(() => storage.put({ fine: 1, large: new Uint8Array(140000) })),
        await storage.get("fine") === undefined,
        await caught(() => storage.get(many(129))),
        await storage.delete(many(129)),
      ];
    "#,
        concat!(
            r#"["RangeError: Keys cannot be larger than 2048 bytes. A key of size 2049 was provided.","#,
            r#""RangeError: Keys cannot be larger than 2048 bytes. A key of size 2049 was provided.","#,
            r#""RangeError: Values cannot be larger than 131072 bytes. A value of size 131107 was provided.","#,
            r#""RangeError: Values cannot be larger than 131072 bytes. A value of size 140013 was provided.","#,
            r#"true,"RangeError: Maximum number of key value pairs is 128. 129 pairs were provided.",129]"#,
        ),
    );
}

#[test]
fn keys_are_coerced_and_undefined_entries_skipped() {
    assert_run(
        r#"
      await storage.put(5, "five");
      await storage.put(null, "nil");
      await storage.put(undefined, "undef");
      await storage.put({ a: 1, b: undefined });
      return [await storage.get("5"), [...(await storage.list()).keys()], await storage.delete(5),
        await storage.delete("5"), await storage.delete(["a", "null", "none"]), await storage.delete([])];
    "#,
        r#"["five",["5","a","null","undefined"],true,false,2,0]"#,
    );
}

#[test]
fn list_takes_its_options_as_the_original_does() {
    assert_run(
        r#"
      await storage.put({ a: 1, b: 2, c: 3, d: 4, e: 5 });
      const k = (options) => storage.list(options).then(
        (map) => [...map.keys()].join(""), (error) => `${error.name}: ${error.message}`);
      const all = [];
      for (const options of [undefined, null, { start: "b" }, { startAfter: "b" }, { end: "d" },
        { start: "b", end: "d", reverse: true }, { reverse: true, limit: 2 }, { limit: "2" },
        { limit: 2.7 }, { start: "d", end: "b" }, { prefix: "b", start: "a" }, { end: "" },
        { noCache: true, limit: undefined }]) all.push(await k(options));
      for (const options of [{ limit: 0 }, { limit: -1 }, { limit: NaN }, { start: "a", startAfter: "b" }, "x"])
        all.push(await k(options));
      return all;
    "#,
        concat!(
            r#"["abcde","abcde","bcde","cde","abc","cb","ed","ab","ab","","b","","abcde","#,
            r#""TypeError: List limit must be positive.","TypeError: List limit must be positive.","#,
            r#""TypeError: List limit must be positive.","#,
            r#""TypeError: list() cannot be called with both start and startAfter values.","#,
            r#""TypeError: Failed to execute 'list' on 'DurableObjectStorage': parameter 1 is not of type 'ListOptions'."]"#,
        ),
    );
}

#[test]
fn a_transaction_commits_rolls_back_and_ends() {
    assert_run(
        r#"
      await storage.put("k", "old");
      const result = [await storage.transaction((txn) => { txn.put("k", "new"); return "value"; })];
      result.push(await storage.get("k"));
      result.push(await caught(() => storage.transaction(async (txn) => {
        await txn.put("k", "thrown away");
        await storage.put("outer", 1);
        throw new Error("boom");
      })));
      result.push(await storage.get("k"), await storage.get("outer") === undefined);
      result.push(await storage.transaction(async (txn) => {
        txn.put("k", "rolled back");
        txn.rollback();
        return caught(() => txn.put("k", 1));
      }));
      let kept;
      await storage.transaction((txn) => { kept = txn; });
      result.push(await caught(() => kept.get("k")), await storage.get("k"), blocked);
      result.push(await caught(() => storage.transaction()));
      return result;
    "#,
        concat!(
            r#"["value","new","Error: boom","new",true,"#,
            r#""Error: Cannot put() on rolled back transaction","#,
            r#""Error: Cannot call get() on transaction that has already committed: did you move `txn` outside of the closure?","#,
            r#""new",4,"TypeError: Failed to execute 'transaction' on 'DurableObjectStorage': parameter 1 is not of type 'function'."]"#,
        ),
    );
}

#[test]
fn transactions_wait_for_one_another_unless_they_are_nested() {
    assert_run(
        r#"
      const log = [];
      const step = () => new Promise((resolve) => setTimeout(resolve, 1));
      const slow = (name) => storage.transaction(async (txn) => {
        log.push(`${name} begins`);
        await step();
        const inner = await caught(() => storage.transaction(async () => {
          await step();
          await storage.put(name, "inner");
          throw new Error("inner");
        }));
        log.push(inner, await txn.get(name) === undefined);
        await txn.put(name, "outer");
        log.push(`${name} ends`);
      });
      await Promise.all([slow("a"), slow("b")]);
      await storage.transaction(async (txn) => {
        txn.rollback();
        await storage.transaction((inner) => inner.put("after", 1));
      });
      log.push([...(await storage.list()).keys()]);
      return log;
    "#,
        concat!(
            r#"["a begins","Error: inner",true,"a ends","b begins","Error: inner",true,"b ends","#,
            r#"["a","after","b"]]"#,
        ),
    );
}

#[test]
fn the_objects_look_like_the_originals() {
    assert_run(
        r#"
      const names = (object) => { const all = []; for (const name in object) all.push(name); return all.join(); };
      const { get } = storage;
      let detached;
      try { get("x"); } catch (error) { detached = error.message.slice(0, 18); }
      return [storage.constructor.name, String(storage), storage.get.length, names(storage),
        await storage.transaction((txn) => names(txn)), await caught(() => storage.get()), detached,
        await storage.sync() === undefined, await caught(() => storage.get("broken")),
        (await caught(() => storage.get("damaged"))).startsWith("Error: "),
        await caught(() => new storage.constructor())];
    "#,
        concat!(
            r#"["DurableObjectStorage","[object Object]",0,"#,
            r#""get,list,put,delete,deleteAll,transaction,getAlarm,setAlarm,deleteAlarm,sync","#,
            r#""get,list,put,delete,deleteAll,rollback,getAlarm,setAlarm,deleteAlarm","#,
            r#""TypeError: Failed to execute 'get' on 'DurableObjectStorage': parameter 1 is not of type 'string or Array'.","#,
            r#""Illegal invocation",true,"Error: The disk is full",true,"#,
            r#""TypeError: Illegal constructor"]"#,
        ),
    );
}
