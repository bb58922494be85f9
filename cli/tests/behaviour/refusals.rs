//! Requests that are refused before anybody sees them (RFC 9112), and those that look as if.

use serde_json::json;

use crate::harness::{Dev, ROOM};

/// Tells what it was asked; the terminal has each request too.
const TELLING: &str = r#"
export default class {
  constructor(readonly room) {}
  static onFetch(req) { return Response.json(["elsewhere", req.url]); }
  async onRequest(req) {
    console.log("asked");
    const body = await req.text().catch((error) => `broken: ${error.message}`);
    return Response.json({ room: this.room.id, url: req.url, host: req.headers.get("host"), count: [...req.headers].length, body });
  }
}"#;

/// The status line and the body of what is answered to a request without a body.
fn asked(dev: &Dev, line: &str, headers: &str) -> (String, String) {
    let answer = dev.raw(format!("{line}\r\n{headers}Connection: close\r\n\r\n"));
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let line = head.lines().next().unwrap_or_default();
    (line.to_owned(), body.to_owned())
}

fn json(dev: &Dev, line: &str, headers: &str) -> serde_json::Value {
    let (status, body) = asked(dev, line, headers);
    assert!(status.contains(" 200 "), "{status}: {body}");
    serde_json::from_str(&body).unwrap_or_else(|_| panic!("Not JSON: {body}"))
}

/// Section 3.2.
#[test]
fn host_that_is_none_is_refused() {
    let dev = Dev::inline(TELLING);
    let line = format!("GET {ROOM} HTTP/1.1");
    for headers in [
        "",
        "Host:\r\n",
        "Host: a\r\nHost: b\r\n",
        "Host: a\r\nHost: a\r\n",
        "Host: a b\r\n",
        "Host: a, b\r\n",
        "Host: user@a\r\n",
        "Host: a#b\r\n",
        "Host: a:b\r\n",
        "Host: a:99999\r\n",
        "Host: [::1\r\n",
        "Host: caf\u{e9}.test\r\n",
        "Host: a\\parties\r\n",
    ] {
        let (status, text) = asked(&dev, &line, headers);
        assert_eq!(status, "HTTP/1.1 400 Bad Request", "{headers}");
        assert!(text.contains("Host header"), "{headers}: {text}");
    }
    dev.stdout_has(&format!("GET {ROOM} 400 Bad Request"));
    assert!(!dev.stdout().contains("asked"), "{}", dev.stdout());
}

#[test]
fn host_does_not_choose_the_room() {
    let dev = Dev::inline(TELLING);
    for host in [
        "a/parties/main/other?x=",
        "a/parties/main/other#",
        "a\\parties\\main\\other?",
        "a?",
    ] {
        let (status, _) = asked(
            &dev,
            &format!("GET {ROOM} HTTP/1.1"),
            &format!("Host: {host}\r\n"),
        );
        assert_eq!(status, "HTTP/1.1 400 Bad Request", "{host}");
    }
    assert!(!dev.stdout().contains("asked"), "{}", dev.stdout());
}

/// Programs that speak HTTP/1.0 know no Host header.
#[test]
fn old_request_needs_no_host() {
    let dev = Dev::inline(TELLING);
    let told = json(&dev, &format!("GET {ROOM} HTTP/1.0"), "");
    assert_eq!(told["room"], "r");
    assert_eq!(told["host"], json!(null));
}

/// Section 3.2.2.
#[test]
fn authority_of_an_absolute_target_counts() {
    let dev = Dev::inline(TELLING);
    let told = json(
        &dev,
        "GET http://Other.test:81/party/r?q HTTP/1.1",
        "Host: a\r\n",
    );
    assert_eq!(told["url"], "http://other.test:81/party/r?q");
    assert_eq!(told["host"], "Other.test:81");
    let told = json(&dev, "GET http://other.test?q HTTP/1.1", "Host: a\r\n");
    assert_eq!(told, json!(["elsewhere", "http://other.test/?q"]));
    for line in [
        "GET http://user@other.test/party/r HTTP/1.1",
        "GET ftp://other.test/party/r HTTP/1.1",
        "GET * HTTP/1.1",
    ] {
        let (status, _) = asked(&dev, line, "Host: a\r\n");
        assert_eq!(status, "HTTP/1.1 400 Bad Request", "{line}");
    }
    let (status, _) = asked(&dev, "GET http://other.test/party/r HTTP/1.1", "");
    assert_eq!(status, "HTTP/1.1 400 Bad Request");
    let told = json(&dev, "OPTIONS * HTTP/1.1", "Host: a\r\n");
    assert_eq!(told, json!(["elsewhere", "http://a/"]));
}

