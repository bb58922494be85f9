//! Answers that are given before the request's body has come: the handler starts at the head, and need not
//! read.

use std::io::{BufRead, BufReader, Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Dev, ROOM};

/// Reads one piece, in a way that the query names, and answers.
const ONE: &str = r#"
const one = async (body) => (await body.getReader().read()).value.length > 0;
export default class {
  constructor(readonly room) {}
  static async onBeforeRequest(req) {
    if (!req.url.endsWith("?before")) return req;
    await one(req.body);
    return new Response("answered");
  }
  static async onFetch(req) {
    await one(req.body);
    return new Response("answered");
  }
  async onRequest(req) {
    switch (new URL(req.url).search) {
      case "?reader": await one(req.body); break;
      case "?tee": await one(req.body.tee()[0]); break;
      case "?clone": await one(req.clone().body); break;
      case "?unread-clone": req.clone(); break;
      case "?throw": await one(req.body); throw new Error("answered");
      case "?stub": return this.room.context.parties.main.get("other").fetch("/?reader", { method: "POST", body: req.body });
      case "?stream": {
        const reader = req.body.getReader();
        return new Response(new ReadableStream({
          async pull(controller) {
            await reader.read();
            controller.enqueue(new TextEncoder().encode("answered"));
            controller.close();
          },
        }));
      }
    }
    return new Response("answered");
  }
}"#;

const LENGTH: usize = 8_000_000;

/// What comes to a client that sends all of a large body before it reads.
fn answer_to_whole_upload(dev: &Dev, path: &str) -> String {
    let mut stream = dev.connect();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {LENGTH}\r\n\r\n"
    )
    .expect("the server reads a request");
    stream
        .write_all(&vec![b'x'; LENGTH])
        .expect("the server takes all of it");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("the answer comes in time");
    answer
}

#[test]
fn client_that_sends_everything_first_is_answered_at_once() {
    let dev = Dev::inline(ONE);
    let ways = [
        "?reader",
        "?tee",
        "?clone",
        "?unread-clone",
        "?throw",
        "?stub",
        "?stream",
        "?before",
        "?none",
    ];
    let rooms = ways.map(|way| format!("{ROOM}{way}"));
    for path in rooms.iter().map(String::as_str).chain(["/elsewhere"]) {
        let start = Instant::now();
        let answer = answer_to_whole_upload(&dev, path);
        assert!(answer.contains("answered"), "{path}: {answer}");
        let took = start.elapsed();
        assert!(took < Duration::from_secs(5), "{path} took {took:?}");
    }
}

/// The original's words: the rest of a body is nobody's once its request is answered.
#[test]
fn reader_that_goes_on_after_the_answer_hears_of_it() {
    let dev = Dev::inline(
        r#"
export default class {
  async onRequest(req) {
    const reader = req.body.getReader();
    const readAll = async () => { while (!(await reader.read()).done); };
    readAll().then(() => console.log("read all"), (error) => console.log(String(error)));
    return new Response("answered");
  }
}"#,
    );
    let mut stream = dev.connect();
    let head = format!("POST {ROOM} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
    stream
        .write_all(&[head.as_bytes(), &[b'x'; 1000]].concat())
        .expect("the server reads a request");
    dev.stdout_has("TypeError: Can't read from request stream after response has been sent.");
}

/// A body that feeds the answer is read as long as the answer lasts.
#[test]
fn answer_made_of_the_body_is_whole() {
    let dev = Dev::inline(
        r#"
export default class {
  onRequest(req) {
    const reader = req.body.getReader();
    return new Response(new ReadableStream({
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    }));
  }
}"#,
    );
    let stream = dev.connect();
    let mut upload = stream.try_clone().expect("a socket can be shared");
    let sending = thread::spawn(move || {
        let head = format!(
            "POST {ROOM} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {LENGTH}\r\n\r\n"
        );
        upload.write_all(head.as_bytes())?;
        upload.write_all(&vec![b'x'; LENGTH])
    });
    let mut answer = Vec::new();
    BufReader::new(stream)
        .read_to_end(&mut answer)
        .expect("the answer comes in time");
    sending
        .join()
        .expect("it does not panic")
        .expect("it is read");
    let echoed = answer.iter().filter(|byte| **byte == b'x').count();
    assert_eq!(echoed, LENGTH);
}

#[test]
fn small_upload_is_heard_at_its_head() {
    let dev = Dev::inline(
        r#"
export default class {
  async onRequest(req) {
    console.log("heard of it");
    if (req.url.endsWith("?unread")) return new Response("unread");
    return new Response(await req.text());
  }
}"#,
    );
    let head = |path: &str| format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n");
    let mut stream = dev.connect();
    stream
        .write_all(head(ROOM).as_bytes())
        .expect("the server reads a request");
    dev.stdout_has("heard of it");
    for half in ["half", "self"] {
        stream.write_all(half.as_bytes()).expect("it reads on");
    }
    let mut answer = BufReader::new(stream);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        answer
            .read_line(&mut line)
            .expect("the answer comes in time");
    }
    let mut body = [0; 8];
    answer
        .read_exact(&mut body)
        .expect("it is as long as what was sent");
    assert_eq!(&body, b"halfself");

    let mut unread = dev.connect();
    unread
        .write_all(head(&format!("{ROOM}?unread")).as_bytes())
        .expect("the server reads a request");
    let mut line = String::new();
    BufReader::new(unread)
        .read_line(&mut line)
        .expect("the answer comes in time");
    assert!(line.starts_with("HTTP/1.1 200 "), "{line}");
}
