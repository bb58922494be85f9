//! How values look that user code prints with `console`.

use crate::harness::{Dev, ROOM};

/// What a room prints to stdout while `onRequest` runs `body`.
pub fn printed(body: &str) -> String {
    let dev = running(body);
    dev.get(ROOM);
    between_marks(&dev)
}

/// The program with that room.
pub fn running(body: &str) -> Dev {
    Dev::inline(&server(body))
}

/// The code of a room whose `onRequest` runs `body` between two marks on stdout.
pub fn server(body: &str) -> String {
    format!(
        "export default class {{
  constructor(readonly room) {{}}
  async onRequest(request) {{
    console.log('<<<');
    {body}
    console.log('>>>');
    return new Response('ok');
  }}
}}"
    )
}

/// What stands between the marks, when both are there.
pub fn between_marks(dev: &Dev) -> String {
    dev.stdout_has(">>>\n");
    let text = dev.stdout();
    let (_, rest) = text.split_once("<<<\n").expect("the room began");
    let (text, _) = rest.split_once(">>>\n").expect("the room ended");
    text.trim_end().to_owned()
}

/// Checks what single expressions look like.
fn shown(cases: &[(&str, &str)]) {
    let calls: Vec<_> = cases
        .iter()
        .map(|(values, _)| format!("console.log({values});"))
        .collect();
    let expected: Vec<_> = cases.iter().map(|(_, text)| *text).collect();
    assert_eq!(printed(&calls.join("\n")), expected.join("\n"));
}

/// Row 243.
#[test]
fn values_look_as_in_node() {
    shown(&[
        (
            "'text', 1, -0, 1n, null, undefined, Symbol('s')",
            "text 1 -0 1n null undefined Symbol(s)",
        ),
        ("['text', \"it's\"]", r#"[ 'text', "it's" ]"#),
        (
            "{ a: { b: { c: { d: 1 } } } }",
            "{ a: { b: { c: [Object] } } }",
        ),
        (
            "new Map([['a', { b: 1 }]]), new Set([1])",
            "Map(1) { 'a' => { b: 1 } } Set(1) { 1 }",
        ),
        (
            "new (class Foo { x = 1; #hidden = 2 })(), class Bar {}",
            "Foo { x: 1 } [class Bar]",
        ),
        (
            "Object.create(null), Object.assign(Object.create(null), { a: 1 })",
            "[Object: null prototype] {} [Object: null prototype] { a: 1 }",
        ),
        (
            "{ get a() { throw 1 }, set b(v) {} }",
            "{ a: [Getter], b: [Setter] }",
        ),
        (
            "function f() {}, () => 1, async function g() {}",
            "[Function: f] [Function (anonymous)] [AsyncFunction: g]",
        ),
        (
            "new Date(0), /a/g, [new Date(NaN)]",
            "1970-01-01T00:00:00.000Z /a/g [ Invalid Date ]",
        ),
        (
            "Promise.resolve(4), new Promise(() => {})",
            "Promise { 4 } Promise { <pending> }",
        ),
        (
            "new WeakMap(), new Number(3), new String('s')",
            "WeakMap { <items unknown> } [Number: 3] [String: 's']",
        ),
        (
            "new Uint8Array([1, 2]), new Uint8Array([7]).buffer",
            "Uint8Array(2) [ 1, 2 ] ArrayBuffer { [Uint8Contents]: <07>, byteLength: 1 }",
        ),
        (
            "[1, , 3], new Array(2)",
            "[ 1, <1 empty item>, 3 ] [ <2 empty items> ]",
        ),
    ]);
}

/// Row 243.
#[test]
fn circles_are_marked() {
    assert_eq!(
        printed("const a = { list: [] }; a.self = a; a.list.push(a); console.log(a);"),
        "<ref *1> { list: [ [Circular *1] ], self: [Circular *1] }"
    );
}

/// Row 243.
#[test]
fn proxies_are_seen_through_without_their_traps() {
    let text = printed(
        "const noisy = new Proxy({}, { get: (_, trap) => () => { console.log('trap', trap); } });
    console.log(new Proxy({ a: 1 }, noisy), new Proxy([1], noisy), { in: new Proxy({ b: 2 }, noisy) });
    console.log('%s', new Proxy({ c: 3 }, noisy));
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    console.log(proxy);",
    );
    assert_eq!(
        text,
        "{ a: 1 } [ 1 ] { in: { b: 2 } }\n{ c: 3 }\n<Revoked Proxy>"
    );
}

/// Row 243.
#[test]
fn objects_of_the_platform_show_what_is_in_them() {
    let dev = running(
        "console.log(new Headers({ a: 'b' }), new URLSearchParams('a=1'));
    console.log(request);
    console.log(Response.json({}, { status: 201 }));
    console.log(new WebSocketPair()[0]);",
    );
    dev.get(ROOM);
    let text = between_marks(&dev);
    assert!(
        text.starts_with("Headers { a: 'b' } URLSearchParams { 'a' => '1' }\nRequest {"),
        "{text}"
    );
    for part in [
        "method: 'GET'",
        "/parties/main/r'",
        "status: 201",
        "WebSocket {",
        "readyState: ",
    ] {
        assert!(text.contains(part), "No `{part}` in:\n{text}");
    }
}

/// Row 243.
#[test]
fn connections_show_their_id_and_state() {
    let dev = Dev::inline(
        "export default class {
  onConnect(connection) {
    connection.setState({ name: 'Ada' });
    console.log(connection);
    connection.send('done');
  }
}",
    );
    assert_eq!(dev.ws("/parties/main/r?_pk=the-id").text(), "done");
    dev.stdout_has("readyState: 1");
    let text = dev.stdout();
    for part in ["id: 'the-id'", "state: { name: 'Ada' }"] {
        assert!(text.contains(part), "No `{part}` in:\n{text}");
    }
}

