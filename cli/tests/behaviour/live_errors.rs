//! What pages with `--live` show of errors that user code throws while they are open, and that it goes by itself.

use serde_json::{Value, json};

use crate::harness::{Browser, Dev, Project, ROOM, fixtures_folder, install_packages};

const SERVER: &str = r#"export default class {
  static onFetch() { throw new TypeError("no answer"); }
  onMessage(message, connection) {
    if (message === "?") return connection.send("one");
    if (message === "later") return void Promise.reject(new Error("of a promise"));
    throw new RangeError(`<b>${message}</b>`);
  }
}
"#;

fn dev(arguments: &[&str]) -> Dev {
    Project::inline(SERVER)
        .config("serve", json!("public"))
        .file(
            "public/index.html",
            "<!doctype html><html lang=en><title>Page</title><p>page</p><button>Own</button></html>",
        )
        // Browsers ask for it.
        .file("public/favicon.ico", "")
        .args(&[&["--live"], arguments].concat())
        .dev()
}

fn open(dev: &Dev) -> Browser {
    let browser = Browser::open(&format!("http://{}/", dev.host()));
    browser.shows("document.title", "Page");
    browser
}

/// What the overlay has of `selector`; null while there is none.
fn shown(selector: &str) -> String {
    format!(
        "document.querySelector('partyrun-error')?.shadowRoot.querySelector({selector:?})?.textContent ?? null"
    )
}

/// Row 204.
#[test]
fn errors_of_rooms_are_shown_until_they_are_dismissed() {
    let dev = dev(&[]);
    let browser = open(&dev);
    let mut socket = dev.ws(ROOM);
    socket.send("first");
    browser.shows(&shown("h2"), "RangeError: <b>first</b>");
    browser.shows(&shown("p"), "onMessage error in room main/r");
    browser.shows(&shown("h3"), "server.ts:6:11");
    let mark = browser.value(&shown("mark"));
    assert_eq!(mark, "> 6 |     throw new RangeError(`<b>${message}</b>`);");
    let stack = browser.value(&shown("h3:last-of-type + pre"));
    let stack = stack.as_str().expect("there is a stack");
    assert!(
        stack.contains("    at ") && stack.contains("server.ts:6:11"),
        "{stack}"
    );
    assert!(!stack.contains("file://"), "{stack}");
    browser.press("Escape");
    assert_eq!(browser.value(&shown("h2")), Value::Null);
    socket.send("later");
    browser.shows(&shown("h2"), "Error: of a promise");
    assert_eq!(browser.value(&shown(".count")), "");
    browser.press("Tab");
    let focused = "document.activeElement.shadowRoot?.activeElement?.textContent ?? document.activeElement.localName";
    for _ in 0..5 {
        if browser.value(focused) == "Dismiss" {
            break;
        }
        browser.press("Tab");
    }
    assert_eq!(browser.value(focused), "Dismiss");
    browser.press("Enter");
    browser.shows(&shown("h2"), Value::Null);
}

/// Row 204.
#[test]
fn errors_of_static_handlers_are_shown_and_go_with_the_next_save() {
    let dev = dev(&[]);
    let browser = open(&dev);
    browser.value("fetch('/nothing').then(({ status }) => status)");
    browser.shows(&shown("h2"), "TypeError: no answer");
    browser.shows(&shown("h3"), "server.ts:2:28");
    browser.value("window.kept = 'kept'");
    dev.edit("server.ts", "export default class {");
    dev.stderr_has("Still serving");
    dev.edit("server.ts", &SERVER.replace("one", "two"));
    browser.shows("window.kept ?? null", Value::Null);
    browser.shows("document.title", "Page");
    assert_eq!(browser.value(&shown("h2")), Value::Null);
    let mut socket = dev.ws(ROOM);
    assert_eq!(socket.ask("?"), "two");
    socket.send("again");
    browser.shows(&shown("h2"), "RangeError: <b>again</b>");
}

/// Row 204. Whoever loads a page anew has seen what was shown.
#[test]
fn errors_from_before_a_page_was_loaded_are_not_shown() {
    let dev = dev(&[]);
    let mut socket = dev.ws(ROOM);
    socket.send("before");
    dev.stderr_has("<b>before</b>");
    let browser = open(&dev);
    assert_eq!(browser.value(&shown("h2")), Value::Null);
    socket.send("after");
    browser.shows(&shown("h2"), "RangeError: <b>after</b>");
    assert_eq!(browser.value(&shown(".count")), "");
}

/// Rows 192, 204. It shows an error already, and its icon may well be the next one.
#[test]
fn the_page_of_an_error_has_no_other_over_it() {
    let dev = dev(&[]);
    let browser = Browser::open(&format!("http://{}/nothing", dev.host()));
    let title = "document.querySelector('h1')?.textContent ?? null";
    browser.shows(title, "TypeError: no answer");
    let mut socket = dev.ws(ROOM);
    socket.send("other");
    dev.stderr_has("<b>other</b>");
    browser.shows(
        "new Promise((done) => { const probe = new EventSource('/__partyrun/live'); probe.addEventListener('fault', ({ data }) => done(JSON.parse(data).title)) })",
        "RangeError: <b>other</b>",
    );
    assert_eq!(browser.value(&shown("h2")), Value::Null);
}

/// Row 204.
#[test]
fn a_flood_of_errors_is_counted_and_freezes_nothing() {
    const COUNT: usize = 3_000;
    let dev = dev(&[]);
    let browser = open(&dev);
    browser.watch_frames();
    let mut socket = dev.ws(ROOM);
    for number in 0..COUNT {
        socket.send(&format!("number {number}"));
    }
    assert_eq!(socket.ask("?"), "one", "all have been thrown");
    let last = format!("RangeError: <b>number {}</b>", COUNT - 1);
    browser.shows(&shown("h2"), last);
    browser.shows(&shown(".count"), format!("the latest of {COUNT} errors"));
    let longest = browser.longest_frame_ms();
    assert!(longest < 1_000.0, "{longest} ms");
}

/// Row 204.
#[test]
fn nothing_keeps_people_from_reading_an_error() {
    install_packages("dashboard");
    let axe = fixtures_folder().join("dashboard/node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(axe).expect("it was installed");
    let dev = dev(&[]);
    let browser = open(&dev);
    browser.resize(1000, 700);
    browser.value("fetch('/nothing').then(({ status }) => status)");
    browser.value("fetch('/nothing').then(({ status }) => status)");
    browser.shows(&shown(".count"), "the latest of 2 errors");
    browser.value(&format!("{axe}; 0"));
    for scheme in ["light", "dark"] {
        browser.prefer(scheme);
        let faults = browser.value(
            "axe.run().then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))",
        );
        assert_eq!(faults, json!([]), "{scheme}");
        if let Some(folder) = std::env::var_os("PARTYRUN_PICTURES") {
            let folder = std::path::PathBuf::from(folder);
            browser.photograph(&folder.join(format!("overlay-{scheme}.png")));
        }
    }
}

/// Rows 192, 204. The code is for this machine, and not for those whom a tunnel leads here by its name.
#[test]
fn tunnels_are_told_of_no_error() {
    let dev = dev(&["--allowed-host", "mine.example.com"]);
    dev.get("/nothing");
    for (host, is_told) in [("localhost", true), ("mine.example.com", false)] {
        let asked = dev.request("GET", "/__partyrun/live").header("host", host);
        let mut stream = asked.open();
        assert!(stream.piece(), "it begins");
        let first = stream.so_far.text();
        assert_eq!(first.contains("event: fault"), is_told, "{host}: {first}");
    }
}
