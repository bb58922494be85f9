//! Bodies and header texts on their way between user code and the wire (specification, sections 3.7 and 11).

use serde_json::json;

use crate::harness::{Dev, ROOM};
use crate::platform::answering;

/// A room that answers with what the expression says.
fn responding(response: &str) -> Dev {
    Dev::inline(&format!(
        "const bytes = (text: string) => new TextEncoder().encode(text);\n\
         const stream = (text: string) => new ReadableStream({{ start(to) {{ to.enqueue(bytes(text)); to.close(); }} }});\n\
         export default class {{ async onRequest(request: Request) {{ return {response} }} }}"
    ))
}

#[test]
fn empty_body_is_none_where_the_status_takes_none() {
    let dev = answering(
        r#"
const empty = ["", new Uint8Array(), new ArrayBuffer(0), new Blob([]), new URLSearchParams()];
return [204, 205, 304].map((status) => empty.every((body) => {
  const response = new Response(body, { status });
  return response.body === null && [...response.headers].length === 0;
}));"#,
    );
    assert_eq!(dev.json(ROOM), json!([true, true, true]));
    assert_eq!(
        responding("new Response('', { status: 204 })")
            .get(ROOM)
            .status,
        204
    );
}

#[test]
fn json_of_what_has_no_json_is_undefined() {
    let dev = answering(
        r#"
const texts = [];
for (const value of [undefined, () => 1, Symbol("s"), null]) texts.push(await Response.json(value).text());
const response = Response.json(undefined, { status: 201, headers: { "content-type": "a/b", "x-a": "1" } });
let refused;
try { Response.json(); } catch (error) { refused = error.message; }
return [texts, response.status, [...response.headers], refused];"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([
            ["undefined", "undefined", "undefined", "null"],
            201,
            [["content-type", "a/b"], ["x-a", "1"]],
            "Failed to execute 'json' on 'Response': parameter 1 is not of type 'JsValue'."
        ])
    );
}

#[test]
fn reason_phrase_of_a_plain_answer_is_user_codes() {
    for (given, phrase) in [
        ("{ statusText: 'Fine' }", "Fine"),
        (
            "{ status: 404, statusText: 'Gone Fishing' }",
            "Gone Fishing",
        ),
        ("{ status: 207 }", "Multi-Status"),
        ("{ status: 299 }", "Successful"),
    ] {
        let dev = responding(&format!("new Response('x', {given})"));
        assert_eq!(dev.get(ROOM).reason, phrase, "{given}");
    }
}

/// What is known of a body's length reaches the client, and what user code says of a stream's does not.
#[test]
fn lengths_are_those_of_the_bodies() {
    for (response, length, text) in [
        (
            "new Response(new Blob(['abc'], { type: 'a/b' }))",
            Some("3"),
            "abc",
        ),
        (
            "new Response(stream('abc'), { headers: { 'content-length': '5' } })",
            None,
            "abc",
        ),
        (
            "new Response(stream('abc'), { headers: { 'content-length': '1' } })",
            None,
            "abc",
        ),
        (
            "new Response('abc', { headers: { 'content-length': '1' } })",
            Some("3"),
            "abc",
        ),
        ("new Response(new Response('abc').body)", Some("3"), "abc"),
        (
            "(() => { const r = new Response('abc'); r.body; return r })()",
            Some("3"),
            "abc",
        ),
        (
            "new Response(new Response('abc').body.pipeThrough(new TransformStream()), { headers: { 'content-length': '9' } })",
            None,
            "abc",
        ),
        ("new Response(request.body, request)", Some("4"), "sent"),
    ] {
        let answer = responding(response).post(ROOM, "sent");
        assert_eq!(answer.header("content-length"), length, "{response}");
        assert_eq!(answer.text(), text, "{response}");
    }
    let form = responding(
        "(() => { const form = new FormData(); form.set('a', 'b'); return new Response(form) })()",
    )
    .get(ROOM);
    assert_eq!(
        form.header("content-length"),
        Some(form.body.len().to_string().as_str())
    );
}

/// Header texts are UTF-8 on the wire, both ways and between rooms.
#[test]
fn header_values_are_utf8() {
    let dev = Dev::inline(
        r#"export default class {
  constructor(public room) {}
  async onRequest(request: Request) {
    const url = new URL(request.url);
    if (url.search === "?told") return new Response("x", { headers: { "x-told": request.headers.get("x-in") + " é日" } });
    const told = await fetch(`http://${url.host}${url.pathname}?told`, { headers: { "x-in": "ü語" } });
    const stub = await this.room.context.parties.main.get("other").fetch("/?told", { headers: { "x-in": "ü語" } });
    return Response.json([request.headers.get("x-in"), told.headers.get("x-told"), stub.headers.get("x-told")]);
  }
}"#,
    );
    let answer = dev.request("GET", ROOM).header("x-in", "ß字").send();
    assert_eq!(answer.json(), json!(["ß字", "ü語 é日", "ü語 é日"]));
}

