//! The requests that the dashboard shows as they are answered, and those that it sends.

use serde_json::{Value, json};

use crate::dashboard_page::{fixture, look_into, open, to_page, to_tab};
use crate::harness::{Browser, Dev, Line, Page, Project, eventually};

const SERVER: &str = r#"export default class {
  static onBeforeRequest(request) {
    if (request.headers.get("x-let") === "no") return new Response("kept out", { status: 403 });
    return request;
  }
  async onRequest(request) {
    const { pathname, search, host } = new URL(request.url);
    if (search === "?throw") throw new Error("on demand");
    if (search === "?bytes") return new Response(new Uint8Array([0, 255]));
    if (search === "?long") return new Response("x".repeat((1 << 20) + 5));
    if (search === "?stream") {
      return new Response(new ReadableStream({ start(stream) { stream.enqueue(new TextEncoder().encode("first")); } }));
    }
    const body = await request.text();
    return Response.json({ method: request.method, pathname, search, host, kind: request.headers.get("x-kind"), body });
  }
}"#;

fn sent(page: &mut Page, request: Value) -> (u16, Value) {
    page.wish(json!({ "send": request }))
}

#[test]
fn requests_go_through_the_front_door_and_come_back_whole() {
    let dev = Dev::inline(SERVER);
    let mut page = Page::open(&dev);
    let path = "/parties/main/a%20b/rest?q";
    let headers = json!([["x-kind", "mine"]]);
    let post = json!({ "method": "POST", "path": path, "headers": headers, "body": "hi" });
    let (status, answer) = sent(&mut page, post);
    assert_eq!((status, answer["status"].as_u64()), (200, Some(200)));
    assert_eq!(
        (&answer["reason"], &answer["end"]),
        (&json!("OK"), &json!("whole"))
    );
    let text = answer["text"].as_str().expect("it is text");
    let heard: Value = serde_json::from_str(text).expect("it is JSON");
    let expected = json!({
        "method": "POST", "pathname": "/parties/main/a%20b/rest", "search": "?q", "host": dev.host(),
        "kind": "mine", "body": "hi",
    });
    assert_eq!(heard, expected);
    let get = |path: &str| json!({ "method": "GET", "path": path });
    let headers = answer["headers"].as_array().expect("it has some");
    assert!(
        headers
            .iter()
            .any(|pair| pair[0] == "content-type" && pair[1] == "application/json"),
        "{answer}"
    );
    let refused =
        json!({ "method": "GET", "path": "/parties/main/r", "headers": [["x-let", "no"]] });
    let (_, answer) = sent(&mut page, refused);
    assert_eq!(
        (&answer["status"], &answer["text"]),
        (&json!(403), &json!("kept out"))
    );
    let (_, answer) = sent(&mut page, get("/parties/main/r?throw"));
    assert_eq!(
        (&answer["status"], &answer["text"]),
        (&json!(500), &json!("on demand"))
    );
    let (_, answer) = sent(&mut page, get("/parties/main/r?bytes"));
    assert_eq!(
        (&answer["base64"], &answer["size"]),
        (&json!("AP8="), &json!(2))
    );
    let (_, answer) = sent(&mut page, get("/nothing"));
    assert_eq!(answer["status"], 404);
    dev.stdout_has("POST /parties/main/a%20b/rest 200 OK");
}

#[test]
fn of_answers_that_are_long_or_do_not_end_the_beginning_is_shown() {
    let dev = Dev::inline(SERVER);
    let mut page = Page::open(&dev);
    let get = |path: &str| json!({ "method": "GET", "path": path });
    let (_, answer) = sent(&mut page, get("/parties/main/r?long"));
    assert_eq!(
        (&answer["end"], &answer["size"]),
        (&json!("long"), &json!(1 << 20))
    );
    let (_, answer) = sent(&mut page, get("/parties/main/r?stream"));
    assert_eq!(
        (&answer["end"], &answer["text"]),
        (&json!("late"), &json!("first"))
    );
    let upgrade = json!({ "method": "GET", "path": "/parties/main/r", "headers": [["Upgrade", "websocket"]] });
    let (status, refused) = sent(&mut page, upgrade);
    assert_eq!(
        (status, &refused["error"]["code"]),
        (400, &json!("request"))
    );
}

