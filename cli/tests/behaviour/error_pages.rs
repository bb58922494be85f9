//! What a browser on this machine is shown when a request fails in user code, and that nobody else is.

use serde_json::json;

use crate::harness::{Browser, Dev, Project, ROOM};

const SERVER: &str = r#"export default class {
  static onBeforeRequest(request) {
    if (request.url.endsWith("?before")) throw new Error("not let in");
    return request;
  }
  static onFetch() { throw new TypeError("front <b>trouble</b>"); }
  onRequest(request) {
    if (request.url.endsWith("?code")) throw Object.assign(new Error("gone"), { code: 410 });
    if (request.url.endsWith("?own")) return new Response("own words", { status: 500 });
    throw new Error("room <i>trouble</i>");
  }
}
"#;
const FROM_A_BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

fn asked(dev: &Dev, method: &str, path: &str, accept: &str) -> (u16, String, String) {
    let answer = dev.request(method, path).header("accept", accept).send();
    let kind = answer.header("content-type").unwrap_or_default().to_owned();
    (answer.status, kind, answer.text())
}

/// Row 192.
#[test]
fn browsers_are_shown_a_page_with_message_code_and_stack() {
    let dev = Dev::inline(SERVER);
    for (path, message, line) in [
        (ROOM, "room &lt;i&gt;trouble&lt;/i&gt;", "server.ts:10:11"),
        (
            "/front",
            "front &lt;b&gt;trouble&lt;/b&gt;",
            "server.ts:6:28",
        ),
    ] {
        let (status, kind, page) = asked(&dev, "GET", path, FROM_A_BROWSER);
        assert_eq!((status, &*kind), (500, "text/html; charset=utf-8"));
        assert!(page.contains(message), "{page}");
        assert!(page.contains(&format!("<h2>{line}</h2>")), "{page}");
        assert!(page.contains("<mark>&gt; "), "{page}");
        assert!(page.contains("    at "), "{page}");
        assert!(
            !page.contains(&*dev.project().path().to_string_lossy()),
            "{page}"
        );
    }
    dev.stderr_has("room <i>trouble</i>");
}

/// Row 192.
#[test]
fn everybody_else_gets_the_message_as_text() {
    let dev = Dev::inline(SERVER);
    let plain = "text/plain;charset=UTF-8";
    for (method, path, accept, status, text) in [
        ("GET", ROOM, "*/*", 500, "room <i>trouble</i>"),
        ("GET", ROOM, "application/json", 500, "room <i>trouble</i>"),
        ("POST", ROOM, FROM_A_BROWSER, 500, "room <i>trouble</i>"),
        (
            "GET",
            "/parties/main/r?before",
            FROM_A_BROWSER,
            401,
            "not let in",
        ),
        ("GET", "/parties/main/r?code", FROM_A_BROWSER, 410, "gone"),
        (
            "GET",
            "/parties/main/r?own",
            FROM_A_BROWSER,
            500,
            "own words",
        ),
    ] {
        let seen = asked(&dev, method, path, accept);
        assert_eq!(
            seen,
            (status, plain.to_owned(), text.to_owned()),
            "{method} {path}"
        );
    }
}

/// Row 192. Who comes through a tunnel comes from this machine, by the tunnel's name.
#[test]
fn tunnels_get_the_message_as_text() {
    let dev = Project::inline(SERVER)
        .args(&["--allowed-host", "mine.example.com"])
        .dev();
    let asked = dev.request("GET", ROOM).header("accept", FROM_A_BROWSER);
    let answer = asked.header("host", "mine.example.com").send();
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (500, "room <i>trouble</i>")
    );
}

/// Row 192.
#[test]
fn commands_under_test_get_the_message_as_text() {
    let script = format!("curl -s -H 'accept: {FROM_A_BROWSER}' $PARTYRUN_URL{ROOM}");
    let exit = Project::inline(SERVER).test(&["sh", "-c", &script]);
    assert!(
        exit.stdout.contains("room <i>trouble</i>"),
        "{}",
        exit.stdout
    );
}

/// Rows 192, 204.
#[test]
fn page_of_an_error_comes_back_by_itself_with_live_pages() {
    let dev = Project::inline(SERVER).args(&["--live"]).dev();
    let browser = Browser::open(&format!("http://{}{ROOM}", dev.host()));
    let all = "document.documentElement.innerText";
    let sees = |text: &str| browser.shows(&format!("{all}.includes({})", json!(text)), true);
    sees("room <i>trouble</i>");
    dev.edit("server.ts", &SERVER.replace("room <i>", "still <i>"));
    sees("still <i>trouble</i>");
    dev.edit(
        "server.ts",
        "export default class { onRequest() { return new Response('<p>mended</p>', { headers: { 'content-type': 'text/html' } }) } }",
    );
    sees("mended");
}
