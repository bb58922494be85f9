//! The console in a terminal, and in front of who does not read: colours, rooms told apart, floods.

use std::thread;
use std::time::Duration;

use crate::console::{between_marks, printed, running, server};
use crate::harness::{Held, Project, ROOM, Terminal};

/// Row 243.
#[test]
fn colours_are_for_terminals() {
    let coloured = "console.log({ a: 1, s: 'x' }); console.log('%cred%c plain', 'color: red', '');";
    let dev = Project::inline(&server(coloured))
        .env("FORCE_COLOR", "1")
        .dev();
    dev.get(ROOM);
    let text = between_marks(&dev);
    assert!(
        text.contains("{ a: \x1b[33m1\x1b[39m, s: \x1b[32m'x'\x1b[39m }"),
        "{text:?}"
    );
    assert!(text.contains("\x1b[31mred"), "{text:?}");
    assert!(!printed(coloured).contains('\x1b'));
}

/// Row 243.
#[test]
fn terminal_tells_rooms_apart() {
    let project = Project::inline(
        "export default class {
  static onFetch() { console.log('of the worker'); return new Response('w'); }
  constructor(readonly room) {}
  onRequest() {
    console.log('two\\nlines', this.room.id);
    console.log({ n: 1 });
    console.warn('careful');
    console.error(new Error('broken'));
    console.clear();
    return new Response('ok');
  }
}",
    )
    .party(
        "chat",
        "export default class { onRequest() { console.log('other'); return new Response('ok') } }",
    )
    .env("NO_COLOR", "");
    let terminal = Terminal::run(project);
    for path in ["/parties/main/lobby", "/parties/chat/den", "/elsewhere"] {
        terminal.get(path);
    }
    terminal.shows("of the worker");
    terminal.shows("chat/den |");
    terminal.shows("\x1b[2J");
    let text = terminal.text().replace('\r', "");
    let margin = "\x1b[2mlobby |\x1b[0m ";
    for part in [
        format!("{margin}two\n{margin}lines lobby\n"),
        format!("{margin}{{ n: \x1b[33m1\x1b[39m }}\n"),
        format!("{margin}\x1b[33mcareful\x1b[0m\n"),
        "broken".to_owned(),
        "\nof the worker\n".to_owned(),
    ] {
        assert!(text.contains(&part), "No {part:?} in:\n{text:?}");
    }
}

/// Row 243.
#[test]
fn no_color_is_honoured_in_a_terminal() {
    let project = Project::inline(&server("console.log({ a: 1 }); console.error('plain');"));
    let terminal = Terminal::run(project.env("NO_COLOR", "1"));
    terminal.get(ROOM);
    terminal.shows("r | plain");
    terminal.shows("r | { a: 1 }");
}

/// Row 243.
#[test]
fn flood_of_one_room_holds_up_no_other() {
    let project = Project::inline(
        "export default class {
  constructor(readonly room) {}
  onRequest() {
    if (this.room.id === 'flood') for (let i = 0; i < 40_000; i++) console.log(`line ${i} ${'-'.repeat(60)}`);
    console.log('said', this.room.id);
    return new Response(this.room.id);
  }
}",
    );
    let mut held = Held::run(project);
    thread::scope(|scope| {
        let flood = scope.spawn(|| held.get("/parties/main/flood").text());
        thread::sleep(Duration::from_millis(200));
        assert_eq!(held.get("/parties/main/other").text(), "other");
        assert!(!flood.is_finished());
        assert_eq!(flood.join().expect("the flood ends"), "flood");
    });
    held.release();
    held.stderr_has("console lines left out");
}

/// Row 243.
#[test]
fn slow_reader_gets_every_line() {
    let dev = running("for (let i = 0; i < 30_000; i++) console.log(`line ${i}`);");
    dev.get(ROOM);
    let text = between_marks(&dev);
    // A busy machine takes so long for it that the program says so in between.
    let lines = text.lines().filter(|line| line.starts_with("line "));
    assert_eq!(lines.count(), 30_000);
    assert!(text.ends_with("line 29999"));
}
