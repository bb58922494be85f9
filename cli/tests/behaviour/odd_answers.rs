//! Values that no handler should throw or return, and what their clients get.

use crate::harness::{Dev, ROOM};

/// The statuses of one room whose `onRequest` runs each of these bodies.
fn statuses<const N: usize>(bodies: [&str; N]) -> [u16; N] {
    let cases: String = bodies
        .map(|body| format!("async () => {{ {body} }},"))
        .concat();
    let dev = Dev::inline(&format!(
        r#"
const shared = new Response("shared");
const cases = [{cases}];
export default class {{
  onRequest(req) {{ return cases[Number(new URL(req.url).search.slice(1))](); }}
}}"#
    ));
    let mut at = 0;
    bodies.map(|_| {
        let answer = dev.get(&format!("{ROOM}?{at}"));
        at += 1;
        answer.status
    })
}

/// Row 191.
#[test]
fn code_may_be_text() {
    let codes = statuses([
        r#"throw { code: "404" };"#,
        r#"throw Object.assign(new Error("x"), { code: "503" });"#,
        "throw { code: 418.5 };",
    ]);
    assert_eq!(codes, [404, 503, 418]);
}

/// Row 191.
#[test]
fn code_that_allows_no_body_is_500() {
    let codes = statuses([
        "throw { code: 304 };",
        "throw { code: 204 };",
        "throw { code: 101 };",
        "throw { code: 600 };",
        "throw { code: Symbol() };",
        "throw { get code() { throw 1 } };",
    ]);
    assert_eq!(codes, [500; 6]);
}

/// Values without a usable text, some of which throw when they are looked at.
const ODD: [&str; 9] = [
    r#"Symbol("odd")"#,
    "undefined",
    "null",
    "404",
    "Object.create(null)",
    "() => {}",
    "new Proxy({}, { getPrototypeOf() { throw 1 } })",
    "{ toString() { throw 1 } }",
    r#"Object.defineProperty(new Error(), "message", { get() { throw 1 } })"#,
];

/// Row 192.
#[test]
fn whatever_is_thrown_is_500() {
    let bodies = ODD.map(|value| format!("throw ({value});"));
    let codes = statuses(bodies.each_ref().map(String::as_str));
    assert_eq!(codes, [500; ODD.len()]);
}

/// The statuses of requests for which `handler`, static, throws each of the odd values.
fn front_statuses(handler: &str, path: &str) -> Vec<u16> {
    let odd = ODD.join(", ");
    let dev = Dev::inline(&format!(
        r#"
const odd = [{odd}];
export default class {{
  static {handler}(req) {{ throw odd[Number(new URL(req.url).search.slice(1))]; }}
  onRequest() {{}}
}}"#
    ));
    let status = |at| dev.get(&format!("{path}?{at}")).status;
    (0..ODD.len()).map(status).collect()
}

/// Row 54.
#[test]
fn whatever_on_fetch_throws_is_500() {
    assert_eq!(front_statuses("onFetch", "/x"), [500; ODD.len()]);
}

/// Row 36.
#[test]
fn whatever_on_before_request_throws_is_401() {
    assert_eq!(front_statuses("onBeforeRequest", ROOM), [401; ODD.len()]);
}

/// Row 83.
#[test]
fn whatever_is_thrown_in_on_connect_closes_the_socket() {
    let odd = ODD.join(", ");
    let dev = Dev::inline(&format!(
        r#"
const odd = [{odd}];
export default class {{
  onConnect(conn, {{ request }}) {{
    const at = Number(new URL(request.url).search.slice(1));
    if (at < odd.length) throw odd[at];
  }}
  onMessage(message, conn) {{
    if (message < odd.length) throw odd[message];
    conn.send("alive");
  }}
}}"#
    ));
    let mut other = dev.ws(&format!("{ROOM}?{}", ODD.len()));
    for (at, value) in ODD.iter().enumerate() {
        let closed = dev.ws(&format!("{ROOM}?{at}")).closed();
        assert_eq!(closed.code, 1011, "{value}");
        other.send(&at.to_string());
    }
    assert_eq!(other.ask("?"), "alive");
}

/// Row 192.
#[test]
fn thrown_symbol_names_itself() {
    let dev = Dev::inline(r#"export default class { onRequest() { throw Symbol("odd") } }"#);
    assert_eq!(dev.get(ROOM).text(), "Symbol(odd)");
    assert_eq!(dev.get(ROOM).status, 500, "the room lives on");
}

/// Row 193.
#[test]
fn switching_protocols_needs_a_socket() {
    let codes = statuses([
        "return new Response(null, { status: 101 });",
        "return new Response(null, { status: 101, webSocket: null });",
    ]);
    assert_eq!(codes, [500, 500]);
}

/// Row 193.
#[test]
fn consumed_response_is_500() {
    let codes = statuses([
        r#"const used = new Response("x"); await used.text(); return used;"#,
        r#"const used = new Response(new Blob(["x"]).stream()); await used.text(); return used;"#,
        r#"const locked = new Response(new ReadableStream()); locked.body.getReader(); return locked;"#,
        "return shared;",
        "return shared;",
    ]);
    assert_eq!(codes, [500, 500, 500, 200, 500]);
}

#[test]
fn scheduler_waits() {
    let dev = Dev::inline(
        r#"
export default class {
  async onRequest() {
    const start = Date.now();
    const value = await scheduler.wait(50);
    const aborted = await scheduler.wait(60_000, { signal: AbortSignal.abort("stop") }).catch((reason) => reason);
    return new Response([Date.now() - start >= 49, value, aborted].join());
  }
}"#,
    );
    assert_eq!(dev.get(ROOM).text(), "true,,stop");
}
