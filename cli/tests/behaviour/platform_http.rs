//! Request, Response, Headers and fetch in a room's isolate (specification, section 11).

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::json;

use crate::harness::{Dev, ROOM};
use crate::platform::answering;

/// What a room's attempts to do something wrong throw.
fn thrown(attempts: &[&str]) -> serde_json::Value {
    let list: String = attempts
        .iter()
        .map(|attempt| format!("async () => {{ {attempt} }},"))
        .collect();
    answering(&format!(
        "const out = []; for (const attempt of [{list}]) {{ try {{ await attempt(); out.push('nothing'); }} catch (error) {{ out.push(`${{error.name}}: ${{error.message}}`); }} }} return out;"
    ))
    .json(ROOM)
}

/// Row 245.
#[test]
fn responses_refuse_what_workers_refuse() {
    let range = "RangeError: Responses may only be constructed with status codes in the range 200 to 599, inclusive.";
    let null_body =
        "TypeError: Response with null body status (101, 204, 205, or 304) cannot have a body.";
    assert_eq!(
        thrown(&[
            "new Response(null, { status: 101 })",
            "new Response(null, { status: 600 })",
            "new Response('x', { status: 204 })",
            "new Response(null, { webSocket: new WebSocketPair()[0] })",
            "new Response(null, { status: 101, webSocket: {} })",
            "new Response(null, { status: 101, webSocket: new WebSocketPair()[0] }).clone()",
            "new Response('', { encodeBody: 'maybe' })",
            "Response.redirect('/relative')",
            "Response.redirect('http://host/', 200)",
            "const r = new Response('x'); await r.text(); await r.json()",
        ]),
        json!([
            range,
            range,
            null_body,
            "RangeError: Responses with a WebSocket must have status code 101.",
            "TypeError: Incorrect type for the 'webSocket' field on 'InitializerDict': the provided value is not of type 'WebSocket'.",
            "TypeError: Cannot clone a response to a WebSocket handshake.",
            "TypeError: encodeBody: unexpected value: maybe",
            "TypeError: Unable to parse URL: /relative",
            "RangeError: 200 is not a redirect status code. It must be one of: 301, 302, 303, 307, or 308.",
            "TypeError: Body has already been used. It can only be used once. Use tee() first if you need to read it twice.",
        ])
    );
}

#[test]
fn requests_refuse_what_workers_refuse() {
    assert_eq!(
        thrown(&[
            "new Request('/relative')",
            "await fetch('/relative')",
            "new Request('http://host/', { body: 'x' })",
            "new Headers().getAll('a')",
        ]),
        json!([
            "TypeError: Invalid URL: /relative",
            "TypeError: Invalid URL: /relative",
            "TypeError: Request with a GET or HEAD method cannot have a body.",
            "TypeError: getAll() can only be used with the header name \"Set-Cookie\".",
        ])
    );
}

#[test]
fn headers_of_a_request_that_came_in_are_immutable() {
    let dev = Dev::inline(
        r#"export default class { onRequest(req) { req.headers.set("a", "b"); return new Response("set"); } }"#,
    );
    assert_eq!(dev.get(ROOM).text(), "Can't modify immutable headers.");
}

#[test]
fn responses_have_workers_extras() {
    let dev = answering(
        r#"
const plain = new Response("x");
const extra = new Response("x", { status: 404, cf: { a: 1 }, encodeBody: "manual" });
const cookies = new Headers([["set-cookie", "a=1"], ["set-cookie", "b=2"]]);
const request = new Request("http://host/", { method: "POST", body: "b", cf: { x: 1 } });
return [plain.statusText, plain.webSocket, plain.cf ?? "none", extra.statusText, extra.clone().cf,
  cookies.getAll("Set-Cookie"), new Request(request, { body: "c" }).cf, request.clone().cf, new Response("b") instanceof Response];"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!(["OK", null, "none", "Not Found", { "a": 1 }, ["a=1", "b=2"], { "x": 1 }, { "x": 1 }, true])
    );
}

