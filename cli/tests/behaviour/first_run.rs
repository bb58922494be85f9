//! The first minutes: what `init` writes, and what a browser is shown of a project without a page.

use std::os::unix::fs::symlink;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Browser, Exit, Project, Tarballs, fixtures_folder, install, program, run_in};

const ROOMS: &str = "export default class { onRequest() { return new Response('x'); } }";
const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

fn written(language: &str) -> Project {
    let project = Project::empty();
    let exit = run_in(project.path(), &["init", "--yes", "--language", language]);
    assert_eq!(exit.code, Some(0), "{}", exit.stderr);
    project
}

/// Row 234.
#[test]
fn two_tabs_talk_on_the_page_that_init_writes() {
    let dev = written("ts").dev();
    let url = format!("http://localhost:{}/", dev.port());
    let say = |browser: &Browser, text: &str| {
        browser.value(&format!(
            "document.getElementById('text').value = '{text}'; document.getElementById('form').requestSubmit()"
        ));
    };
    let tabs = [Browser::open(&url), Browser::open(&url)];
    for tab in &tabs {
        tab.shows("document.getElementById('state').textContent", "connected");
    }
    say(&tabs[0], "hello");
    let last = "document.getElementById('said').lastElementChild?.textContent.replace(/^.*: /, '')";
    tabs[1].shows(last, "hello");
    say(&tabs[1], "hi");
    tabs[0].shows(last, "hi");
    tabs[0].goto(&format!("{url}?room=kitchen"));
    tabs[0].shows("document.getElementById('room')?.textContent", "kitchen");
    tabs[0].shows("document.getElementById('state')?.textContent", "connected");
}

/// Row 234.
#[test]
fn the_test_that_init_writes_passes() {
    let packages = TempDir::with_prefix("partyrun-npm-").expect("a temporary folder");
    install(packages.path(), &[&Tarballs::pack().main()]);
    for language in ["ts", "js"] {
        let project = written(language);
        symlink(
            packages.path().join("node_modules"),
            project.path().join("node_modules"),
        )
        .expect("it is not there yet");
        let binary = program().canonicalize().expect("the program is a file");
        let mut command = project.tested(&["node", "--test"]);
        let exit = Exit::of(command.env("PARTYRUN_BINARY", binary));
        assert_eq!(exit.code, Some(0), "{}{}", exit.stdout, exit.stderr);
        assert!(exit.stdout.contains("pass 2"), "{}", exit.stdout);
    }
}

#[test]
fn the_schema_that_init_names_is_in_the_package() {
    let project = written("ts");
    let text = std::fs::read_to_string(project.path().join("partykit.json")).expect("written");
    let config: Value = serde_json::from_str(&text).expect("it is JSON");
    let path = config["$schema"].as_str().expect("it is named");
    let inside = path
        .strip_prefix("./node_modules/partyrun/")
        .expect("it is the package's");
    let there = fixtures_folder().join("../npm/partyrun").join(inside);
    let schema = std::fs::read_to_string(there).expect("it is there");
    let schema: Value = serde_json::from_str(&schema).expect("it is JSON");
    for field in config.as_object().expect("an object").keys() {
        assert!(schema["properties"][field].is_object(), "{field}");
    }
}

#[test]
fn a_browser_is_shown_where_the_rooms_are_and_nobody_else() {
    let dev = Project::inline(ROOMS).party("chat", ROOMS).dev();
    let host = dev.host();
    let page = dev.request("GET", "/").header(HTML.0, HTML.1).send();
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let text = page.text();
    for part in [
        "Party <code>main</code>",
        "Party <code>chat</code>",
        &format!("curl http://{host}/parties/main/my-room"),
        &format!("ws://{host}/parties/chat/my-room"),
        "href=\"/__partyrun__/\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(
        !text.contains("src=") && !text.contains("https://"),
        "it needs nobody else"
    );
    for (name, value) in [("accept", "*/*"), ("accept", "application/json")] {
        let plain = dev.request("GET", "/").header(name, value).send();
        assert_eq!(
            (plain.status, &*plain.text()),
            (404, "Not found"),
            "{value}"
        );
    }
    let elsewhere = dev.request("GET", "/nowhere").header(HTML.0, HTML.1).send();
    assert_eq!((elsewhere.status, &*elsewhere.text()), (404, "Not found"));
    let by_page = dev.request("GET", "/").header(HTML.0, HTML.1);
    let by_page = by_page.header("sec-fetch-site", "cross-site").send();
    assert_eq!(by_page.status, 404, "another page has led here");
}

#[test]
fn a_project_with_something_at_the_root_keeps_it() {
    let html = |dev: &crate::harness::Dev| dev.request("GET", "/").header(HTML.0, HTML.1).send();
    let own = "export default class { static onFetch() { return new Response('own'); } }";
    let dev = Project::inline(own).dev();
    assert_eq!(html(&dev).text(), "own");
    let dev = Project::inline(ROOMS)
        .config("serve", json!("public"))
        .file("public/a.txt", "a")
        .dev();
    assert_eq!(html(&dev).status, 404);
}
