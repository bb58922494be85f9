//! How other programs learn that a project is served, and end it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Dev, Project, Request, Running, eventually};

const PARTY: &str = "export default { onRequest() { return new Response('room'); } }";

fn parsed(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|_| panic!("Not JSON: {line}"))
}

/// What the line has to say of a server of this machine.
fn check(line: &Value, process: u32) {
    let port = line["port"].as_u64().expect("a number");
    assert_eq!(line["host"], format!("127.0.0.1:{port}"));
    assert_eq!(line["url"], format!("http://127.0.0.1:{port}"));
    assert_eq!(line["control"], Value::Null, "nobody has asked for it");
    assert_eq!(line["token"], Value::Null);
    assert_eq!(line["pid"], process);
}

/// A shell hands the descriptor on. It is a socket, as those of Node.js are; shells themselves make pipes.
#[test]
fn descriptor_gets_one_line_and_ends() {
    let project = Project::inline(PARTY).args(&["--ready-fd", "5"]);
    let (read, write) = UnixStream::pair().expect("a pair of sockets");
    let dev = project.serving();
    let mut shell = Command::new("sh");
    shell
        .args(["-c", r#"exec "$@" 5<&0 </dev/null"#, "sh"])
        .arg(dev.get_program())
        .args(dev.get_args())
        .current_dir(project.path())
        .stdin(OwnedFd::from(write))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut running = Running::start(&mut shell);
    // Its standard input goes with it.
    drop(shell);
    let lines: Vec<String> = BufReader::new(read).lines().map_while(Result::ok).collect();
    assert_eq!(lines.len(), 1, "then it ends, while the program goes on");
    check(&parsed(&lines[0]), running.child().id());
}

#[test]
fn standard_output_may_be_the_descriptor() {
    let dev = Project::inline(PARTY).args(&["--ready-fd", "1"]).dev();
    let text = dev.stdout();
    let line = text.lines().find(|line| line.starts_with('{'));
    assert_eq!(parsed(line.expect("it is there"))["port"], dev.port());
}

#[test]
fn file_is_there_whole_and_goes_with_the_program() {
    let project = Project::inline(PARTY).args(&["--ready-file", "ready.json"]);
    fs::write(project.path().join("ready.json"), "stale").expect("the folder is writable");
    let path = project.path().join("ready.json");
    let mut running = Running::start(&mut project.serving());
    let line = eventually("the file is there", || {
        let text = fs::read_to_string(&path).ok()?;
        assert!(text == "stale" || text.ends_with("}\n"), "{text}");
        (text != "stale").then_some(text)
    });
    check(&parsed(&line), running.child().id());
    running.signal(rustix::process::Signal::TERM);
    running.ends();
    assert!(!path.exists());
}

#[test]
fn nothing_is_told_before_the_code_has_loaded() {
    let project = Project::inline("throw new Error('at load'); export default class {}")
        .args(&["--ready-file", "ready.json"]);
    let path = project.path().join("ready.json");
    let folder = tempfile::tempdir().expect("a scratch folder");
    assert_eq!(project.fails().code, Some(1));
    assert!(!path.exists());
    let elsewhere = Project::inline(PARTY).args(&["--ready-file", "no/such/folder/ready"]);
    let exit = elsewhere.fails();
    assert_eq!(exit.code, Some(1));
    assert!(
        exit.stderr.contains("no/such/folder/ready"),
        "{}",
        exit.stderr
    );
    drop(folder);
}

#[test]
fn url_tells_that_it_serves() {
    let dev = Dev::inline(
        "export default class { static onFetch() { return new Response('mine', { status: 418 }); } }",
    );
    let answer = dev.get("/__partyrun__/ready");
    assert_eq!((answer.status, answer.text()), (200, "ready\n".to_owned()));
    assert_eq!(
        dev.request("HEAD", "/__partyrun__/ready").send().status,
        200
    );
    assert_eq!(dev.get("/__partyrun__/other").status, 418);
    assert!(
        !dev.stdout().contains("__partyrun__/ready"),
        "polling fills no log"
    );
}

/// Tools that wait for a URL name no page, and this machine in some way.
#[test]
fn url_is_for_programs_and_pages_of_this_machine_only() {
    let dev = Dev::inline(PARTY);
    let status = |headers: &[(&str, &str)]| {
        let request = dev.request("GET", "/__partyrun__/ready");
        let with = |request: Request, (name, value): &(&str, &str)| request.header(name, value);
        headers.iter().fold(request, with).send().status
    };
    for host in ["localhost", "127.0.0.1:1999", "[::1]:1999", "app.localhost"] {
        assert_eq!(status(&[("host", host)]), 200, "{host}");
    }
    assert_eq!(status(&[("host", "evil.example")]), 403);
    assert_eq!(status(&[("origin", "https://evil.example")]), 403);
    assert_eq!(status(&[("sec-fetch-site", "cross-site")]), 403);
}

#[test]
fn ready_line_is_printed_whatever_else_is_not() {
    for level in ["none", "error", "warn", "debug"] {
        let dev = Project::inline(PARTY).env("PARTYKIT_LOG", level).dev();
        assert!(dev.stdout().contains("Ready on http"), "{level}");
    }
}

#[test]
fn end_of_standard_input_ends_the_program() {
    let project = Project::inline(PARTY).args(&["--exit-with-stdin"]);
    let mut running = Running::start(project.serving().stdin(Stdio::piped()));
    running.says("Ready on");
    let start = Instant::now();
    drop(running.child().stdin.take());
    assert_eq!(running.ends().code(), Some(0));
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[test]
fn end_of_standard_input_ends_a_program_that_still_loads() {
    let project =
        Project::inline("await new Promise((done) => setTimeout(done, 8_000)); export default {};")
            .args(&["--exit-with-stdin"]);
    let mut running = Running::start(project.serving().stdin(Stdio::piped()));
    running.says("partyrun ");
    let start = Instant::now();
    drop(running.child().stdin.take());
    running.ends();
    assert!(start.elapsed() < Duration::from_secs(2));
}
