//! The load generator against a server of this test, which takes sockets, except of one room, and sends messages back.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;

use serde_json::Value;

/// Serves for as long as the test runs.
fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let addr = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.expect("it is accepted");
            thread::spawn(move || serve(stream));
        }
    });
    addr
}

fn serve(mut stream: TcpStream) {
    let mut bytes = [0; 4096];
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let count = stream.read(&mut bytes).unwrap_or(0);
        if count == 0 {
            return;
        }
        head.extend(&bytes[..count]);
    }
    let status = match head.starts_with(b"GET /room-2 ") {
        true => "503 Full\r\nContent-Length: 0",
        false => "101 Switching Protocols",
    };
    // The client may have gone, which the next read shows.
    let _ = write!(stream, "HTTP/1.1 {status}\r\n\r\n");
    while let Ok(count) = stream.read(&mut bytes) {
        if count == 0 {
            return;
        }
        // One short frame, which is masked: head, key, payload.
        let key: [u8; 4] = bytes[2..6].try_into().expect("there are four");
        let payload = bytes[6..count].iter().zip(key.iter().cycle());
        let payload: Vec<u8> = payload.map(|(byte, mask)| byte ^ mask).collect();
        let mut frame = vec![bytes[0], bytes[1] & 0x7f];
        frame.extend(payload);
        let _ = stream.write_all(&frame);
    }
}

#[test]
fn what_could_not_be_opened_is_counted_and_the_others_get_their_message() {
    let addr = server().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadgen"));
    command.args(["held", "--prefix", "/room-", "--rooms", "5", "--each", "3"]);
    command.args(["--messages", "5", "--rest-ms", "1", "--addr", &addr]);
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("it is text");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "begun");
    let report: Value = serde_json::from_str(lines[1]).expect("it is JSON");
    assert_eq!(
        report["count"], 4,
        "one message for each room that is there"
    );
    assert_eq!(report["errors"], 3, "the sockets of the room that is not");
    assert_eq!(report["last_error"], "Expected HTTP status `101`, got: 503");
}
