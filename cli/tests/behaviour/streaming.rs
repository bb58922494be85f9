//! Bodies that arrive or leave piece by piece, and what happens when one side stops.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Dev, ROOM, rest_of};
use crate::hibernation::{nap, restless};

/// Ticks every 200 ms, as often as the query says.
const TICKER: &str = r#"
export default class {
  onRequest(req) {
    let left = Number(new URL(req.url).search.slice(1)) || 1_000_000;
    let timer;
    const body = new ReadableStream({
      start(controller) {
        console.log("stream started");
        timer = setInterval(() => {
          controller.enqueue(new TextEncoder().encode(`data: tick ${left}\n\n`));
          if (--left === 0) { clearInterval(timer); controller.close(); }
        }, 200);
      },
      cancel() { clearInterval(timer); console.log("stream cancelled"); },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }
}"#;

/// A connection on which a request has been started: its head, and `body` as it is.
fn begin(dev: &Dev, method: &str, headers: &str, body: &[u8]) -> TcpStream {
    let mut stream = dev.connect();
    let host = dev.host();
    let head =
        format!("{method} {ROOM} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n");
    stream
        .write_all(&[head.as_bytes(), body].concat())
        .expect("the server reads a request");
    stream
}

/// What a chunked body has at its end when it is whole.
const CLEAN_END: &str = "\r\n0\r\n\r\n";

#[test]
fn stream_outlives_the_idle_time() {
    let dev = restless(TICKER);
    let ticks = dev.get(&format!("{ROOM}?12")).text();
    assert_eq!(ticks.matches("data: tick").count(), 12, "{ticks}");
}

#[test]
fn silent_stream_keeps_its_room() {
    let dev = restless(
        r#"
export default class {
  onRequest(req) {
    if (req.method === "POST") {
      this.controller.enqueue(new TextEncoder().encode("at last"));
      this.controller.close();
      return new Response("ok");
    }
    return new Response(new ReadableStream({ start: (controller) => { this.controller = controller; } }));
  }
}"#,
    );
    let waiting = dev.request("GET", ROOM).open();
    nap();
    assert_eq!(dev.post(ROOM, "").text(), "ok");
    assert_eq!(waiting.finish().text(), "at last");
}

#[test]
fn whole_stream_ends_cleanly() {
    let dev = Dev::inline(TICKER);
    let mut stream = dev.connect();
    write!(
        stream,
        "GET {ROOM}?2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    .expect("the server reads a request");
    let text = rest_of(stream);
    assert!(text.ends_with(CLEAN_END), "{text}");
}

#[test]
fn save_breaks_off_a_stream() {
    let dev = Dev::inline(TICKER);
    let mut stream = BufReader::new(begin(&dev, "GET", "", b""));
    let mut line = String::new();
    while !line.contains("tick") {
        line.clear();
        stream.read_line(&mut line).expect("a tick comes in time");
    }
    dev.edit(
        "server.ts",
        "export default { onRequest() { return new Response('new') } }",
    );
    let mut text = String::from_utf8_lossy(stream.buffer()).into_owned();
    text.push_str(&rest_of(stream.into_inner()));
    assert!(!text.ends_with(CLEAN_END), "it looks whole: {text}");
    dev.answers(ROOM, "new");
}

#[test]
fn client_that_leaves_cancels_the_stream() {
    let dev = Dev::inline(TICKER);
    let mut incoming = dev.request("GET", ROOM).open();
    assert!(incoming.piece());
    drop(incoming);
    dev.stdout_has("stream cancelled");
}

#[test]
fn client_that_leaves_a_silent_stream_cancels_it() {
    let dev = Dev::inline(
        r#"
export default class {
  onRequest() {
    const body = new ReadableStream({ cancel() { console.log("silent stream cancelled"); } });
    return new Response(body);
  }
}"#,
    );
    drop(dev.request("GET", ROOM).open());
    dev.stdout_has("silent stream cancelled");
}

#[test]
fn error_of_a_stream_is_printed_and_breaks_it_off() {
    let dev = Dev::inline(
        r#"
export default class {
  onRequest() {
    let pulls = 0;
    const body = new ReadableStream({
      async pull(controller) {
        if (++pulls === 1) return controller.enqueue(new TextEncoder().encode("first"));
        throw new Error("stream trouble");
      },
    });
    return new Response(body);
  }
}"#,
    );
    let text = rest_of(begin(&dev, "GET", "", b""));
    assert!(text.contains("first"), "{text}");
    assert!(!text.ends_with(CLEAN_END), "it looks whole: {text}");
    dev.stderr_has("stream trouble");
}

/// The original ends such an answer with what there was of it, too.
#[test]
fn stream_of_texts_ends_the_answer_and_the_terminal_says_what_to_do() {
    let dev = Dev::inline(
        r#"
export default class {
  async onRequest(req) {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("bytes, "));
        controller.enqueue("a text");
        controller.close();
      },
    });
    if (req.method === "GET") return new Response(body);
    const error = await new Response(body).text().catch((error) => error);
    return new Response(String(error));
  }
}"#,
    );
    let text = rest_of(begin(&dev, "GET", "", b""));
    assert!(text.contains("bytes, "), "{text}");
    assert!(text.ends_with(CLEAN_END), "{text}");
    dev.stderr_has("This ReadableStream did not return bytes. Enqueue `new TextEncoder()");
    assert_eq!(
        dev.post(ROOM, "").text(),
        "TypeError: This ReadableStream did not return bytes."
    );
}