#[test]
fn requests_are_told_as_they_are_answered_while_somebody_looks() {
    let dev = Dev::inline(SERVER);
    let mut page = Page::open(&dev);
    dev.get("/parties/main/before");
    page.watch(true);
    dev.get("/parties/main/a%20b/rest?q");
    dev.post("/nothing", "");
    let told = page.answered(2);
    let told: Vec<_> = told
        .iter()
        .map(|one| {
            json!([
                one["method"],
                one["path"],
                one["party"],
                one["room"],
                one["status"]
            ])
        })
        .collect();
    let expected = json!([
        ["GET", "/parties/main/a%20b/rest", "main", "a%20b", 200],
        ["POST", "/nothing", null, null, 404],
    ]);
    assert_eq!(json!(told), expected);
    page.watch(false);
    dev.get("/parties/main/after");
    page.watch(true);
    dev.get("/parties/main/last");
    assert_eq!(page.answered(1)[0]["room"], "last");
}

// ---- by keyboard ----

#[test]
fn requests_are_sent_and_read_by_keyboard() {
    let dev = Project::inline(SERVER).dev();
    let browser = open_room(&dev);
    browser.tab_to("select Method");
    browser.press("ArrowDown");
    browser.shows("document.activeElement.value", "POST");
    browser.press("Tab");
    assert_eq!(browser.focused(), "input Path");
    browser.shows("document.activeElement.value", "/parties/main/lobby");
    browser.tab_to("textarea Headers, one a line");
    browser.write("x-kind: typed");
    browser.tab_to("textarea Body (Ctrl+Enter sends)");
    browser.write("a body");
    browser.press("Control+Enter");
    let status = "document.querySelector('.answer-status').textContent";
    browser.shows(&format!("{status}.startsWith('200 OK in ')"), true);
    let body = "document.querySelector('[aria-label=\"Body of the answer\"]').textContent";
    browser.shows(
        &format!(
            "{body}.includes('\"kind\": \"typed\"') && {body}.includes('\"body\": \"a body\"')"
        ),
        true,
    );
    browser.shows("document.querySelector('[aria-label=\"Headers of the answer\"]').textContent.includes('content-type: application/json')", true);
    browser.tab_to("textarea Headers, one a line");
    browser.write("no header");
    browser.press("Control+Enter");
    browser.shows(
        "document.querySelector('.said.bad').textContent.startsWith('A header is')",
        true,
    );
    to_page(&browser, "Requests");
    // It is told from when it looks.
    let rows = "[...document.querySelectorAll('.request-row .data')].map(({ textContent }) => textContent).join('|')";
    eventually("the page looks", || {
        dev.get("/parties/main/seen");
        (browser.value(rows) != "").then_some(())
    });
    dev.get("/nothing");
    browser.shows(&format!("{rows}.includes('/nothing')"), true);
    browser.tab_to("select Show");
    browser.press("ArrowDown");
    browser.shows(rows, "/nothing");
    browser.tab_to("div Requests");
    browser.press("End");
    browser.shows(
        "document.querySelector('.page .whole').textContent.startsWith('GET /nothing\\n404 in ')",
        true,
    );
    let mut page = Page::open(&dev);
    page.watch(true);
    browser.tab_to("button Pause");
    browser.press("Enter");
    dev.get("/later");
    page.answered(1);
    // What there was is filtered on.
    browser.tab_to("select Show");
    browser.press("ArrowUp");
    browser.shows(&format!("{rows}.includes('/parties/main/seen')"), true);
    browser.tab_to("input Search");
    browser.write("nothing");
    browser.shows(rows, "/nothing");
    for _ in 0.."nothing".len() {
        browser.press("Backspace");
    }
    browser.shows(&format!("{rows}.includes('/parties/main/seen')"), true);
    assert_eq!(browser.value(&format!("{rows}.includes('/later')")), false);
    browser.tab_to("button Pause");
    browser.press("Enter");
    browser.shows(&format!("{rows}.includes('/later')"), true);
}

fn open_room(dev: &Dev) -> Browser {
    dev.get("/parties/main/lobby");
    let browser = open(dev);
    look_into(&browser, "lobby");
    to_tab(&browser, "Request");
    browser
}

#[test]
fn a_flood_of_requests_is_counted_and_freezes_nothing() {
    let dev = fixture().dev();
    let mut page = Page::open(&dev);
    page.watch(true);
    let mut line = Line::to(&dev);
    for _ in 0..2_000 {
        line.send("GET", "/nothing");
    }
    for _ in 0..2_000 {
        line.answer();
    }
    let (mut seen, mut missed) = (0, 0);
    while seen + missed < 2_000 {
        let (requests, more) = page.told_of_requests();
        seen += requests.len() as u64;
        missed += more;
    }
    assert_eq!(seen + missed, 2_000);
}
