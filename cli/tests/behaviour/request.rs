//! What user code sees in a request.

use serde_json::json;

use crate::harness::{Dev, ROOM};

const SHOW: &str = r#"
export default class {
  onRequest(req) {
    return Response.json({
      url: req.url, cf: req.cf, redirect: req.redirect, isRequest: req instanceof Request,
      hasSignal: req.signal instanceof AbortSignal, headers: Object.fromEntries(req.headers),
    });
  }
}"#;

/// Row 26.
#[test]
fn cf_is_the_placeholder() {
    let cf = Dev::inline(SHOW).json(ROOM)["cf"].clone();
    assert_eq!(cf["country"], "US");
    assert_eq!(cf["colo"], "DFW");
    assert_eq!(cf["timezone"], "America/Chicago");
    assert_eq!(cf["asn"], 395_747);
    assert_eq!(cf["tlsClientAuth"]["certPresented"], "0");
    assert_eq!(cf["tlsClientAuth"]["certSKI"], "");
    assert_eq!(cf["tlsClientAuth"]["certIssuerSKI"], "");
}

/// Rows 27, 29.
#[test]
fn accept_encoding_is_rewritten_and_kept_in_cf() {
    let dev = Dev::inline(SHOW);
    let answer = dev
        .request("GET", ROOM)
        .header("Accept-Encoding", "deflate")
        .send()
        .json();
    assert_eq!(answer["headers"]["accept-encoding"], "br, gzip");
    assert_eq!(answer["cf"]["clientAcceptEncoding"], "deflate");
    assert_eq!(dev.json(ROOM)["cf"]["clientAcceptEncoding"], "");
}

/// Row 28.
#[test]
fn request_through_a_stub_has_no_cf() {
    let dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  onRequest(req) {
    if (this.room.id === "front") return this.room.context.parties.main.get("back").fetch();
    return Response.json({ cf: typeof req.cf, headers: [...req.headers.keys()] });
  }
}"#,
    );
    assert_eq!(
        dev.json("/parties/main/front"),
        json!({ "cf": "undefined", "headers": [] })
    );
}

/// Row 30.
#[test]
fn host_header_decides_the_url() {
    let answer = Dev::inline(SHOW)
        .request("GET", "/parties/main/r?q=1")
        .header("Host", "example.test:8080")
        .header("X-Forwarded-Host", "ignored.test")
        .send()
        .json();
    assert_eq!(answer["url"], "http://example.test:8080/parties/main/r?q=1");
}

/// Row 32.
#[test]
fn request_is_a_request() {
    let answer = Dev::inline(SHOW).json(ROOM);
    assert_eq!(answer["redirect"], "manual");
    assert_eq!(answer["isRequest"], true);
    assert_eq!(answer["hasSignal"], true);
}

/// Row 29.
#[test]
fn other_headers_pass_unchanged() {
    let answer = Dev::inline(SHOW)
        .request("GET", ROOM)
        .header("X-Custom", "a, b")
        .header("CF-Connecting-IP", "203.0.113.9")
        .send()
        .json();
    assert_eq!(answer["headers"]["x-custom"], "a, b");
    assert_eq!(answer["headers"]["cf-connecting-ip"], "203.0.113.9");
    assert_eq!(answer["headers"].get("x-forwarded-for"), None);
}