/// Row 243.
#[test]
fn formats_are_those_of_node() {
    shown(&[
        (
            "'%s|%d|%i|%f|%j|%%|%x', 'a', '42.5', '42.5', '1.5kg', { a: 1 }, 'rest', { z: 1 }",
            "a|42.5|42|1.5|{\"a\":1}|%|%x rest { z: 1 }",
        ),
        (
            "'%s %s %s', -0, 5n, { a: { b: 1 } }",
            "-0 5n { a: [Object] }",
        ),
        ("'%s', { toString() { return 'its own' } }", "its own"),
        (
            "'%O', { a: { b: { c: { d: 1 } } } }",
            "{ a: { b: { c: [Object] } } }",
        ),
        ("'%o', [1]", "[ 1, [length]: 1 ]"),
        ("'100%', 5, '%d'", "100% 5 %d"),
        ("'%d %i', {}, 5n", "NaN 5n"),
        ("'%s and %s', 'one'", "one and %s"),
        ("'50%%'", "50%%"),
        ("'%cred', 'color: red'", "red"),
        (
            "'%j', (() => { const a = {}; a.a = a; return a })()",
            "[Circular]",
        ),
    ]);
}

/// Row 243.
#[test]
fn errors_show_stacks_causes_and_properties() {
    let dev = Dev::inline(
        r#"class HttpError extends Error {
  name = "HttpError";
  status = 404;
}
export default class {
  onRequest() {
    console.log(new HttpError("outer", { cause: new TypeError("inner") }));
    console.log(new AggregateError([new Error("first")], "many"));
    console.log({ error: new Error("within") });
    return new Response("ok");
  }
}"#,
    );
    dev.get(ROOM);
    dev.stdout_has("Error: within");
    let text = dev.stdout();
    for part in [
        "HttpError: outer\n    at default.onRequest (server.ts:7:17) {\n  status: 404",
        "[cause]: TypeError: inner\n      at default.onRequest (server.ts:7:49)",
        "AggregateError: many\n    at default.onRequest (server.ts:8:17) {\n  [errors]: [\n    Error: first\n        at default.onRequest (server.ts:8:37)",
        "{\n  error: Error: within\n      at default.onRequest (server.ts:9:26)\n}",
    ] {
        assert!(text.contains(part), "No `{part}` in:\n{text}");
    }
}

/// Row 243.
#[test]
fn values_that_throw_when_looked_at_do_not_stop_the_others() {
    let text = printed(
        "const inspect = Symbol.for('nodejs.util.inspect.custom');
    console.log('before', { [inspect]() { throw new Error('no view') } }, 'after');
    console.log({ [inspect]: (depth, options, inspect) => `own ${depth} ${inspect({ a: 'x' }, options)}` });
    console.log({ get [Symbol.toStringTag]() { throw new Error('tag') } });
    const odd = new Error('x');
    Object.defineProperty(odd, 'stack', { get() { throw new Error('stack') } });
    console.log(odd);
    console.log('%s', { toString() { throw new Error('text') } });
    console.log('%j', { toJSON() { throw new Error('json') } });
    console.table(new Proxy([], { ownKeys() { throw new Error('keys') } }));",
    );
    let lines: Vec<_> = text.lines().collect();
    assert!(
        lines[0].starts_with("before <Formatting threw (Error: no view"),
        "{text}"
    );
    assert!(
        lines[1].contains("server.ts:") && lines[1].ends_with("> after"),
        "{text}"
    );
    assert_eq!(lines[2], "own 2 { a: 'x' }");
    assert!(
        lines[3].starts_with("Object {") || lines[3].starts_with('{'),
        "{text}"
    );
    assert!(text.contains("[Error: x]"), "{text}");
    assert!(text.contains("<Formatting threw (Error: text"), "{text}");
    assert!(text.contains("<JSON threw (Error: json"), "{text}");
}

/// Row 243.
#[test]
fn what_is_too_large_is_cut() {
    let text = printed(
        "console.log(Array.from({ length: 250 }, (_, i) => i));
    console.log(['y'.repeat(20_000)]);
    console.log(Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`k${i}`, i])));
    const level = (inner) => Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, inner]));
    console.log(level(level(level(1))));
    console.log('z'.repeat(5 << 20));",
    );
    assert!(text.len() < 6 << 20, "{} bytes", text.len());
    for part in [
        "... 150 more items",
        "... 10000 more characters",
        "k999: 999,\n  ... 59000 more properties\n}",
        "k999: [Object]\n}",
        "... 1048576 more characters",
    ] {
        assert!(text.contains(part), "No `{part}`");
    }
}