#[test]
fn bodies_are_read_in_every_form() {
    let dev = answering(
        r#"
const form = new FormData();
form.append("text", "words");
form.append("file", new File(["content"], "name.txt", { type: "text/plain" }));
const back = await new Response(form).formData();
const file = back.get("file");
const blob = await new Response("abc", { headers: { "content-type": "text/x" } }).blob();
return [back.get("text"), file.name, file.type, await file.text(), blob.size, blob.type,
  (await new Response("abc").bytes()).length, (await new Response("{\"a\":1}").json()).a,
  (await new Response("a=1&b=2", { headers: { "content-type": "application/x-www-form-urlencoded" } }).formData()).get("b")];"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([
            "words",
            "name.txt",
            "text/plain",
            "content",
            3,
            "text/x",
            3,
            1,
            "2"
        ])
    );
}

/// What a server was asked, and the connections, which stay open.
type Asked = thread::JoinHandle<(Vec<String>, Vec<TcpStream>)>;

/// A server that answers requests, one connection each, with the texts given.
fn upstream(answers: Vec<&'static [u8]>) -> (String, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    let address = listener
        .local_addr()
        .expect("a bound listener has an address");
    let served = thread::spawn(move || {
        let (mut asked, mut streams) = (Vec::new(), Vec::new());
        for answer in answers {
            let (mut stream, _) = listener.accept().expect("the room connects");
            let mut request = Vec::new();
            let mut piece = [0; 1024];
            while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                let length = stream.read(&mut piece).expect("the room sends its request");
                assert_ne!(length, 0, "the request ended early");
                request.extend_from_slice(&piece[..length]);
            }
            stream.write_all(answer).expect("the room reads its answer");
            asked.push(String::from_utf8_lossy(&request).into_owned());
            streams.push(stream);
        }
        (asked, streams)
    });
    (address.to_string(), served)
}

/// The room's answer when `body` may use `upstream`, a URL.
fn with_upstream(answers: Vec<&'static [u8]>, body: &str) -> (serde_json::Value, Vec<String>) {
    let (address, served) = upstream(answers);
    let dev = answering(&format!("const upstream = 'http://{address}'; {body}"));
    let answer = dev.json(ROOM);
    let (asked, _streams) = served.join().expect("the upstream served");
    (answer, asked)
}

/// Row 156.
#[test]
fn redirects_are_followed_or_handed_out() {
    let moved = b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 5\r\nConnection: close\r\n\r\nmoved";
    let there = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nthere";
    let (answer, asked) = with_upstream(
        vec![moved, there, moved],
        r#"
const followed = await fetch(upstream + "/here", { method: "POST", body: "x" });
const text = await followed.text();
const manual = await fetch(upstream + "/here", { redirect: "manual" });
return [followed.redirected, followed.url === upstream + "/there", text, manual.status, manual.headers.get("location"), await manual.text()];"#,
    );
    assert_eq!(answer, json!([true, true, "there", 302, "/there", "moved"]));
    assert!(asked[1].starts_with("GET /there"), "{}", asked[1]);
}

/// Row 156.
#[test]
fn compressed_bodies_are_unpacked() {
    // "zipped", as gzip writes it.
    let zipped: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 26\r\nConnection: close\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\xca\x2c\x28\x48\x4d\x01\x00\x57\x68\xc2\xe2\x06\x00\x00\x00";
    let (answer, _) = with_upstream(
        vec![zipped],
        r#"const r = await fetch(upstream); return [r.headers.get("content-encoding"), await r.text()];"#,
    );
    assert_eq!(answer, json!(["gzip", "zipped"]));
}