/// Answers a PUT without reading it, and anything else after the first piece of its body.
const READER: &str = r#"
export default class {
  async onRequest(req) {
    if (req.method === "PUT") return new Response("unread");
    const { value } = await req.body.getReader().read();
    return new Response("first: " + new TextDecoder().decode(value));
  }
}"#;

#[test]
fn large_upload_that_nobody_reads_is_answered_at_once() {
    let dev = Dev::inline(READER);
    let length = 20_000_000;
    let start = Instant::now();
    let stream = begin(&dev, "PUT", &format!("Content-Length: {length}\r\n"), b"");
    let mut upload = stream.try_clone().expect("a socket can be shared");
    thread::scope(|scope| {
        // The server may stop taking it once it has answered.
        scope.spawn(move || upload.write_all(&vec![b'x'; length]));
        let mut line = String::new();
        let mut answer = BufReader::new(stream);
        answer
            .read_line(&mut line)
            .expect("an answer comes in time");
        assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "{:?}",
            start.elapsed()
        );
    });
    assert_eq!(dev.request("PUT", ROOM).send().text(), "unread");
}

#[test]
fn upload_that_stalls_unread_is_answered() {
    let dev = Dev::inline(READER);
    let stream = begin(&dev, "PUT", "Content-Length: 1000000\r\n", &[b'x'; 1000]);
    let mut line = String::new();
    BufReader::new(stream)
        .read_line(&mut line)
        .expect("an answer comes in time");
    assert!(line.starts_with("HTTP/1.1 200"), "{line}");
}

#[test]
fn upload_is_heard_before_its_end() {
    let dev = Dev::inline(READER);
    let mut stream = begin(
        &dev,
        "POST",
        "Transfer-Encoding: chunked\r\n",
        b"5\r\nhello\r\n",
    );
    let mut text = String::new();
    let mut answer = BufReader::new(stream.try_clone().expect("a socket can be shared"));
    while !text.contains("first: hello") {
        let length = answer
            .read_line(&mut text)
            .expect("an answer comes in time");
        assert_ne!(length, 0, "the connection ended: {text}");
        if text.ends_with("\r\n\r\n") {
            let mut body = [0; 12];
            answer
                .read_exact(&mut body)
                .expect("the body comes in time");
            text.push_str(&String::from_utf8_lossy(&body));
        }
    }
    let _ = stream.write_all(b"0\r\n\r\n");
}

#[test]
fn upload_that_breaks_off_is_an_error_in_its_room() {
    let dev = Dev::inline(
        r#"
export default class {
  async onRequest(req) {
    if (req.method === "GET") return new Response("alive");
    console.log("reading");
    await req.text().catch((error) => console.log("broken off: " + (error instanceof Error)));
    return new Response("read");
  }
}"#,
    );
    let stream = begin(
        &dev,
        "POST",
        "Content-Length: 1000000\r\n",
        &[b'x'; 100_000],
    );
    dev.stdout_has("reading");
    drop(stream);
    dev.stdout_has("broken off: true");
    assert_eq!(dev.get(ROOM).text(), "alive");
}
