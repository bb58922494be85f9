//! Clients that end their sending side once they have asked (`nc -N`, socat, health checks), and clients
//! that are gone.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};

use crate::harness::{Dev, ROOM, eventually, masked, rest_of};

/// Answers after a while with what it was sent; `?ticks` streams, `?never` does not answer.
const SLOW: &str = r#"
const after = (time) => new Promise((resolve) => setTimeout(resolve, time));
export default class {
  onConnect(conn) { conn.send("welcome"); }
  onClose() { console.log("onClose ran"); }
  async onRequest(req) {
    const { search } = new URL(req.url);
    console.log(`asked ${search}`);
    if (search === "?never") await new Promise(() => {});
    if (search === "?ticks") {
      let left = 4;
      return new Response(new ReadableStream({
        async pull(controller) {
          await after(150);
          controller.enqueue(new TextEncoder().encode(`tick ${left}\n`));
          if (--left === 0) controller.close();
        },
      }));
    }
    const text = await req.text().catch((error) => `broken: ${error.message}`);
    await after(100);
    return new Response(`heard ${text.length > 100 ? text.length : text}`);
  }
}"#;

/// A connection whose client has sent `bytes` and will send no more.
fn ended(dev: &Dev, bytes: impl AsRef<[u8]>) -> TcpStream {
    let mut stream = dev.connect();
    stream
        .write_all(bytes.as_ref())
        .expect("the server reads a request");
    stream.shutdown(Shutdown::Write).expect("a side can end");
    stream
}

fn request(line: &str, rest: &str) -> String {
    format!("{line}\r\nHost: x\r\n{rest}")
}

#[test]
fn client_that_ends_its_sending_side_gets_its_answer() {
    let dev = Dev::inline(SLOW);
    let get = format!("GET {ROOM} HTTP/1.1");
    let post = format!("POST {ROOM} HTTP/1.1");
    let upload = format!("Content-Length: 200000\r\n\r\n{}", "x".repeat(200_000));
    for (bytes, heard) in [
        (request(&get, "\r\n"), "heard "),
        (request(&get, "Connection: close\r\n\r\n"), "heard "),
        (request(&format!("GET {ROOM} HTTP/1.0"), "\r\n"), "heard "),
        (
            request(&post, "Content-Length: 4\r\n\r\nbody"),
            "heard body",
        ),
        (
            request(
                &post,
                "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
            ),
            "heard body",
        ),
        (request(&post, &upload), "heard 200000"),
    ] {
        let answer = rest_of(ended(&dev, &bytes));
        assert!(answer.contains(" 200 OK\r\n"), "{answer}\n{bytes:.80}");
        assert!(answer.ends_with(heard), "{answer}\n{bytes:.80}");
    }
}

#[test]
fn end_that_comes_later_is_no_different() {
    let dev = Dev::inline(SLOW);
    let mut stream = dev.connect();
    stream
        .write_all(request(&format!("GET {ROOM}?later HTTP/1.1"), "\r\n").as_bytes())
        .expect("the server reads a request");
    dev.stdout_has("asked ?later");
    stream.shutdown(Shutdown::Write).expect("a side can end");
    assert!(rest_of(stream).ends_with("heard "));
}

#[test]
fn all_that_was_asked_before_the_end_is_answered() {
    let dev = Dev::inline(SLOW);
    let one = request(
        &format!("POST {ROOM} HTTP/1.1"),
        "Content-Length: 3\r\n\r\none",
    );
    let two = request(
        &format!("POST {ROOM} HTTP/1.1"),
        "Content-Length: 3\r\n\r\ntwo",
    );
    let three = request(&format!("GET {ROOM}?ticks HTTP/1.1"), "\r\n");
    let answers = rest_of(ended(&dev, [one, two, three].concat()));
    let at = |text: &str| {
        answers
            .find(text)
            .unwrap_or_else(|| panic!("No {text}: {answers}"))
    };
    assert!(at("heard one") < at("heard two"), "{answers}");
    assert!(at("heard two") < at("tick 1"), "{answers}");
    assert!(answers.ends_with("\r\n0\r\n\r\n"), "{answers}");
}

#[test]
fn end_in_the_middle_of_a_stream_leaves_it_whole() {
    let dev = Dev::inline(SLOW);
    let mut stream = dev.connect();
    stream
        .write_all(request(&format!("GET {ROOM}?ticks HTTP/1.1"), "\r\n").as_bytes())
        .expect("the server reads a request");
    let mut answer = BufReader::new(stream.try_clone().expect("a socket can be shared"));
    let mut line = String::new();
    while !line.contains("tick 4") {
        line.clear();
        answer.read_line(&mut line).expect("a tick comes in time");
    }
    stream.shutdown(Shutdown::Write).expect("a side can end");
    let mut rest = String::new();
    answer.read_to_string(&mut rest).expect("it is text");
    assert!(rest.contains("tick 1\n"), "{rest}");
    assert!(rest.ends_with("\r\n0\r\n\r\n"), "{rest}");
}

#[test]
fn body_that_the_end_cuts_short_is_an_error_in_its_room() {
    let dev = Dev::inline(SLOW);
    for rest in [
        "Content-Length: 10\r\n\r\nfour",
        "Content-Length: 1000000\r\n\r\nfour",
        "Transfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n",
    ] {
        let answer = rest_of(ended(&dev, request(&format!("POST {ROOM} HTTP/1.1"), rest)));
        assert!(answer.contains(" 200 OK\r\n"), "{answer}");
        assert!(
            answer.contains("heard broken: The request's body ended early"),
            "{answer}"
        );
    }
}

#[test]
fn handshake_of_a_client_that_sends_no_more_is_answered() {
    let dev = Dev::inline(SLOW);
    let handshake = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let handshake = request(&format!("GET {ROOM} HTTP/1.1"), handshake).into_bytes();
    let message = masked(0x81, b"a message that came along");
    for bytes in [handshake.clone(), [handshake, message].concat()] {
        let answer = rest_of(ended(&dev, bytes));
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        assert!(answer.contains("welcome"), "{answer}");
    }
    dev.stdout_has("onClose ran");
}

#[test]
fn clients_that_ended_leave_no_descriptor() {
    let dev = Dev::inline(SLOW);
    assert_eq!(dev.get(ROOM).status, 200);
    let before = dev.open_files();
    for line in ["GET", "POST"] {
        for _ in 0..10 {
            let bytes = request(&format!("{line} {ROOM} HTTP/1.1"), "\r\n");
            assert!(rest_of(ended(&dev, bytes)).contains(" 200 OK"));
            // Gone before it is answered.
            drop(ended(
                &dev,
                request(&format!("{line} {ROOM} HTTP/1.1"), "\r\n"),
            ));
        }
    }
    eventually("the descriptors are given back", || {
        (dev.open_files() <= before).then_some(())
    });
}

/// A client that closes with something unread resets its connection.
#[test]
fn client_that_resets_while_its_answer_is_made_leaves_no_descriptor() {
    let dev = Dev::inline(SLOW);
    assert_eq!(dev.get(ROOM).status, 200);
    let before = dev.open_files();
    for _ in 0..10 {
        let mut stream = dev.connect();
        let rest = "Expect: 100-continue\r\nContent-Length: 4\r\n\r\nbody";
        stream
            .write_all(request(&format!("POST {ROOM}?never HTTP/1.1"), rest).as_bytes())
            .expect("the server reads a request");
        let mut first = [0; 4];
        stream.read_exact(&mut first).expect("it is told to go on");
    }
    eventually("the descriptors are given back", || {
        (dev.open_files() <= before).then_some(())
    });
}
