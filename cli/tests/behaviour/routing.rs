//! How a URL finds its party and room, and what HTTP carries there and back.

use std::time::{Duration, Instant};

use crate::harness::{Dev, Project, ROOM};

const WHO: &str = r#"
import type * as Party from "partykit/server";
export default class Who implements Party.Server {
  count = 0;
  constructor(readonly room: Party.Room) {}
  onRequest(req: Party.Request) {
    this.count += 1;
    return Response.json({ party: this.room.name, id: this.room.id, url: req.url, count: this.count });
  }
}"#;

/// Row 6.
#[test]
fn party_url_names_party_and_room() {
    let dev = Project::inline(WHO).party("other", WHO).dev();
    let main = dev.json("/parties/main/lobby");
    assert_eq!(
        (&main["party"], &main["id"]),
        (&"main".into(), &"lobby".into())
    );
    let other = dev.json("/parties/other/lobby");
    assert_eq!(
        (&other["party"], &other["id"]),
        (&"other".into(), &"lobby".into())
    );
    assert_eq!(
        other["count"], 1,
        "the same id in another party is another room"
    );
}

/// Row 7.
#[test]
fn short_alias_reaches_the_same_room() {
    let dev = Dev::inline(WHO);
    assert_eq!(dev.json("/parties/main/lobby")["count"], 1);
    assert_eq!(dev.json("/party/lobby")["count"], 2);
    assert_eq!(dev.json("/parties/main/lobby")["count"], 3);
}

/// Row 8.
#[test]
fn sub_path_and_query_reach_the_room() {
    let dev = Dev::inline(WHO);
    let seen = dev.json("/parties/main/r/a/b?x=1&y=%20");
    assert_eq!(
        seen["url"],
        format!("http://{}/parties/main/r/a/b?x=1&y=%20", dev.host())
    );
    assert_eq!(seen["id"], "r");
    assert_eq!(
        dev.json("/party/r?q")["count"],
        2,
        "path and query do not choose the room"
    );
}

/// Row 255.
#[test]
fn empty_query_is_no_part_of_the_id() {
    let dev = Dev::inline(WHO);
    assert_eq!(dev.json("/parties/main/r?")["id"], "r");
    assert_eq!(dev.json(ROOM)["count"], 2);
}

/// Row 9.
#[test]
fn room_id_stays_percent_encoded() {
    let dev = Dev::inline(WHO);
    assert_eq!(dev.json("/parties/main/r%20a%2Fb")["id"], "r%20a%2Fb");
    assert_eq!(dev.json("/parties/main/r")["count"], 1);
}

/// Row 10.
#[test]
fn party_names_are_case_sensitive() {
    let dev = Dev::inline(WHO);
    let answer = dev.get("/parties/Main/x");
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (404, "Party Main not found")
    );
    assert_eq!(dev.get("/Parties/main/x").status, 404);
}

/// Row 11.
#[test]
fn unknown_party_is_404() {
    let dev = Dev::inline(WHO);
    let answer = dev.get("/parties/unknown/x");
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (404, "Party unknown not found")
    );
    assert_eq!(dev.get("/parties/constructor/x").status, 404);
}

/// Row 12.
#[test]
fn unknown_party_refuses_a_socket() {
    let answer = Dev::inline(WHO).refused("/parties/unknown/x");
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (404, "Party unknown not found")
    );
}

/// Row 13.
#[test]
fn url_without_a_room_is_not_a_party_url() {
    let dev = Dev::inline(
        r#"export default class { static onFetch(req) { return new Response(new URL(req.url).pathname) } }"#,
    );
    for path in ["/parties/main", "/parties/main/", "/party/", "/parties"] {
        assert_eq!(dev.get(path).text(), path);
    }
}

/// Row 14.
#[test]
fn empty_party_name_is_an_error() {
    let answer = Dev::inline(WHO).get("/parties//x");
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (500, "No party found in request url")
    );
}

/// Row 15.
#[test]
fn party_without_on_request_says_so() {
    let dev = Dev::inline("export default class { onConnect() {} }");
    for method in ["GET", "POST"] {
        let answer = dev.request(method, ROOM).send();
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (500, "No onRequest handler")
        );
    }
}

/// Row 17.
#[test]
fn anything_else_is_404() {
    let dev = Dev::inline(WHO);
    for path in ["/", "/x/y", "/party", "/partying/main/r"] {
        let answer = dev.get(path);
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (404, "Not found"),
            "{path}"
        );
    }
}

