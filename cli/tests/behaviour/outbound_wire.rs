//! The bytes of the requests that user code sends out, as the server they go to receives them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

use crate::harness::{Dev, ROOM};

/// A server that answers everything, one connection after the other.
struct Upstream {
    address: String,
    seen: mpsc::Receiver<Received>,
}

/// One request as it came: the lines of its head in lower case, sorted but for the first, and its body.
#[derive(Debug, PartialEq, Eq)]
struct Received {
    head: Vec<String>,
    body: String,
}

const PLAIN: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

impl Upstream {
    fn start(answer: &'static [u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        Self::serve(listener, answer)
    }

    fn serve(listener: TcpListener, answer: &'static [u8]) -> Self {
        let address = listener.local_addr().expect("a bound listener has one");
        let (sender, seen) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.expect("a connection is accepted");
                if sender.send(exchange(stream, answer)).is_err() {
                    return;
                }
            }
        });
        Upstream {
            address: address.to_string(),
            seen,
        }
    }

    fn next(&self) -> Received {
        let second = std::time::Duration::from_secs(10);
        self.seen.recv_timeout(second).expect("the room asked")
    }
}

fn exchange(stream: TcpStream, answer: &[u8]) -> Received {
    let mut reader = BufReader::new(stream);
    let line = |reader: &mut BufReader<TcpStream>| {
        let mut line = String::new();
        reader.read_line(&mut line).expect("the room sends text");
        line.trim_end().to_owned()
    };
    let mut head = Vec::new();
    loop {
        let text = line(&mut reader).to_lowercase();
        if text.is_empty() {
            break;
        }
        head.push(text);
    }
    let length = head
        .iter()
        .find_map(|header| header.strip_prefix("content-length: "))
        .map_or(0, |value| value.parse().expect("a length is a number"));
    let mut body = Vec::new();
    if head
        .iter()
        .any(|header| header == "transfer-encoding: chunked")
    {
        loop {
            let size = u64::from_str_radix(&line(&mut reader), 16).expect("a chunk has a size");
            let read = reader.by_ref().take(size).read_to_end(&mut body);
            read.expect("the chunk is complete");
            line(&mut reader);
            if size == 0 {
                break;
            }
        }
    } else {
        // Fewer bytes when the room gives up.
        let _ = reader.by_ref().take(length).read_to_end(&mut body);
    }
    let _ = reader.get_mut().write_all(answer);
    // Nothing at all came when the request failed before its head was sent.
    if let [_, headers @ ..] = head.as_mut_slice() {
        headers.sort();
    }
    Received {
        head,
        body: String::from_utf8_lossy(&body).into_owned(),
    }
}

/// A room whose request goes on as the `case` of its query says. `UP` is the upstream.
fn room(upstream: &Upstream, cases: &str) -> Dev {
    Dev::inline(&format!(
        r#"
const UP = "http://{}/";
const bytes = (text) => new TextEncoder().encode(text);
const made = (...chunks) => new ReadableStream({{
  start(c) {{ for (const chunk of chunks) c.enqueue(bytes(chunk)); c.close(); }},
}});
const fixed = (length, text) => {{
  const {{ readable, writable }} = new FixedLengthStream(length);
  const writer = writable.getWriter();
  writer.write(bytes(text)).catch(() => {{}});
  writer.close().catch(() => {{}});
  return readable;
}};
const post = (body, headers) => fetch(UP, {{ method: "POST", body, headers }});
const cases = {{ {cases} }};
export default class {{
  async onRequest(req) {{
    try {{
      const answer = await cases[new URL(req.url).searchParams.get("case")](req);
      return new Response(answer.status + await answer.text());
    }} catch (error) {{ return new Response("threw " + error); }}
  }}
}}"#,
        upstream.address
    ))
}

/// Row 156.
#[test]
fn body_of_a_known_length_is_sent_with_it() {
    let upstream = Upstream::start(PLAIN);
    let dev = room(
        &upstream,
        r#"
  body: (req) => post(req.body),
  init: (req) => fetch(UP, req),
  request: (req) => fetch(new Request(UP, req)),
  clone: (req) => post(req.clone().body),
  cloned: (req) => { req.clone(); return post(req.body); },
  tee: (req) => post(req.body.tee()[1]),
  response: (req) => post(new Response(req.body).body),
  stated: (req) => post(req.body, { "content-length": "3" }),
  blob: () => post(new Blob(["inco", "ming"]).stream()),
  fixed: () => post(fixed(8, "incoming")),
  text: () => post(new Response("incoming").body),
  fetched: async (req) => post((await post("first")).body),
"#,
    );
    for case in [
        "body", "init", "request", "clone", "cloned", "tee", "response", "stated", "blob", "fixed",
        "text",
    ] {
        let answer = dev.post(&format!("{ROOM}?case={case}"), "incoming");
        assert_eq!(answer.text(), "200ok", "{case}");
        let received = upstream.next();
        let head = &received.head;
        assert!(
            head.contains(&"content-length: 8".to_owned()),
            "{case}: {head:?}"
        );
        assert_eq!(received.body, "incoming", "{case}");
    }
    assert_eq!(
        dev.post(&format!("{ROOM}?case=fetched"), "").text(),
        "200ok"
    );
    upstream.next();
    let received = upstream.next();
    assert!(
        received.head.contains(&"content-length: 2".to_owned()),
        "{received:?}"
    );
    // Of 100 KB the start is on its way before the end has come.
    let long = "x".repeat(100_000);
    assert_eq!(
        dev.post(&format!("{ROOM}?case=body"), &long).text(),
        "200ok"
    );
    let received = upstream.next();
    assert!(received.head.contains(&"content-length: 100000".to_owned()));
    assert_eq!(received.body, long);
}