#[test]
fn any_body_may_be_read_into_the_readers_buffer() {
    let dev = answering(
        r#"
const bytes = (text) => new TextEncoder().encode(text);
const form = new FormData();
form.set("a", "b");
const bodies = ["hello world", bytes("hello world"), new Blob(["hello world"]), new URLSearchParams("hello=world"), form];
const out = [];
for (const body of bodies) {
  const reader = new Response(body).body.getReader({ mode: "byob" });
  const { done, value } = await reader.read(new Uint8Array(5));
  out.push([done, value.length]);
}
const [a, b] = new Request("http://host/", { method: "POST", body: "abc" }).body.tee();
const first = await a.getReader({ mode: "byob" }).read(new Uint8Array(2));
const source = bytes("twice");
const one = new Response(source);
const two = one.clone();
await one.body.getReader({ mode: "byob" }).read(new Uint8Array(9));
const end = new Response("").body.getReader();
return [out, [...first.value], await new Response(b).text(), await two.text(), (await end.read()).done];"#,
    );
    let five = json!([false, 5]);
    assert_eq!(
        dev.json(ROOM),
        json!([
            [five, five, five, five, five],
            [97, 98],
            "abc",
            "twice",
            true
        ])
    );
}

#[test]
fn readers_wait_for_the_least_that_is_asked() {
    let dev = answering(
        r#"
const shown = ({ done, value }) => [done, value === undefined ? 0 : value.length];
const write = async (writable) => {
  const writer = writable.getWriter();
  for (const text of ["abc", "def", "gh"]) await writer.write(new TextEncoder().encode(text));
  await writer.close();
};
const identity = new IdentityTransformStream();
write(identity.writable);
const reader = identity.readable.getReader({ mode: "byob" });
const out = [];
for (let i = 0; i < 3; i++) out.push(shown(await reader.readAtLeast(5, new Uint8Array(10))));
const text = new Response("hello world").body.getReader({ mode: "byob" });
out.push(shown(await text.readAtLeast(7, new Uint8Array(20))), shown(await text.readAtLeast(1, new Uint8Array(20))));
const words = await new Response("hello world!").body.getReader({ mode: "byob" }).readAtLeast(2, new Uint16Array(4));
out.push([words.value.constructor.name, words.value.length]);
for (const args of [[0, new Uint8Array(4)], [5, new Uint8Array(4)], [2], [2, "x"]]) {
  out.push((await new Response("hello").body.getReader({ mode: "byob" }).readAtLeast(...args).catch((error) => error)).message);
}
return out;"#,
    );
    let no_view = "Failed to execute 'readAtLeast' on 'ReadableStreamBYOBReader': parameter 2 is not of type 'ArrayBufferView'.";
    assert_eq!(
        dev.json(ROOM),
        json!([
            [false, 6],
            [false, 2],
            [true, 0],
            [false, 11],
            [true, 0],
            ["Uint8Array", 8],
            "Requested invalid minimum number of bytes to read (0).",
            "Minimum bytes to read (5) exceeds size of buffer (4).",
            no_view,
            no_view
        ])
    );
}

#[test]
fn event_source_reads_a_stream() {
    let dev = answering(
        r#"
const text = "\uFEFFid: 1\nretry: 10\ndata: hi\n\n: comment\nevent: named\r\ndata:a\rdata: b\r\n\r\ndata: unfinished";
const source = EventSource.from(new Response(text).body);
const out = [[source instanceof EventSource, source.readyState, source.url, source.withCredentials]];
source.onmessage = ({ data, lastEventId }) => out.push([data, lastEventId]);
source.addEventListener("named", ({ data, lastEventId }) => out.push([data, lastEventId]));
await new Promise((resolve) => source.onerror = ({ error }) => { out.push([error.message, source.readyState]); resolve(); });
const closed = EventSource.from(new Response("data: a\n\n").body);
closed.close();
for (const wrong of ["text", new Response("x").body.getReader() && undefined]) {
  try { EventSource.from(wrong); } catch (error) { out.push(error.name); }
}
return [...out, closed.readyState];"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([
            [true, 1, "", false],
            ["hi", "1"],
            ["a\nb", "1"],
            ["The server disconnected.", 2],
            "TypeError",
            "TypeError",
            2
        ])
    );
}
