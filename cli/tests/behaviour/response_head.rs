//! The head of an answer as it goes over the wire: order and spelling of header names, the length of
//! the body, the reason phrase.

use crate::harness::{Dev, ROOM};

/// A room whose `onRequest` answers `?n` with the `n`th of these expressions.
fn answering<const N: usize>(responses: [&str; N]) -> Dev {
    let cases: String = responses
        .map(|response| format!("(req) => {response},"))
        .concat();
    Dev::inline(&format!(
        r#"
const streamed = () => new ReadableStream({{
  start(controller) {{ controller.enqueue(new TextEncoder().encode("hello")); controller.close(); }},
}});
const cases = [{cases}];
export default class {{
  onRequest(req) {{ return cases[Number(new URL(req.url).search.slice(1))](req); }}
}}"#
    ))
}

/// The header lines of an answer, but for the one that says how the test's connection is used.
fn lines(dev: &Dev, method: &str, n: usize) -> Vec<String> {
    let answer = dev.request(method, &format!("{ROOM}?{n}")).send();
    let lines = answer.headers.into_iter();
    lines
        .filter(|(name, _)| !name.eq_ignore_ascii_case("connection"))
        .map(|(name, value)| format!("{name}: {value}"))
        .collect()
}

#[test]
fn known_names_come_first_and_all_are_spelled_as_by_the_original() {
    let dev = answering([
        r#"new Response("x", { headers: { "zz-top": "1", "X-UPPER": "2", etag: "3", "x-lower": "4", "www-authenticate": "5", "content-type": "a/b", LOCATION: "6", "keep-alive": "x", te: "x", trailer: "x" } })"#,
        r#"new Response(null, { status: 201, headers: new Headers({ "x-b": "1", "CF-Ray": "2" }) })"#,
        r#"new Response("x", { headers: [["vary", "a"], ["X-B", "1"], ["Vary", "b"], ["x-b", "2"]] })"#,
        r#"((copied) => new Response(copied.body, copied))(new Response("x", { headers: { "X-CC": "1" } }))"#,
    ]);
    let expected = [
        "Content-Length: 1",
        "Location: 6",
        "Content-Type: a/b",
        "ETag: 3",
        "WWW-Authenticate: 5",
        "x-lower: 4",
        "X-UPPER: 2",
        "zz-top: 1",
    ];
    assert_eq!(lines(&dev, "GET", 0), expected);
    // Whoever asks again gets the same.
    assert_eq!(lines(&dev, "GET", 0), expected);
    assert_eq!(
        lines(&dev, "GET", 1),
        ["Content-Length: 0", "CF-Ray: 2", "x-b: 1"]
    );
    let text = "Content-Type: text/plain;charset=UTF-8";
    assert_eq!(
        lines(&dev, "GET", 2),
        ["Content-Length: 1", text, "Vary: a, b", "X-B: 1", "X-B: 2"]
    );
    assert_eq!(lines(&dev, "GET", 3)[2], "X-CC: 1");
}

/// Row 21. The length of the body that a `GET` would have is not known without making it.
#[test]
fn head_has_the_length_that_user_code_states() {
    let dev = answering([
        r#"new Response("hello", { headers: { "x-a": "1" } })"#,
        r#"new Response(streamed(), { headers: { "Content-Length": "5" } })"#,
        r#"new Response(null, { headers: { "Content-Length": "7" } })"#,
    ]);
    assert_eq!(
        lines(&dev, "HEAD", 0),
        ["Content-Type: text/plain;charset=UTF-8", "x-a: 1"]
    );
    assert_eq!(lines(&dev, "HEAD", 1), ["Content-Length: 5"]);
    assert_eq!(lines(&dev, "HEAD", 2), ["Content-Length: 7"]);
    assert_eq!(lines(&dev, "GET", 2), ["Content-Length: 0"]);
}

