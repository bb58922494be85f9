//! Keys pressed in a terminal, seen through a pseudo terminal.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use rustix::process::Signal;
use rustix::termios::LocalModes;

use crate::harness::{Project, Terminal, eventually};

const SERVER: &str = "export default class { onRequest() { return new Response('x'); } }";

fn project() -> Project {
    Project::inline(SERVER)
}

/// Row 232.
#[test]
fn keys_that_exit_do_so_with_success() {
    for key in ["x", "q", "X"] {
        let mut terminal = Terminal::run(project());
        terminal.shows("[x] to exit");
        terminal.types(key);
        assert_eq!(terminal.ends().code(), Some(0), "{key}");
    }
}

/// Row 232.
#[test]
fn keys_clear_the_console_and_make_room() {
    let mut terminal = Terminal::run(project());
    terminal.shows("[b] open a browser, [d] debug a room, [c] clear console, [x] to exit");
    assert!(!terminal.text().contains("\x1b[2J"));
    terminal.types("c");
    terminal.shows("\x1b[2J");
    let before = terminal.text().len();
    terminal.types("\r");
    eventually("an empty line is printed", || {
        terminal.text()[before..].contains('\n').then_some(())
    });
}

/// Row 232.
#[test]
fn browser_is_sent_to_the_project() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (browser, opened) = (folder.path().join("xdg-open"), folder.path().join("opened"));
    let script = format!("#!/bin/sh\nprintf %s \"$1\" > '{}'\n", opened.display());
    fs::write(&browser, script).expect("written");
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).expect("allowed");
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let mut terminal = Terminal::run(project().env("PATH", &path));
    let port = terminal.ready_port();
    terminal.types("B");
    let url = eventually("a browser is opened", || {
        fs::read_to_string(&opened)
            .ok()
            .filter(|url| !url.is_empty())
    });
    assert_eq!(url, format!("http://localhost:{port}"));
}

/// Row 232.
#[test]
fn arrow_keys_are_no_letters() {
    let mut terminal = Terminal::run(project());
    terminal.shows("[x] to exit");
    terminal.types("\x1b[C");
    terminal.types("zz");
    std::thread::sleep(Duration::from_millis(200));
    assert!(!terminal.text().contains("\x1b[2J"));
}

/// Row 232.
#[test]
fn without_hot_keys_the_terminal_is_left_alone() {
    let mut terminal = Terminal::run(project().args(&["--no-hotkeys"]));
    terminal.ready_port();
    assert!(!terminal.text().contains("to exit"));
    assert!(terminal.modes().contains(LocalModes::ICANON));
    terminal.types("x\r");
    std::thread::sleep(Duration::from_millis(200));
    terminal.signals(Signal::TERM);
    assert_eq!(terminal.ends().code(), Some(0));
}

/// Rows 232, 233.
#[test]
fn terminal_is_put_back_on_every_way_out() {
    let usual = LocalModes::ICANON | LocalModes::ECHO;
    for way in ["key", "ctrl-c", "term"] {
        let mut terminal = Terminal::run(project());
        terminal.shows("[x] to exit");
        assert!(!terminal.modes().intersects(usual), "{way}");
        match way {
            "key" => terminal.types("q"),
            "ctrl-c" => terminal.types("\x03"),
            _ => terminal.signals(Signal::TERM),
        }
        assert_eq!(terminal.ends().code(), Some(0), "{way}");
        assert!(terminal.modes().contains(usual), "{way}");
    }
}

/// Whether keys arrive one by one.
fn takes_single_keys(terminal: &Terminal) -> bool {
    !terminal
        .modes()
        .intersects(LocalModes::ICANON | LocalModes::ECHO)
}

/// Row 232.
#[test]
fn keys_work_again_after_the_program_was_stopped() {
    // A shell sets modes of its own while a job is stopped.
    let script = "\"$@\"; stty echo icanon; echo now stopped; read line; fg; echo the end";
    let mut terminal = Terminal::script(project(), script);
    terminal.shows("[x] to exit");
    assert!(takes_single_keys(&terminal));
    terminal.types("\x1a");
    terminal.shows("now stopped");
    assert!(!takes_single_keys(&terminal));
    terminal.types("\n");
    eventually("keys arrive one by one again", || {
        takes_single_keys(&terminal).then_some(())
    });
    terminal.types("c");
    terminal.shows("\x1b[2J");
    terminal.types("q");
    terminal.shows("the end");
}

/// Row 232.
#[test]
fn terminal_is_as_it_was_while_the_program_is_stopped() {
    let mut terminal = Terminal::script(project(), "\"$@\"; echo now stopped; read line; fg");
    terminal.shows("[x] to exit");
    assert!(takes_single_keys(&terminal));
    terminal.types("\x1a");
    terminal.shows("now stopped");
    assert!(
        terminal
            .modes()
            .contains(LocalModes::ICANON | LocalModes::ECHO)
    );
    terminal.types("\n");
    eventually("keys arrive one by one again", || {
        takes_single_keys(&terminal).then_some(())
    });
    terminal.types("q");
    assert_eq!(terminal.ends().code(), Some(0));
    assert!(
        terminal
            .modes()
            .contains(LocalModes::ICANON | LocalModes::ECHO)
    );
}

/// Row 232.
#[test]
fn program_in_the_background_serves_and_takes_keys_once_it_is_in_front() {
    let script = "\"$@\" & read line; fg; echo the end";
    let mut terminal = Terminal::script(project(), script);
    assert_eq!(terminal.get("/parties/main/r").text(), "x");
    assert!(!terminal.text().contains("to exit"));
    assert!(!takes_single_keys(&terminal));
    terminal.types("\n");
    terminal.shows("[x] to exit");
    assert!(takes_single_keys(&terminal));
    terminal.types("q");
    terminal.shows("the end");
}

/// Row 232.
#[test]
fn stopped_program_goes_on_in_the_background() {
    let script = "\"$@\"; bg; echo in the back; read line; fg; echo the end";
    let mut terminal = Terminal::script(project(), script);
    terminal.shows("[x] to exit");
    terminal.types("\x1a");
    terminal.shows("in the back");
    assert_eq!(terminal.get("/parties/main/r").text(), "x");
    assert!(!takes_single_keys(&terminal));
    terminal.types("\n");
    eventually("keys arrive one by one again", || {
        takes_single_keys(&terminal).then_some(())
    });
    terminal.types("q");
    terminal.shows("the end");
}

/// Row 232.
#[test]
fn without_a_shell_above_nothing_stops_the_program() {
    let mut terminal = Terminal::run(project());
    terminal.shows("[x] to exit");
    terminal.types("\x1a");
    terminal.types("c");
    terminal.shows("\x1b[2J");
    assert_eq!(terminal.get("/parties/main/r").text(), "x");
    terminal.types("q");
    assert_eq!(terminal.ends().code(), Some(0));
}