/// Row 156: a body that fetch has unpacked goes on unpacked, with its own length.
#[test]
fn unpacked_body_may_be_passed_on() {
    let zipped: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 26\r\nConnection: close\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\xca\x2c\x28\x48\x4d\x01\x00\x57\x68\xc2\xe2\x06\x00\x00\x00";
    let plain: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nplain";
    for (source, pass, text, length) in [
        (zipped, "return fetched", "zipped", None),
        (
            zipped,
            "return new Response(fetched.body, fetched)",
            "zipped",
            None,
        ),
        (
            zipped,
            "return new Response(await fetched.text(), fetched)",
            "zipped",
            Some("6"),
        ),
        (plain, "return fetched", "plain", Some("5")),
        (plain, "return fetched.clone()", "plain", Some("5")),
    ] {
        let (address, served) = upstream(vec![source]);
        let dev = Dev::inline(&format!(
            "export default class {{ async onRequest() {{ const fetched = await fetch('http://{address}/'); {pass} }} }}"
        ));
        let answer = dev.get(ROOM);
        served.join().expect("the upstream served");
        assert_eq!(answer.text(), text, "{pass}");
        assert_eq!(answer.header("content-encoding"), None, "{pass}");
        assert_eq!(answer.header("content-length"), length, "{pass}");
    }
}

/// What user code has packed itself goes on as it is.
#[test]
fn packed_body_is_left_alone_when_asked() {
    let dev = Dev::inline(
        "export default class { onRequest() { return new Response('packed', { encodeBody: 'manual', headers: { 'content-encoding': 'gzip' } }) } }",
    );
    let answer = dev.get(ROOM);
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert_eq!(answer.text(), "packed");
}

/// Row 156.
#[test]
fn request_given_as_the_init_is_sent_on() {
    let answered: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let (address, served) = upstream(vec![answered]);
    let dev = Dev::inline(&format!(
        "export default class {{ onRequest(request) {{ return fetch('http://{address}/other', request) }} }}"
    ));
    let sent = dev.request("PUT", ROOM).header("x-a", "1").body(b"body");
    assert_eq!(sent.send().status, 200);
    let (asked, _streams) = served.join().expect("the upstream served");
    assert!(asked[0].starts_with("PUT /other"), "{}", asked[0]);
    assert!(asked[0].contains("x-a: 1"), "{}", asked[0]);
}

/// Row 156.
#[test]
fn fetch_ends_when_it_is_aborted() {
    let begun = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun";
    let (answer, _) = with_upstream(
        vec![begun, begun],
        r#"
const out = [];
const controller = new AbortController();
for (const [signal, give] of [[AbortSignal.timeout(2000)], [AbortSignal.abort()], [controller.signal, () => controller.abort(new Error("mine"))]]) {
  try {
    const response = await fetch(upstream, { signal });
    give?.();
    await response.text();
  } catch (error) { out.push(`${error.name}: ${error.message}`); }
}
return out;"#,
    );
    assert_eq!(
        answer,
        json!([
            "TimeoutError: The operation was aborted due to timeout",
            "AbortError: The operation was aborted",
            "Error: mine"
        ])
    );
}

/// Row 156.
#[test]
fn body_of_a_fetch_streams_and_may_be_read_by_pieces() {
    let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\n0123456789";
    let (answer, _) = with_upstream(
        vec![whole],
        r#"
const reader = (await fetch(upstream)).body.getReader({ mode: "byob" });
const first = await reader.read(new Uint8Array(4));
reader.releaseLock();
return [new TextDecoder().decode(first.value), first.done];"#,
    );
    assert_eq!(answer, json!(["0123", false]));
}

/// Row 251.
#[test]
fn event_source_hears_events() {
    let events = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\nid: 7\ndata: one\n\nevent: named\ndata: two\ndata: lines\n\n";
    let (answer, asked) = with_upstream(
        vec![events],
        r#"
const source = new EventSource(upstream + "/events");
const heard = [];
source.onopen = () => heard.push("open");
source.onmessage = (event) => heard.push(event.data, event.lastEventId);
await new Promise((resolve) => source.addEventListener("named", (event) => { heard.push(event.data); resolve(); }));
source.close();
return [heard, source.readyState, source.url === upstream + "/events"];"#,
    );
    assert_eq!(answer, json!([["open", "one", "7", "two\nlines"], 2, true]));
    assert!(
        asked[0]
            .to_lowercase()
            .contains("accept: text/event-stream"),
        "{}",
        asked[0]
    );
}
