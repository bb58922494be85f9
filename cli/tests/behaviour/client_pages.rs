//! Pages in a real browser: React from the client build, sockets to the page's own origin, and
//! `--live` (specification 9.7, 10.4 and 12.1).

use serde_json::json;

use crate::harness::{Browser, Dev, Project, install_packages};

fn react(arguments: &[&str]) -> Dev {
    install_packages("react");
    Project::fixture("react").args(arguments).dev()
}

fn text(id: &str) -> String {
    format!("document.getElementById({id:?})?.textContent ?? null")
}

/// Row 256.
#[test]
fn react_page_talks_to_its_room() {
    let dev = react(&[]);
    let browser = Browser::open(&format!("http://{}/", dev.host()));
    browser.shows(&text("count"), "0");
    browser.shows(&text("host"), dev.host());
    browser.shows(
        "getComputedStyle(document.getElementById('count')).color",
        "rgb(1, 2, 3)",
    );
    browser.value("document.getElementById('count').click()");
    browser.shows(&text("count"), "1");
    let mut other = dev.ws("/parties/main/page");
    assert_eq!(other.json(), json!({ "count": 1 }));
    other.send("increment");
    browser.shows(&text("count"), "2");
}

/// Row 257.
#[test]
fn visitors_see_one_another_in_binary() {
    let dev = react(&[]);
    let first = Browser::open(&format!("http://{}/?name=ada", dev.host()));
    first.shows(&text("names"), "ada");
    let second = Browser::open(&format!("http://localhost:{}/?name=zoe", dev.port()));
    second.shows(&text("names"), "ada, zoe");
    first.shows(&text("names"), "ada, zoe");
    drop(second);
    first.shows(&text("names"), "ada");
}

/// Row 204.
#[test]
fn live_page_reloads_on_client_server_and_file_changes() {
    let dev = react(&["--live"]);
    let browser = Browser::open(&format!("http://{}/", dev.host()));
    browser.shows(&text("count"), "0");

    let edit = |file: &str, from: &str, to: &str| {
        let path = dev.project().path().join(file);
        let old = std::fs::read_to_string(path).expect("it is in the fixture");
        assert!(old.contains(from), "{file} has no `{from}`");
        dev.edit(file, &old.replace(from, to));
    };
    edit("src/client.css", "1, 2, 3", "4, 5, 6");
    browser.shows(
        "getComputedStyle(document.getElementById('count')).color",
        "rgb(4, 5, 6)",
    );
    edit("src/server.ts", "count = 0", "count = 40");
    browser.shows(&text("count"), "40");
    edit("public/index.html", "<title>Counter", "<title>Other");
    browser.shows("document.title", "Other");
}

/// Row 204.
#[test]
fn live_page_without_client_code_reloads_too() {
    let dev = Project::inline("export default class {}")
        .config("serve", json!("public"))
        .file("public/index.html", "<p id=text>one</p>")
        .file("public/sub/a.js", "document.title = 'a'")
        .args(&["--live"])
        .dev();
    assert_eq!(dev.get("/sub/a.js").text(), "document.title = 'a'");
    let browser = Browser::open(&format!("http://{}/", dev.host()));
    browser.shows(&text("text"), "one");
    dev.edit("public/index.html", "<p id=text>two</p>");
    browser.shows(&text("text"), "two");
    dev.edit("public/new/b.js", "1");
    dev.edit("public/index.html", "<p id=text>three</p>");
    browser.shows(&text("text"), "three");
}

#[test]
fn without_live_a_page_is_served_as_it_is() {
    let dev = Project::inline("export default class {}")
        .config("serve", json!("public"))
        .file("public/index.html", "<p>page</p>")
        .dev();
    assert_eq!(dev.get("/").text(), "<p>page</p>");
    assert_eq!(dev.get("/__partyrun/live").status, 404);
}