/// Rows 22, 24. A stated length that is wrong would cut the answer, or the connection.
#[test]
fn length_of_a_stream_is_told_when_it_is_known() {
    let dev = answering([
        r#"new Response(streamed(), { headers: { "Content-Length": "3" } })"#,
        r#"new Response(streamed().pipeThrough(new FixedLengthStream(5)))"#,
        r#"new Response(new Blob(["hello"]))"#,
        r#"new Response("hello", { headers: { "Content-Length": "3" } })"#,
        "fetch(`http://${PARTYKIT_HOST}/parties/main/r?3`)",
    ]);
    assert_eq!(lines(&dev, "GET", 0), ["Transfer-Encoding: chunked"]);
    assert_eq!(lines(&dev, "GET", 1), ["Content-Length: 5"]);
    assert_eq!(lines(&dev, "GET", 2), ["Content-Length: 5"]);
    for n in 0..5 {
        assert_eq!(dev.get(&format!("{ROOM}?{n}")).text(), "hello", "{n}");
    }
    assert_eq!(lines(&dev, "GET", 3)[0], "Content-Length: 5");
    assert_eq!(lines(&dev, "GET", 4)[0], "Content-Length: 5");
}

/// An empty text is no body: many programs answer a preflight with one.
#[test]
fn statuses_without_a_body_state_no_length() {
    let dev = answering([
        "new Response(null, { status: 204 })",
        r#"new Response(null, { status: 304, headers: { "content-length": "7" } })"#,
        r#"new Response("", { status: 205 })"#,
        r#"new Response("", { status: 204, headers: { "x-a": "1" } })"#,
        "new Response(new Uint8Array(0), { status: 204 })",
        r#"new Response("x", { status: 204 })"#,
    ]);
    assert!(lines(&dev, "GET", 0).is_empty());
    assert!(lines(&dev, "GET", 1).is_empty());
    assert_eq!(lines(&dev, "GET", 2), ["Content-Length: 0"]);
    assert_eq!(lines(&dev, "GET", 3), ["x-a: 1"]);
    let statuses = [3, 4, 5].map(|n| dev.get(&format!("{ROOM}?{n}")).status);
    assert_eq!(statuses, [204, 204, 500]);
}

#[test]
fn reason_phrase_is_that_of_user_code() {
    let dev = answering([
        r#"new Response("x", { statusText: "Fine" })"#,
        r#"new Response("x", { status: 404, statusText: "Gone Fishing" })"#,
        r#"Response.json(1, { status: 222 })"#,
        r#"Response.json(1, { statusText: "Yes" })"#,
    ]);
    let phrases = [0, 1, 2, 3].map(|n| dev.get(&format!("{ROOM}?{n}")).reason);
    assert_eq!(phrases, ["Fine", "Gone Fishing", "Successful", "Yes"]);
}

/// Row 126. What `onFetch` gives its 101 follows the handshake's own headers.
#[test]
fn handshake_is_spelled_as_by_the_original() {
    let dev = Dev::inline(
        r#"
export default class {
  onConnect() {}
  static onFetch() {
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    return new Response(null, { status: 101, webSocket: client, headers: { "x-own": "1", "sec-websocket-protocol": "chat" } });
  }
}"#,
    );
    let names = |path: &str| -> Vec<String> {
        let head = dev.request("GET", path).upgrade().open();
        let lines = head.so_far.headers.iter();
        lines.map(|(name, _)| name.clone()).collect()
    };
    let handshake = ["Connection", "Upgrade", "Sec-WebSocket-Accept"];
    assert_eq!(names(ROOM), handshake);
    let own = ["Sec-WebSocket-Protocol", "x-own"];
    assert_eq!(names("/fetched"), [&handshake[..], &own].concat());
}

/// Row 22. Whatever is no kind of body is its text, lists too.
#[test]
fn body_that_is_none_is_its_text() {
    let dev = answering([
        "new Response([1, 2])",
        "new Response([3], { status: 201 })",
        "new Response({ a: 1 })",
        "new Response(7)",
    ]);
    let texts = [0, 1, 2, 3].map(|n| dev.get(&format!("{ROOM}?{n}")).text());
    assert_eq!(texts, ["1,2", "3", "[object Object]", "7"]);
}

#[test]
fn a_request_for_a_proxy_is_refused() {
    let dev = answering([r#"new Response("x")"#]);
    let refused = dev.request("CONNECT", ROOM).send();
    assert_eq!(refused.status, 400);
    assert_eq!(dev.get(&format!("{ROOM}?0")).text(), "x");
}
