//! What `dev` prints of its own accord: the banner, the log in a terminal, and how much of it.

use crate::harness::{Project, Terminal, eventually};

const SERVER: &str = r#"
export default class {
  static onFetch() { return new Response("page"); }
  onConnect() {}
  onMessage(message, connection) { connection.send(message); }
  onRequest() { console.log("user"); return new Response("x", { status: 404 }); }
}"#;

/// Row 231.
#[test]
fn banner_names_version_addresses_parties_and_their_handlers() {
    let dev = Project::inline(SERVER)
        .party("chat", "export default { onConnect() {}, onAlarm() {} }")
        .dev();
    let version = concat!("partyrun ", env!("CARGO_PKG_VERSION"), "\n");
    let local = format!("\n- local: http://127.0.0.1:{}\n", dev.port());
    for text in [
        version,
        &local,
        "\n- party main: onConnect, onMessage, onRequest, onFetch\n",
        "\n- party chat: onConnect, onAlarm\n",
        "\n- ready after ",
    ] {
        dev.stdout_has(text);
    }
}

/// Row 231.
#[test]
fn requests_and_sockets_have_a_line_each_in_a_terminal() {
    let terminal = Terminal::run(Project::inline(SERVER));
    terminal.get("/parties/main/r");
    terminal.shows("GET      404 ");
    terminal.shows(" ms  /parties/main/r\r\n");
    let mut first = terminal.ws("/parties/main/r?_pk=ada");
    terminal.shows("OPEN                   /parties/main/r ada (1 open)\r\n");
    let _second = terminal.ws("/parties/main/r?_pk=bob");
    terminal.shows("OPEN                   /parties/main/r bob (2 open)\r\n");
    first.close(4001, "");
    drop(first);
    terminal.shows("CLOSE   4001 ");
    terminal.shows(" ms  /parties/main/r ada (1 open)\r\n");
    assert!(!terminal.text().contains("[pk:inf]"), "{}", terminal.text());
    assert!(!terminal.text().contains("101"), "the socket has a line");
}

#[test]
fn a_reload_names_the_file() {
    let dev = Project::inline(
        "import './a'; export default class { onRequest() { return new Response('1'); } }",
    )
    .file("a.ts", "globalThis.a = 1;")
    .dev();
    dev.edit("a.ts", "globalThis.a = 2;");
    eventually("the reload is told", || {
        let text = dev.stdout();
        let line = text.lines().find(|line| line.starts_with("Reloaded in "))?;
        line.ends_with(" ms: a.ts").then_some(())
    });
}

#[test]
fn less_is_printed_when_the_command_line_says_so() {
    let quiet = Project::inline(SERVER).args(&["--quiet"]).dev();
    quiet.get("/parties/main/r");
    quiet.stdout_has("user\n");
    let ready = format!("Ready on http://0.0.0.0:{}\nuser\n", quiet.port());
    assert_eq!(quiet.stdout(), ready);
    let info = Project::inline(SERVER)
        .env("PARTYKIT_LOG", "none")
        .args(&["--log-level", "info"])
        .dev();
    info.get("/parties/main/r");
    info.stdout_has("[pk:inf] GET /parties/main/r 404");
    let both = Project::inline(SERVER)
        .args(&["--quiet", "--log-level", "info"])
        .fails();
    assert_eq!(both.code, Some(2));
    let unknown = Project::inline(SERVER)
        .args(&["--log-level", "loud"])
        .fails();
    assert!(
        unknown.stderr.contains("none, error, warn, info"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn messages_have_the_time_before_them_when_that_is_wanted() {
    let dev = Project::inline(SERVER).args(&["--timestamps"]).dev();
    dev.get("/parties/main/r");
    dev.stdout_has("[pk:inf] GET");
    let text = dev.stdout();
    for line in text.lines() {
        let (time, rest) = line.split_once(' ').expect("there is a time");
        let is_digit = |(at, c): (usize, char)| match at {
            2 | 5 => c == ':',
            8 => c == '.',
            _ => c.is_ascii_digit(),
        };
        assert!(
            time.len() == 12 && time.chars().enumerate().all(is_digit),
            "{line}"
        );
        assert!(!rest.is_empty(), "{line}");
    }
    assert!(text.contains(" user\n"), "{text}");
}