/// Section 6.1. A body that could be read in two ways is nobody's.
#[test]
fn transfer_codings_other_than_chunked_are_refused() {
    let dev = Dev::inline(TELLING);
    let body = "4\r\nbody\r\n0\r\n\r\n";
    for (codings, status) in [
        ("gzip, chunked", 501),
        ("gzip\r\nTransfer-Encoding: chunked", 501),
        ("identity, chunked", 501),
        ("chunked, chunked", 400),
        ("chunked\r\nTransfer-Encoding: chunked", 400),
        ("chunked, gzip", 400),
        ("gzip", 400),
        ("xchunked", 400),
        ("", 400),
    ] {
        let answer = dev.raw(format!(
            "POST {ROOM} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {codings}\r\n\r\n{body}"
        ));
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{codings}: {answer}"
        );
        assert!(answer.contains("\r\n\r\nERROR: "), "{codings}: {answer}");
    }
    assert!(!dev.stdout().contains("asked"), "{}", dev.stdout());
    let fine = dev.raw(format!(
        "POST {ROOM} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: Chunked\r\n\r\n{body}"
    ));
    assert!(fine.contains(r#""body":"body""#), "{fine}");
}

#[test]
fn broken_chunks_are_no_whole_body() {
    let dev = Dev::inline(TELLING);
    for chunks in [
        "4\r\nbody\r\nzz\r\nmore\r\n0\r\n\r\n",
        "zz\r\nbody\r\n0\r\n\r\n",
        "4\r\nbody and more\r\n0\r\n\r\n",
        "-4\r\nbody\r\n0\r\n\r\n",
        "0x4\r\nbody\r\n0\r\n\r\n",
        "4 4\r\nbody\r\n0\r\n\r\n",
        "4\nbody\n0\n\n",
        "4;a=\nb\r\nbody\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nbody",
        "4\r\nbody\r\n0\r\nb a d: x\r\n\r\n",
        "4\r\nbody\r\n0\r\n\rX",
    ] {
        let answer = dev.raw(format!(
            "POST {ROOM} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"
        ));
        assert!(
            answer.contains(r#""body":"broken: The request's body ended early"#),
            "{chunks:?}: {answer}"
        );
    }
}

/// RFC 9110, section 7.8.
#[test]
fn upgrade_of_http_1_0_is_ignored() {
    let dev = Dev::inline(TELLING);
    let told = json(
        &dev,
        &format!("GET {ROOM} HTTP/1.0"),
        "Host: a\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    );
    assert_eq!(told["room"], "r");
    dev.prints("A request for a WebSocket came by HTTP/1.0");
}

#[test]
fn requests_that_cannot_be_read_are_told_why() {
    let dev = Dev::inline(TELLING);
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(70_000));
    let large = format!(
        "GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n",
        "a".repeat(1_000_000)
    );
    let many = format!(
        "GET / HTTP/1.1\r\nHost: x\r\n{}\r\n",
        "X: a\r\n".repeat(1000)
    );
    for (bytes, line, text) in [
        (
            "G(T / HTTP/1.1\r\nHost: x\r\n\r\n",
            "HTTP/1.1 400 Bad Request",
            "not valid HTTP/1.1",
        ),
        (
            "GET / HTTP/1.1\r\nHost: x\r\nb a d: x\r\n\r\n",
            "HTTP/1.1 400 Bad Request",
            "not valid HTTP/1.1",
        ),
        (
            "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
            "HTTP/1.1 400 Bad Request",
            "not valid HTTP/1.1",
        ),
        (
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: four\r\n\r\n",
            "HTTP/1.1 400 Bad Request",
            "not valid HTTP/1.1",
        ),
        // The first bytes of a TLS handshake: there is no line to wait for.
        (
            "\u{16}\u{3}\u{1}",
            "HTTP/1.1 400 Bad Request",
            "not valid HTTP/1.1",
        ),
        (&long, "HTTP/1.1 414 URI Too Long", "65,534 bytes"),
        (
            &large,
            "HTTP/1.1 431 Request Header Fields Too Large",
            "400 KiB",
        ),
        (
            &many,
            "HTTP/1.1 431 Request Header Fields Too Large",
            "1,000 lines",
        ),
    ] {
        let answer = dev.raw(bytes);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        assert!(head.starts_with(line), "{bytes:.40}: {answer}");
        assert!(body.contains(text), "{bytes:.40}: {answer}");
        assert!(
            head.contains(&format!("Content-Length: {}", body.len())),
            "{bytes:.40}: {answer}"
        );
        dev.prints("A request was refused, because its head cannot be read: ");
    }
    assert_eq!(dev.get(ROOM).status, 200);
}

/// The original counts no headers, only their bytes.
#[test]
fn many_headers_reach_the_room() {
    let dev = Dev::inline(TELLING);
    let line = format!("GET {ROOM} HTTP/1.1");
    for count in [200, 900] {
        let more: String = (0..count).map(|n| format!("X-{n}: a\r\n")).collect();
        let told = json(&dev, &line, &format!("Host: a\r\n{more}"));
        // The host, the connection and the encodings are the others.
        assert_eq!(told["count"], count + 3);
    }
}
