//! Requests that user code sends out.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use crate::harness::{Dev, ROOM};

/// Serves one plain answer and gives its address and what it was asked.
fn upstream() -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    let address = listener
        .local_addr()
        .expect("a bound listener has an address")
        .to_string();
    let served = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the room connects");
        let mut request = Vec::new();
        let mut piece = [0; 1024];
        while !request.ends_with(b"ping") {
            let length = stream.read(&mut piece).expect("the room sends its request");
            assert_ne!(length, 0, "the request ended early");
            request.extend_from_slice(&piece[..length]);
        }
        let answer = "HTTP/1.1 201 Created\r\nX-Up: stream\r\nContent-Length: 4\r\n\r\npong";
        stream
            .write_all(answer.as_bytes())
            .expect("the room reads its answer");
        String::from_utf8_lossy(&request).into_owned()
    });
    (address, served)
}

/// Row 156.
#[test]
fn room_fetches_from_another_server() {
    let dev = Dev::inline(
        r#"
export default class {
  async onRequest(req) {
    const answer = await fetch("http://" + (await req.text()) + "/path?q=1",
      { method: "POST", body: "ping", headers: { "x-mine": "7" } });
    return new Response([answer.status, answer.headers.get("x-up"), await answer.text()].join());
  }
}"#,
    );
    let (address, served) = upstream();
    assert_eq!(dev.post(ROOM, &address).text(), "201,stream,pong");
    let request = served.join().expect("the upstream served").to_lowercase();
    assert!(
        request.starts_with("post /path?q=1 http/1.1\r\n"),
        "{request}"
    );
    assert!(request.contains("x-mine: 7"), "{request}");
}

/// Row 156.
#[test]
fn failed_fetch_is_a_rejection() {
    let dev = Dev::inline(
        r#"
export default class {
  async onRequest() {
    try { await fetch("http://127.0.0.1:1/"); return new Response("connected"); }
    catch (error) { return new Response(String(error instanceof Error)); }
  }
}"#,
    );
    assert_eq!(dev.get(ROOM).text(), "true");
}

/// Rows 157, 219.
#[test]
fn room_fetches_its_own_server() {
    let dev = Dev::inline(
        r#"
declare const PARTYKIT_HOST: string;
export default class {
  constructor(readonly room) {}
  async onRequest() {
    if (this.room.id === "inner") return new Response("inner answers on " + PARTYKIT_HOST);
    return fetch(`http://${PARTYKIT_HOST}/parties/main/inner`);
  }
}"#,
    );
    assert_eq!(
        dev.get(ROOM).text(),
        format!("inner answers on {}", dev.host())
    );
}

/// A server whose connections take one request each, and end with the next.
fn forgetful() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut piece = [0; 1024];
                let _ = stream.read(&mut piece);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                // As if it had been about to end when the next request came.
                let _ = stream.read(&mut piece);
            });
        }
    });
    port
}

/// Row 156.
#[test]
fn request_that_a_kept_connection_has_lost_is_sent_again() {
    let dev = Dev::inline(
        r#"
export default class {
  async onRequest(req) {
    const url = await req.text();
    const answers = [];
    for (const init of [{}, { method: "POST", body: "x" }, {}, {}]) {
      answers.push(await (await fetch(url, init)).text());
    }
    return new Response(answers.join());
  }
}"#,
    );
    let url = format!("http://127.0.0.1:{}/", forgetful());
    assert_eq!(dev.post(ROOM, &url).text(), "ok,ok,ok,ok");
}
