//! Values of user code that nest deeply: wherever they go, what cannot follow them refuses, and the
//! process lives.

use serde_json::json;

use crate::harness::{Project, ROOM};

/// Each case hands something that nests `LEVELS` deep to a part of the runtime.
const CASES: &str = r#"
import { inspect, isDeepStrictEqual } from "node:util";

const LEVELS = 50_000;
const grow = (first, next) => { let value = first; for (let i = 0; i < LEVELS; i++) value = next(value); return value; };
const array = () => grow([], (value) => [value]);
const object = () => grow({}, (a) => ({ a }));
const map = () => grow(new Map(), (value) => new Map([[1, value]]));
const caused = () => grow(new Error("x"), (cause) => new Error("x", { cause }));
const many = () => grow(new Error("x"), (error) => new AggregateError([error]));
const proxy = () => grow({}, (value) => new Proxy(value, {}));
const text = (open, close) => open.repeat(LEVELS) + close.repeat(LEVELS);

const CASES = {
  put: (room) => room.storage.put("k", array()),
  putMap: (room) => room.storage.put("k", map()),
  putError: (room) => room.storage.put("k", caused()),
  clone: () => structuredClone(object()),
  cloneError: () => structuredClone(caused()),
  post: () => new MessageChannel().port1.postMessage(object()),
  broadcast: () => new BroadcastChannel("x").postMessage(map()),
  json: () => JSON.stringify(array()),
  parse: () => JSON.parse(text("[", "]")),
  body: () => Response.json(array()),
  read: () => new Response(text("[", "]")).json(),
  log: () => console.log(array(), object(), map(), proxy()),
  logError: () => console.log(caused(), many()),
  dir: () => console.dir(object(), { depth: Infinity }),
  table: () => console.table(array()),
  report: () => { reportError(caused()); reportError(many()); reportError(proxy()); },
  reject: () => { Promise.reject(many()); },
  inspect: () => inspect(array(), { depth: Infinity }),
  equal: () => isDeepStrictEqual(object(), object()),
  groups: () => new RegExp(text("(", ")")).test("x"),
  sets: () => new RegExp(text("[", "]"), "v").test("x"),
  pattern: () => new URLPattern({ pathname: "/" + text("{", "}") }),
  names: () => new URLPattern({ pathname: "/(" + text("(", ")") + ")" }),
  evaluated: () => (0, eval)(text("(", ")")),
  made: () => new Function("return " + text("[", "]")),
  headers: () => new Headers(array()),
  filter: (room) => room.context.vectorize.index.query([1, 2], { filter: { a: object() } }),
  metadata: (room) => room.context.vectorize.index.upsert([{ id: "1", values: [1, 2], metadata: object() }]),
  slices: async () => (await grow(new Blob(["abc"]), (blob) => blob.slice(0)).text()) === "abc" || fail(),
  blobs: () => grow(new Blob(["x"]), (blob) => new Blob([blob])).text(),
  signals: () => grow(new AbortController().signal, (signal) => AbortSignal.any([signal])),
  promises: () => grow(Promise.resolve(1), (promise) => new Promise((resolve) => resolve(promise))),
  blocks: (room) => { const nest = (i) => i === 0 ? 1 : room.blockConcurrencyWhile(() => nest(i - 1)); return nest(1000); },
  elements: async () => (await new HTMLRewriter().on("a", { element() {} }).transform(new Response(text("<a>", "</a>"))).text()).length,
};
const fail = () => { throw new Error("wrong"); };

export default class {
  constructor(readonly room) {}
  async onRequest(req) {
    const name = new URL(req.url).searchParams.get("case");
    if (name === null) return Response.json(Object.keys(CASES));
    try {
      await CASES[name](this.room);
    } catch (error) {
      return new Response(error.name);
    }
    return new Response("ok");
  }
}"#;

#[test]
fn deep_values_end_nothing() {
    let index = json!({ "index": { "dimensions": 2, "metric": "cosine" } });
    let mut dev = Project::inline(CASES).config("vectorize", index).dev();
    let names = dev.json(ROOM);
    for name in names.as_array().expect("it is a list") {
        let name = name.as_str().expect("it is a name");
        let answer = dev.get(&format!("/parties/main/{name}?case={name}")).text();
        let expected = ["ok", "RangeError", "SyntaxError", "TypeError"];
        assert!(expected.contains(&answer.as_str()), "{name}: {answer}");
        assert!(dev.is_alive(), "{name}");
    }
    assert_eq!(dev.get("/parties/main/slices?case=slices").text(), "ok");
}

#[test]
fn slices_of_slices_are_those_of_the_standard() {
    let dev = Project::inline(
        r#"
export default class {
  async onRequest() {
    const first = new Blob(["0123", "456789"], { type: "a/b" });
    const second = first.slice(2, 9);
    const cuts = [
      second, second.slice(1, -1), second.slice(-3), second.slice(5, 2), second.slice(0, 100), second.slice(-100, 3),
      second.slice(1).slice(1).slice(1, 3), second.slice(undefined, 2), new Blob([second, second.slice(6)]), new File([second], "f").slice(1, 3),
    ];
    const texts = await Promise.all(cuts.map((cut) => cut.text()));
    const types = [second.type, second.slice(0, 1, "C/D").type, second.slice().size];
    const refused = (() => { try { Blob.prototype.slice.call({}); } catch (error) { return error.name; } })();
    return Response.json([texts, types, refused]);
  }
}"#,
    )
    .dev();
    let texts = [
        "2345678", "34567", "678", "", "2345678", "234", "56", "23", "23456788", "34",
    ];
    assert_eq!(dev.json(ROOM), json!([texts, ["", "c/d", 7], "TypeError"]));
}
