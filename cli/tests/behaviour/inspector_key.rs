//! The key that leads to what can be debugged (rows 232, 242).

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::harness::{DebugPort, Project, Terminal, eventually, get};
use crate::inspector::SERVER;

/// Where debuggers find what they can attach to.
fn page(terminal: &Terminal) -> String {
    let port = DebugPort::told_in(|| terminal.text().replace('\r', ""));
    format!("http://localhost:{}", port.number())
}

#[test]
fn the_key_for_debuggers_opens_the_page_that_lists_rooms() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (browser, opened) = (folder.path().join("xdg-open"), folder.path().join("opened"));
    let script = format!("#!/bin/sh\nprintf %s \"$1\" > '{}'\n", opened.display());
    fs::write(&browser, script).expect("written");
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).expect("allowed");
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let mut terminal = Terminal::run(Project::inline(SERVER).env("PATH", &path));
    terminal.shows("[d] debug a room");
    assert_eq!(terminal.get("/parties/main/a").text(), "a 1");
    terminal.types("d");
    let url = eventually("a browser is opened", || {
        let url = fs::read_to_string(&opened).ok()?;
        (!url.is_empty()).then_some(url)
    });
    assert_eq!(url, page(&terminal));
    let (_, port) = url.rsplit_once(':').expect("it has a port");
    let page = get(port.parse().expect("it is a number"), "/").text();
    assert!(page.contains("main/a"), "{page}");
}

#[test]
fn where_no_browser_can_be_opened_the_page_is_named() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().to_str().expect("it is text");
    let mut terminal = Terminal::run(Project::inline(SERVER).env("PATH", path));
    terminal.shows("[d] debug a room");
    let page = page(&terminal);
    terminal.types("d");
    terminal.shows(&format!("Could not open a browser at {page}"));
}
