//! `partyrun test` in a terminal: the command has it, with its keys, and gives it back.

use std::os::unix::process::ExitStatusExt;

use rustix::process::Signal;

use crate::harness::{Project, Terminal};

fn project() -> Project {
    Project::inline("export default class {}")
}

/// Says what reaches it: a line that is typed, and Ctrl-C.
const LISTENER: &str = r#"
trap 'echo heard INT; exit 4' INT
test -t 0 && test -t 1 && echo in a terminal
read line; echo "read $line"
while :; do sleep 0.05; done"#;

#[test]
fn keys_are_the_commands() {
    let mut terminal = Terminal::tested(project(), &["sh", "-c", LISTENER]);
    terminal.shows("in a terminal");
    terminal.types("hello\n");
    terminal.shows("read hello");
    terminal.types("\x03");
    terminal.shows("heard INT");
    assert_eq!(terminal.ends().code(), Some(4));
}

#[test]
fn terminal_is_given_back_as_it_was() {
    let line = r#""$@"; echo "ended $?"; stty -a | grep -q ' echo ' && echo it echoes; read line; echo "read $line""#;
    let raw = ["sh", "-c", "stty raw -echo; kill -KILL $$"];
    let mut terminal = Terminal::tested_by_script(project(), &raw, line);
    terminal.shows("ended 137");
    terminal.shows("it echoes");
    terminal.types("hello\n");
    terminal.shows("read hello");
    terminal.ends();
}

/// As vitest does, whose keys work only while it is in the foreground.
#[test]
fn stopped_command_goes_on_in_the_foreground() {
    let line = r#""$@"; echo "stopped $?"; fg; echo "ended $?""#;
    let words = ["sh", "-c", "echo runs; read line; echo read $line; exit 5"];
    let mut terminal = Terminal::tested_by_script(project(), &words, line);
    terminal.shows("runs");
    terminal.types("\x1a");
    terminal.shows("stopped 1");
    terminal.types("hello\n");
    terminal.shows("read hello");
    terminal.shows("ended 5");
    terminal.ends();
}

#[test]
fn terminal_of_another_is_left_alone() {
    let line =
        r#""$@" < /dev/null & read line; echo "the shell read $line"; wait $!; echo "ended $?""#;
    let words = ["sh", "-c", "echo runs; sleep 0.3; exit 5"];
    let mut terminal = Terminal::tested_by_script(project(), &words, line);
    terminal.shows("runs");
    terminal.types("hello\n");
    terminal.shows("the shell read hello");
    terminal.shows("ended 5");
    terminal.ends();
}

#[test]
fn interrupt_ends_a_watching_session_too() {
    let line = "trap 'exit 130' INT; echo runs; while :; do sleep 0.05; done";
    let watching = project().args(&["--watch"]);
    let mut terminal = Terminal::tested(watching, &["sh", "-c", line]);
    terminal.shows("runs");
    terminal.types("\x03");
    assert_eq!(terminal.ends().code(), Some(130));
}

#[test]
fn terminal_that_goes_away_ends_everything() {
    let mut terminal = Terminal::tested(project(), &["sh", "-c", "echo runs; sleep 100"]);
    terminal.shows("runs");
    terminal.signals(Signal::HUP);
    let ended = terminal.ends();
    assert_eq!((ended.code(), ended.signal()), (Some(129), None));
}