/// Row 156.
#[test]
fn body_of_an_unknown_length_is_sent_in_chunks_whatever_its_headers_say() {
    let upstream = Upstream::start(PLAIN);
    let dev = room(
        &upstream,
        r#"
  made: () => post(made("abc", "def")),
  stated: () => post(made("abc", "def"), { "content-length": "4" }),
  piped: (req) => post(req.body.pipeThrough(new TransformStream())),
"#,
    );
    for case in ["made", "stated", "piped"] {
        let answer = dev.post(&format!("{ROOM}?case={case}"), "abcdef");
        assert_eq!(answer.text(), "200ok", "{case}");
        let received = upstream.next();
        let head = &received.head;
        assert!(
            head.contains(&"transfer-encoding: chunked".to_owned()),
            "{case}: {head:?}"
        );
        assert!(
            !head.iter().any(|line| line.starts_with("content-length")),
            "{case}: {head:?}"
        );
        assert_eq!(received.body, "abcdef", "{case}");
    }
}

/// Row 156.
#[test]
fn body_that_is_shorter_or_longer_than_its_length_fails_the_request() {
    let upstream = Upstream::start(PLAIN);
    let dev = room(
        &upstream,
        "short: () => post(fixed(9, 'abc')), long: () => post(fixed(2, 'abc')), right: () => post(fixed(3, 'abc')),",
    );
    for case in ["short", "long"] {
        let answer = dev.get(&format!("{ROOM}?case={case}")).text();
        assert!(answer.starts_with("threw "), "{case}: {answer}");
    }
    assert_eq!(dev.get(&format!("{ROOM}?case=right")).text(), "200ok");
}

/// Row 156.
#[test]
fn headers_of_the_clients_connection_are_not_passed_on() {
    let upstream = Upstream::start(PLAIN);
    let dev = room(
        &upstream,
        r#"
  request: (req) => fetch(UP, req),
  headers: (req) => post(req.body, req.headers),
  object: (req) => post("abc", Object.fromEntries(req.headers)),
"#,
    );
    let sent = [
        ("Connection", "keep-alive, x-own"),
        ("Keep-Alive", "timeout=9"),
        ("TE", "trailers"),
        ("X-Own", "1"),
    ];
    for case in ["request", "headers", "object"] {
        let path = format!("{ROOM}?case={case}");
        let mut request = dev.request("POST", &path).body(b"abc");
        for (name, value) in sent {
            request = request.header(name, value);
        }
        assert_eq!(request.send().text(), "200ok", "{case}");
        let Received { head, body } = upstream.next();
        for name in [
            "connection",
            "keep-alive",
            "te",
            "transfer-encoding",
            "accept-language",
        ] {
            let is_there = head
                .iter()
                .any(|line| line.starts_with(&format!("{name}:")));
            assert!(!is_there, "{case}: {name} in {head:?}");
        }
        assert!(head.contains(&"x-own: 1".to_owned()), "{case}: {head:?}");
        assert!(
            head.contains(&format!("host: {}", upstream.address)),
            "{case}: {head:?}"
        );
        assert!(
            head.contains(&"content-length: 3".to_owned()),
            "{case}: {head:?}"
        );
        assert_eq!(body, "abc", "{case}");
    }
}

/// Row 156.
#[test]
fn request_without_a_body_has_the_length_nothing() {
    let upstream = Upstream::start(PLAIN);
    let dev = room(
        &upstream,
        r#"
  none: () => fetch(UP, { method: "DELETE" }),
  stream: () => post(new Blob([]).stream()),
  framed: () => fetch(UP, { method: "PATCH", headers: { "transfer-encoding": "chunked" } }),
  get: () => fetch(UP),
"#,
    );
    for (case, length) in [("none", 1), ("stream", 1), ("framed", 1), ("get", 0)] {
        assert_eq!(
            dev.get(&format!("{ROOM}?case={case}")).text(),
            "200ok",
            "{case}"
        );
        let Received { head, .. } = upstream.next();
        let lengths = head.iter().filter(|line| *line == "content-length: 0");
        assert_eq!(lengths.count(), length, "{case}: {head:?}");
    }
}

/// Row 156.
#[test]
fn ports_that_browsers_refuse_are_asked() {
    let taken = (6665..=6669).find_map(|port| TcpListener::bind(("127.0.0.1", port)).ok());
    let listener = taken.expect("one of the ports is free");
    let upstream = Upstream::serve(listener, PLAIN);
    let dev = room(&upstream, "get: () => fetch(UP),");
    assert_eq!(dev.get(&format!("{ROOM}?case=get")).text(), "200ok");
    upstream.next();
}
