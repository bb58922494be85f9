//! Keys pressed in a terminal, seen through a pseudo terminal.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
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
    terminal.shows("[b] open a browser, [o] dashboard, [d] debug a room, [c] clear console, [h] all keys, [x] to exit");
    assert!(!terminal.text().contains("\x1b[2J"));
    let port = terminal.ready_port();
    terminal.types("c");
    // What one needs is still there, and what can be pressed.
    terminal.shows(&format!(
        "\x1b[HReady on http://0.0.0.0:{port}\r\n- local: http://127.0.0.1:{port}\r\n"
    ));
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
    let (path, opened) = browser(folder.path());
    let mut terminal = Terminal::run(project().env("PATH", &path));
    let port = terminal.ready_port();
    terminal.types("B");
    assert_eq!(what_was_opened(&opened), format!("http://localhost:{port}"));
}

/// A program that is run in the place of a browser, the value of `PATH` with it, and the file with what it was
/// given.
fn browser(folder: &Path) -> (String, PathBuf) {
    let (browser, opened) = (folder.join("xdg-open"), folder.join("opened"));
    let script = format!("#!/bin/sh\nprintf %s \"$1\" > '{}'\n", opened.display());
    fs::write(&browser, script).expect("written");
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).expect("allowed");
    (format!("{}:/usr/bin:/bin", folder.display()), opened)
}

fn what_was_opened(opened: &Path) -> String {
    eventually("a browser is opened", || {
        let url = fs::read_to_string(opened).ok()?;
        (!url.is_empty()).then_some(url)
    })
}

/// Row 232.
#[test]
fn browser_is_sent_to_the_dashboard() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (path, opened) = browser(folder.path());
    let mut terminal = Terminal::run(project().env("PATH", &path));
    let port = terminal.ready_port();
    terminal.types("o");
    let url = what_was_opened(&opened);
    assert_eq!(url, format!("http://localhost:{port}/__partyrun__/"));
}

/// Row 232.
#[test]
fn a_key_has_all_rooms_start_again() {
    let mut terminal = Terminal::run(Project::inline(
        "let n = 0; export default class { onRequest() { return new Response(`${++n}`); } }",
    ));
    assert_eq!(terminal.get("/parties/main/r").text(), "1");
    assert_eq!(terminal.get("/parties/main/r").text(), "2");
    terminal.types("r");
    terminal.shows("Reloaded in ");
    assert_eq!(terminal.get("/parties/main/r").text(), "1");
}

/// Row 232.
#[test]
fn keys_list_the_rooms_and_the_keys() {
    let mut terminal = Terminal::run(project());
    terminal.shows("[h] all keys");
    terminal.types("l");
    terminal.shows("No room lives at the moment");
    let socket = terminal.ws("/parties/main/lobby");
    terminal.get("/parties/main/other");
    terminal.shows("OPEN");
    terminal.types("l");
    terminal.shows(
        "Rooms that live: 2\r\n  /parties/main/lobby  1 socket\r\n  /parties/main/other\r\n",
    );
    drop(socket);
    terminal.types("H");
    for text in [
        "b  open a browser at http://localhost:",
        "r  reload",
        "x  end",
    ] {
        terminal.shows(text);
    }
}

/// Row 232.
#[test]
fn a_code_for_phones_is_shown_or_said_to_lead_nowhere() {
    let mut terminal = Terminal::run(project().args(&["--host", "127.0.0.1"]));
    terminal.shows("[h] all keys");
    terminal.types("p");
    terminal.shows("Phones cannot reach this server");
    let mut terminal = Terminal::run(project());
    terminal.shows("[h] all keys");
    let text = terminal.text();
    let Some((_, rest)) = text.split_once("- network: ") else {
        // A machine without a network has nothing to show.
        return;
    };
    let url = rest
        .lines()
        .next()
        .expect("it is on the line")
        .trim()
        .to_owned();
    terminal.types("p");
    terminal.shows(&format!("\r\n{url}\r\n"));
    assert!(terminal.text().contains('\u{2588}'), "{}", terminal.text());
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
