//! The URL of a request as the router and user code have it: that of `new URL()`.

use serde_json::json;

use crate::harness::Dev;

fn telling() -> Dev {
    Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  onRequest(req) { return Response.json([this.room.id, req.url, this.room.internalID]); }
}"#,
    )
}

/// Rows 8, 9. What is not ASCII names the same room as its percent-encoding.
#[test]
fn unusual_characters_are_encoded() {
    let dev = telling();
    let plain = dev.json("/party/caf%C3%A9");
    assert_eq!(plain[0], "caf%C3%A9");
    assert_eq!(dev.json("/party/caf\u{e9}"), plain);
}

/// Row 8.
#[test]
fn dot_segments_are_resolved_before_anything_looks() {
    let dev = telling();
    let url = format!("http://{}/party/r/c?q", dev.host());
    for path in ["/party/x/../r/b/../c?q", "/party/x/%2e%2E/r/./c?q"] {
        let seen = dev.json(path);
        assert_eq!((&seen[0], &seen[1]), (&json!("r"), &json!(url)), "{path}");
    }
}

/// Row 30.
#[test]
fn host_is_spelled_as_urls_are() {
    let dev = telling();
    let seen = |host: &str| {
        dev.request("GET", "/party/r")
            .header("host", host)
            .send()
            .json()[1]
            .clone()
    };
    assert_eq!(
        seen("EXAMPLE.test:8080"),
        "http://example.test:8080/party/r"
    );
    assert_eq!(seen("example.test:80"), "http://example.test/party/r");
    assert_eq!(seen("[::1]:1999"), "http://[::1]:1999/party/r");
}

/// Row 22. A body that is stated has a stream, if an empty one.
#[test]
fn stated_empty_body_is_a_body() {
    let dev = Dev::inline(
        "export default class { async onRequest(req) { return Response.json([req.body !== null, await req.text()]); } }",
    );
    assert_eq!(dev.post("/party/r", "").json(), json!([true, ""]));
    assert_eq!(dev.json("/party/r"), json!([false, ""]));
}

/// Row 9. curl sends a URL as it was typed.
#[test]
fn characters_that_no_url_has_are_encoded() {
    let dev = telling();
    for (typed, id, rest) in [
        ("/party/a`b?q={\"a\":1}", "a%60b", "?q={%22a%22:1}"),
        ("/party/r?q=<b> c", "r", "?q=%3Cb%3E%20c"),
    ] {
        let seen = dev.json(typed);
        let url = format!("http://{}/party/{id}{rest}", dev.host());
        assert_eq!((&seen[0], &seen[1]), (&json!(id), &json!(url)), "{typed}");
    }
}

/// Row 141. A URL's parser would drop them.
#[test]
fn stub_keeps_blanks_at_the_end_of_a_room_id() {
    let dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  async onRequest(req) {
    if (this.room.id !== "r") return Response.json([this.room.id, new URL(req.url).pathname]);
    const seen = [];
    for (const id of ["John ", "a\tb"]) {
      const stub = this.room.context.parties.main.get(id);
      for (const path of ["", "/sub"]) seen.push(...await (await stub.fetch(path)).json());
    }
    return Response.json(seen);
  }
}"#,
    );
    let seen = [
        ["John%20", "/parties/main/John%20"],
        ["John%20", "/parties/main/John%20/sub"],
        ["a%09b", "/parties/main/a%09b"],
        ["a%09b", "/parties/main/a%09b/sub"],
    ];
    assert_eq!(dev.json("/party/r"), json!(seen.concat()));
}
