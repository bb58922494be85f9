//! What pages show with `--live` while something of the project does not build, and that they come
//! back by themselves (specification 9.7 and 10.4).

use serde_json::{Value, json};

use crate::harness::{Browser, Dev, Project};

const ROOM: &str = "export default class { onRequest() { return new Response('one') } }";
const GOOD: &str = "document.title = 'built'";
const BROKEN: &str = "document.title = ('<b>' +;";
const PAGE: &str = "<!doctype html><p id=text>page</p><script src='/dist/client.js'></script>";
const FROM_A_BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

/// A project whose page runs the client code `client`.
fn project(client: &str) -> Project {
    Project::inline(ROOM)
        .packages("react")
        .config("serve", json!({ "path": "public", "build": "client.ts" }))
        .file("client.ts", client)
        .file("public/index.html", PAGE)
}

fn open(dev: &Dev) -> Browser {
    Browser::open(&format!("http://{}/", dev.host()))
}

/// Whether the page has this text where people see it.
fn sees(browser: &Browser, text: &str) {
    let all = "document.documentElement.innerText";
    browser.shows(&format!("{all}.includes({})", json!(text)), true);
}

const NOTICE: &str = "document.querySelector('[role=alert]')?.textContent ?? null";

/// Row 204.
#[test]
fn page_loaded_while_the_client_code_does_not_build_shows_why_and_comes_back() {
    let dev = project(GOOD).args(&["--live"]).dev();
    let browser = open(&dev);
    browser.shows("document.title", "built");
    dev.edit("client.ts", BROKEN);
    dev.stderr_has("client.ts:1:");
    browser.goto(&format!("http://{}/", dev.host()));
    sees(&browser, "The client code does not build");
    sees(&browser, "client.ts:1:25:");
    sees(&browser, "document.title = ('<b>' +;");
    // Another error takes the place of the one that is shown.
    dev.edit("client.ts", "import './missing';");
    sees(&browser, "Could not resolve \"./missing\"");
    // The same bytes as before: nothing but the page has changed.
    dev.edit("client.ts", GOOD);
    browser.shows("document.title", "built");
    browser.shows(
        "document.getElementById('text')?.textContent ?? null",
        "page",
    );
}

/// Row 204.
#[test]
fn page_comes_back_when_the_first_build_has_failed() {
    let dev = project(BROKEN).args(&["--live"]).dev();
    let browser = open(&dev);
    sees(&browser, "client.ts:1:25:");
    dev.edit("client.ts", GOOD);
    browser.shows("document.title", "built");
}

/// Row 204.
#[test]
fn page_that_was_open_shows_the_error_and_keeps_its_state() {
    let dev = project(GOOD).args(&["--live"]).dev();
    let browser = open(&dev);
    browser.shows("document.title", "built");
    browser.value("window.kept = 'kept'");
    dev.edit("client.ts", BROKEN);
    browser.shows(
        "document.querySelector('[role=alert]')?.textContent.includes('client.ts:1:25') ?? null",
        true,
    );
    dev.edit("client.ts", GOOD);
    browser.shows(NOTICE, Value::Null);
    browser.shows("window.kept", "kept");
    dev.edit("client.ts", "document.title = 'other'");
    browser.shows("document.title", "other");
}

/// Row 204.
#[test]
fn page_that_lacks_its_script_comes_back() {
    let source = "export default class {
        static onFetch() {
            const body = '<p>from code</p><script src=/__partyrun/live.js></script><script src=/dist/client.js></script>';
            return new Response(body, { headers: { 'content-type': 'text/html' } });
        }
    }";
    let dev = project(BROKEN)
        .file("server.ts", source)
        .args(&["--live"])
        .dev();
    let browser = Browser::open(&format!("http://{}/rendered", dev.host()));
    sees(&browser, "client.ts:1:25:");
    dev.edit("client.ts", GOOD);
    browser.shows("document.title", "built");
}

#[test]
fn errors_are_text_for_everybody_but_browsers_that_reload_pages() {
    for (live, accept, expected) in [
        (true, FROM_A_BROWSER, "text/html; charset=utf-8"),
        (true, "*/*", "text/plain; charset=utf-8"),
        (true, "application/json", "text/plain; charset=utf-8"),
        (false, FROM_A_BROWSER, "text/plain; charset=utf-8"),
    ] {
        let arguments: &[&str] = if live { &["--live"] } else { &[] };
        let dev = project(BROKEN).args(arguments).dev();
        for path in ["/", "/dist/client.js"] {
            let answer = dev.request("GET", path).header("accept", accept).send();
            assert_eq!(answer.status, 503, "{path} {accept}");
            assert_eq!(answer.header("content-type"), Some(expected), "{accept}");
            assert!(answer.text().contains("client.ts:1:25:"), "{accept}");
        }
        let missing = dev.request("GET", "/other").header("accept", accept);
        assert_eq!(missing.send().status, 404);
    }
}

#[test]
fn page_that_user_code_fetches_is_the_error_page() {
    let source = "export default class {
        static onFetch(request, lobby) { return lobby.assets.fetch(new URL(request.url).searchParams.get('path')) }
    }";
    let dev = project(BROKEN)
        .file("server.ts", source)
        .file("public/data.json", "{}")
        .args(&["--live"])
        .dev();
    // Clients wait for a build that is under way; user code does not.
    assert_eq!(dev.get("/").status, 503);
    let kind = |path: &str| {
        let answer = dev.get(&format!("/any?path={path}"));
        assert_eq!(answer.status, 503);
        answer.header("content-type").map(str::to_owned)
    };
    assert_eq!(
        kind("/index.html").as_deref(),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(
        kind("/data.json").as_deref(),
        Some("text/plain; charset=utf-8")
    );
}

/// Row 204.
#[test]
fn pages_show_that_server_code_or_the_custom_build_failed() {
    let dev = project(GOOD)
        .config(
            "build",
            json!({ "command": "! grep -q fail src/watched.txt", "watch": "src" }),
        )
        .file("src/watched.txt", "good")
        .args(&["--live"])
        .dev();
    let browser = open(&dev);
    browser.shows("document.title", "built");
    let shows = |text: &str| {
        let notice = "document.querySelector('[role=alert]')?.textContent";
        browser.shows(&format!("{notice}.includes({}) ?? null", json!(text)), true);
    };
    dev.edit(
        "server.ts",
        "export default class { onRequest() { return ( } }",
    );
    shows("server.ts:1:");
    dev.edit("src/watched.txt", "fail");
    shows("Custom build failed");
    shows("server.ts:1:");
    dev.edit("src/watched.txt", "good");
    dev.edit("server.ts", ROOM);
    browser.shows(NOTICE, Value::Null);
    browser.shows("document.title", "built");
}
