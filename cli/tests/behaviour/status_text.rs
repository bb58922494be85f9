//! The reason phrase of an answer: any text without control characters, as UTF-8.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use serde_json::json;

use crate::harness::{Dev, ROOM};

/// Answers with the phrase that the query names, in each way that a project can.
const PHRASES: &str = r#"
const phrases = {
  ja: "部屋が存在しません", emoji: "gone 👋", latin: "café", long: "x".repeat(300), mixed: "Nicht gefunden: Äpfel „ß“",
  lone: "a\ud800b", object: { toString: () => "物" },
};
const answer = (req) => {
  const [phrase, way] = new URL(req.url).search.slice(1).split("&");
  const init = { status: 404, statusText: phrases[phrase] };
  switch (way) {
    case "null": return new Response(null, init);
    case "json": return Response.json({}, init);
    case "undefined": return Response.json(undefined, init);
    case "stream": return new Response(new Blob(["x"]).stream(), init);
    case "headers": return new Response("x", { ...init, headers: new Headers({ "x-a": "1" }) });
    case "clone": return new Response("x", init).clone();
    case "copy": { const first = new Response("x", init); return new Response(first.body, first); }
    default: return new Response("x", init);
  }
};
export default class {
  constructor(readonly room) {}
  static onFetch(req) { return answer(req); }
  static onBeforeRequest(req) { return req.url.endsWith("&before") ? answer(req) : req; }
  static onBeforeConnect(req) { return answer(req); }
  async onRequest(req) {
    const { pathname, search } = new URL(req.url);
    if (!search.endsWith("&stub")) return answer(req);
    const response = await this.room.context.parties.main.get("other").fetch(`${pathname}${search}`.replace("&stub", ""));
    return search.startsWith("?read") ? response : Response.json([response.status, response.statusText]);
  }
}"#;

const JA: &str = "部屋が存在しません";

#[test]
fn phrase_goes_out_as_utf8() {
    let dev = Dev::inline(PHRASES);
    let long = "x".repeat(300);
    for (name, phrase) in [
        ("ja", JA),
        ("emoji", "gone 👋"),
        ("latin", "café"),
        ("mixed", "Nicht gefunden: Äpfel „ß“"),
        ("long", long.as_str()),
        ("lone", "a\u{fffd}b"),
        ("object", "物"),
    ] {
        let answer = dev.get(&format!("{ROOM}?{name}"));
        assert_eq!((answer.status, answer.reason.as_str()), (404, phrase));
        assert_eq!(answer.text(), "x");
    }
    dev.stdout_has(&format!("GET {ROOM} 404 {JA} ("));
}

#[test]
fn every_way_to_answer_has_the_phrase() {
    let dev = Dev::inline(PHRASES);
    let ways = [
        "null",
        "json",
        "undefined",
        "stream",
        "headers",
        "clone",
        "copy",
        "before",
    ];
    for way in ways {
        let answer = dev.get(&format!("{ROOM}?ja&{way}"));
        assert_eq!((answer.status, answer.reason.as_str()), (404, JA), "{way}");
    }
    assert_eq!(dev.get("/elsewhere?ja").reason, JA);
    let refused = dev.refused(&format!("{ROOM}?ja"));
    assert_eq!((refused.status, refused.reason.as_str()), (404, JA));
    assert_eq!(refused.text(), "x");
}

#[test]
fn phrase_comes_back_through_a_stub() {
    let dev = Dev::inline(PHRASES);
    for (name, phrase) in [("ja", JA), ("latin", "café")] {
        let told = dev.json(&format!("{ROOM}?{name}&stub"));
        assert_eq!(told, json!([404, phrase]));
    }
}

#[test]
fn phrase_can_be_read_and_copied() {
    let told = Dev::inline(
        r#"
export default class {
  onRequest() {
    const init = { status: 400, statusText: "部屋" };
    const response = new Response("x", init);
    class Own extends Response {}
    return Response.json([
      response.statusText, response.clone().statusText, new Response(null, response).statusText,
      Response.json(1, init).statusText, new Own("x", init).statusText, new Own("x", init) instanceof Own,
      new Response("x", { statusText: "\x7f" }).statusText.charCodeAt(0), new Response("x", { statusText: null }).statusText,
      new Response("x", { statusText: undefined }).statusText, Response.error().statusText,
    ]);
  }
}"#,
    )
    .json(ROOM);
    let usual = json!([
        "部屋", "部屋", "部屋", "部屋", "部屋", true, 127, "null", "OK", ""
    ]);
    assert_eq!(told, usual);
}

/// A line break would end the status line.
#[test]
fn control_characters_are_refused() {
    let dev = Dev::inline(
        r#"
const texts = ["a\nb", "a\r\nX-Evil: 1", "a\0b", "a\tb", "a\x1bb", "部\n屋"];
export default class {
  static onBeforeConnect(req) { return new Response("x", { status: 404, statusText: texts[0] }); }
  onRequest() {
    const make = [(init) => new Response("x", init), (init) => Response.json(1, init)];
    const outcome = (statusText, make) => { try { make({ statusText }); return "made"; } catch (error) { return String(error); } };
    return Response.json(texts.flatMap((text) => make.map((make) => outcome(text, make))));
  }
}"#,
    );
    let refused = json!(vec!["TypeError: Invalid statusText"; 12]);
    assert_eq!(dev.json(ROOM), refused);
    let handshake = dev.refused(ROOM);
    assert_eq!(
        (handshake.status, handshake.text().as_str()),
        (401, "Invalid statusText")
    );
}

/// One with other characters than ASCII reads as the usual one: see docs/compatibility.md.
#[test]
fn phrase_of_another_server_can_be_read() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        for phrase in ["Gone Fishing", "Not Found", "Gone Fishing"] {
            let (mut stream, _) = listener.accept().expect("it is asked");
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(
                stream,
                "HTTP/1.1 404 {phrase}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
            );
        }
    });
    let dev = Dev::inline(&format!(
        r#"
export default class {{
  async onRequest(req) {{
    const response = await fetch("http://127.0.0.1:{port}/");
    if (req.url.endsWith("?pass")) return response;
    return Response.json([response.status, response.statusText, await response.text()]);
  }}
}}"#
    ));
    assert_eq!(dev.json(ROOM), json!([404, "Gone Fishing", "hi"]));
    assert_eq!(dev.json(ROOM), json!([404, "Not Found", "hi"]));
    let passed = dev.get(&format!("{ROOM}?pass"));
    assert_eq!(
        (passed.status, passed.reason.as_str()),
        (404, "Gone Fishing")
    );
}