const METHODS: &str = r#"
export default class {
  async onRequest(req) {
    const body = await req.arrayBuffer();
    const headers = { "x-method": req.method, "x-length": String(body.byteLength) };
    return new Response("for " + req.method, { headers });
  }
}"#;

/// Row 20.
#[test]
fn options_reaches_the_room_and_gets_no_cors_headers() {
    let answer = Dev::inline(METHODS)
        .request("OPTIONS", ROOM)
        .header("Origin", "http://elsewhere.test")
        .header("Access-Control-Request-Method", "PUT")
        .send();
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (200, "for OPTIONS")
    );
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

/// Row 21.
#[test]
fn head_answers_headers_only() {
    let answer = Dev::inline(METHODS).request("HEAD", ROOM).send();
    assert_eq!(
        (answer.status, answer.header("x-method")),
        (200, Some("HEAD"))
    );
    assert!(answer.body.is_empty());
}

/// Row 22.
#[test]
fn any_method_carries_a_large_body() {
    let dev = Dev::inline(METHODS);
    let body = vec![b'x'; 3_000_000];
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let answer = dev.request(method, ROOM).body(&body).send();
        assert_eq!(answer.header("x-method"), Some(method));
        assert_eq!(answer.header("x-length"), Some("3000000"));
    }
}

/// Row 22.
#[test]
fn large_answer_arrives_whole() {
    let dev = Dev::inline(
        r#"export default class { onRequest() { return new Response(new Uint8Array(3_000_000).fill(7)) } }"#,
    );
    assert_eq!(dev.get(ROOM).body, vec![7; 3_000_000]);
}

/// Row 22.
#[test]
fn request_body_streams_through() {
    let dev = Dev::inline(
        r#"export default class { onRequest(req) { return new Response(req.body.pipeThrough(new TransformStream())) } }"#,
    );
    let body: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    assert_eq!(dev.request("POST", ROOM).body(&body).send().body, body);
}

/// Row 23.
#[test]
fn cookies_stay_separate_headers() {
    let answer = Dev::inline(
        r#"
export default class {
  onRequest() {
    const headers = new Headers();
    headers.append("Set-Cookie", "a=1");
    headers.append("Set-Cookie", "b=2; Path=/");
    return new Response("", { headers });
  }
}"#,
    )
    .get(ROOM);
    assert_eq!(answer.all("set-cookie"), ["a=1", "b=2; Path=/"]);
}

/// Row 24.
#[test]
fn events_arrive_as_they_are_made() {
    let dev = Dev::inline(
        r#"
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export default class {
  onRequest() {
    const { readable, writable } = new TransformStream();
    const writer = writable.getWriter();
    (async () => {
      for (let i = 0; i < 3; i++) {
        await writer.write(new TextEncoder().encode(`data: ${i}\n\n`));
        await later(300);
      }
      await writer.close();
    })();
    return new Response(readable, { headers: { "content-type": "text/event-stream" } });
  }
}"#,
    );
    let start = Instant::now();
    let mut answer = dev.request("GET", ROOM).open();
    assert!(answer.piece(), "the first event is a piece of its own");
    assert_eq!(answer.so_far.text(), "data: 0\n\n");
    assert!(
        start.elapsed() < Duration::from_millis(800),
        "the first event is not held back"
    );
    assert_eq!(answer.finish().text(), "data: 0\n\ndata: 1\n\ndata: 2\n\n");
    assert!(
        start.elapsed() >= Duration::from_millis(600),
        "the events are spaced in time"
    );
}

/// Row 25.
#[test]
fn redirect_is_passed_on() {
    let answer = Dev::inline(
        r#"export default class { onRequest() { return Response.redirect("http://x.test/y", 302) } }"#,
    )
    .get(ROOM);
    assert_eq!((answer.status, answer.reason.as_str()), (302, "Found"));
    assert_eq!(answer.header("location"), Some("http://x.test/y"));
}

#[test]
fn content_types_follow_the_body() {
    let dev = Dev::inline(
        r#"
export default class {
  onRequest(req) {
    return req.url.endsWith("?json") ? Response.json({ a: 1 }) : new Response("hello");
  }
}"#,
    );
    let text = dev.get(ROOM);
    assert_eq!(
        text.header("content-type"),
        Some("text/plain;charset=UTF-8")
    );
    assert_eq!(text.header("content-length"), Some("5"));
    let json = dev.get("/parties/main/r?json");
    assert_eq!(json.header("content-type"), Some("application/json"));
    assert_eq!(json.text(), r#"{"a":1}"#);
}
