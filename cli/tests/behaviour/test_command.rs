//! `partyrun test`: what its command gets, what comes of its end, and what is wrong with it.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::harness::{Dev, Exit, Project, Running, run};

const COUNTER: &str = r#"
export default class {
  constructor(readonly room) {}
  async onRequest() {
    const count = ((await this.room.storage.get("count")) ?? 0) + 1;
    await this.room.storage.put("count", count);
    console.log(`counted ${count}`);
    return new Response(`${count}`);
  }
}"#;

/// A script for Node.js that asks a room.
const ASK: &str = r#"
const answer = await fetch(`${process.env.PARTYRUN_URL}/parties/main/r`);
console.log(await answer.text(), process.env.PARTYKIT_HOST === new URL(process.env.PARTYRUN_URL).host);"#;

fn counter() -> Project {
    Project::inline(COUNTER)
}

/// `partyrun test` that runs a line of a shell.
fn shell(project: &Project, line: &str) -> Exit {
    project.test(&["sh", "-c", line])
}

#[test]
fn command_finds_the_server_and_its_own_standard_output() {
    let project = counter().file("ask.mjs", ASK);
    let exit = project.test(&["node", "ask.mjs"]);
    assert_eq!(exit.code, Some(0), "{}", exit.stderr);
    assert_eq!(exit.stdout, "1 true\n");
    assert_eq!(exit.stderr, "", "nothing went wrong");
}

#[test]
fn nothing_is_kept_between_runs_and_nothing_is_written() {
    let project = counter().file("ask.mjs", ASK);
    for _ in 0..2 {
        assert_eq!(project.test(&["node", "ask.mjs"]).stdout, "1 true\n");
    }
    assert!(!project.path().join(".partykit").exists());
}

#[test]
fn configured_port_and_folder_are_left_to_dev() {
    let project = counter().file("ask.mjs", ASK);
    let busy = Dev::inline("export default class {}");
    let project = project
        .config("port", busy.port().into())
        .config("persist", "kept".into());
    assert_eq!(project.test(&["node", "ask.mjs"]).stdout, "1 true\n");
    assert!(!project.path().join("kept").exists());
}

#[test]
fn exit_code_is_the_commands() {
    let project = counter();
    for (line, code) in [
        ("exit 0", 0),
        ("exit 7", 7),
        ("exit 255", 255),
        ("kill -KILL $$", 137),
        ("kill -TERM $$", 143),
        ("kill -SEGV $$", 139),
    ] {
        assert_eq!(shell(&project, line).code, Some(code), "{line}");
    }
}

#[test]
fn servers_log_is_shown_when_the_command_has_failed() {
    let project = || counter().file("ask.mjs", ASK);
    let log = |arguments: &[&str], end: &str| {
        let line = format!("node ask.mjs; {end}");
        let exit = shell(&project().args(arguments), &line);
        assert_eq!(exit.stdout, "1 true\n");
        exit.stderr
    };
    let has = |log: &str| log.contains("counted 1") && log.contains("GET /parties/main/r 200");
    assert!(has(&log(&[], "exit 1")));
    assert_eq!(log(&[], "exit 0"), "");
    assert!(has(&log(&["--log", "failed"], "kill -KILL $$")));
    assert!(has(&log(&["--log", "all"], "exit 0")));
    assert_eq!(log(&["--log", "none"], "exit 1"), "");
}

#[test]
fn log_that_is_shown_at_once_comes_while_the_command_runs() {
    let project = counter().args(&["--log=all"]).file("ask.mjs", ASK);
    let mut running = Running::start(&mut project.tested(&["sh", "-c", "node ask.mjs; sleep 100"]));
    running.complains("counted 1");
    running.signal(Signal::TERM);
    running.ends();
}

#[test]
fn signals_are_the_commands() {
    for signal in ["INT", "TERM", "HUP"] {
        let project = counter();
        let line = format!(
            "trap 'echo {signal}; exit 3' {signal}; echo runs; while :; do sleep 0.05; done"
        );
        let mut running = Running::start(&mut project.tested(&["sh", "-c", &line]));
        running.says("runs");
        running.signal(match signal {
            "INT" => Signal::INT,
            "TERM" => Signal::TERM,
            _ => Signal::HUP,
        });
        assert_eq!(running.ends().code(), Some(3), "{signal}");
        assert_eq!(running.stdout.rest(), format!("runs\n{signal}\n"));
    }
}

#[test]
fn command_that_a_signal_ends_gives_its_code() {
    // A shell may miss a signal that comes before what it waits for.
    let script = "console.log('runs'); setTimeout(() => {}, 100_000)";
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let project = counter();
        let mut running = Running::start(&mut project.tested(&["node", "-e", script]));
        running.says("runs");
        running.signal(signal);
        assert_eq!(running.ends().code(), Some(code));
    }
}

#[test]
fn standard_input_is_the_commands() {
    let project = counter();
    let mut running = Running::start(project.tested(&["cat"]).stdin(Stdio::piped()));
    let mut stdin = running.child().stdin.take().expect("it is piped");
    stdin.write_all(b"hello\n").expect("it is read");
    running.says("hello");
    drop(stdin);
    assert_eq!(running.ends().code(), Some(0));
}

#[test]
fn end_of_standard_input_ends_everything_when_that_is_asked_for() {
    let project = counter().args(&["--exit-with-stdin"]);
    let mut running = Running::start(
        project
            .tested(&[
                "sh",
                "-c",
                "trap '' TERM; cat; echo runs; while :; do sleep 1; done",
            ])
            .stdin(Stdio::piped()),
    );
    running.says("runs");
    let start = Instant::now();
    drop(running.child().stdin.take());
    assert_eq!(running.ends().code(), Some(143));
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn command_that_takes_too_long_is_stopped() {
    let project = counter().args(&["--timeout", "300ms"]);
    let exit = shell(&project, "sleep 100");
    assert_eq!(exit.code, Some(124));
    assert!(exit.stderr.contains("`--timeout`"), "{}", exit.stderr);
    let deaf = shell(&project, "trap '' TERM; while :; do sleep 1; done");
    assert_eq!(deaf.code, Some(124));
    let in_time = shell(&counter().args(&["--timeout", "1m"]), "exit 4");
    assert_eq!(in_time.code, Some(4));
}

#[test]
fn command_that_cannot_run_is_an_error_with_a_reason() {
    let project = counter()
        .file("plain.txt", "text")
        .file("no-interpreter", "#!/no/such/program\n");
    let script = project.path().join("no-interpreter");
    fs::set_permissions(script, fs::Permissions::from_mode(0o755)).expect("it is ours");
    for (name, code, reason) in [
        ("no-such-program", 127, "not on the PATH: `no-such-program`"),
        ("./no-such-file", 127, "not there: `./no-such-file`"),
        ("./plain.txt", 126, "`chmod +x`"),
        ("./", 126, "a folder: `./`"),
        ("npx vitest run", 127, "`sh -c`"),
        ("./no-interpreter", 127, "a program that is not there"),
    ] {
        let exit = project.test(&[name]);
        assert_eq!(exit.code, Some(code), "{name}: {}", exit.stderr);
        assert!(exit.stderr.contains(reason), "{name}: {}", exit.stderr);
        assert_eq!(exit.stdout, "", "{name}");
    }
}

#[test]
fn command_line_without_a_command_says_where_it_belongs() {
    let exit = counter().test(&[]);
    assert_eq!(exit.code, Some(2));
    assert!(exit.stderr.contains("after two dashes"), "{}", exit.stderr);
    let bare = run(&["test"]);
    assert_eq!(bare.code, Some(2));
    assert!(bare.stderr.contains("after two dashes"), "{}", bare.stderr);
    let forgotten = run(&["test", "npx", "vitest", "run"]);
    assert_eq!(forgotten.code, Some(2));
    assert!(
        forgotten.stderr.contains("partyrun test -- npx vitest"),
        "{}",
        forgotten.stderr
    );
    let unit = run(&["test", "--timeout", "5 fortnights", "--", "true"]);
    assert_eq!(unit.code, Some(2));
}

#[test]
fn project_that_cannot_be_served_has_a_code_of_its_own() {
    let told = |project: Project, reason: &str| {
        let exit = project.test(&["sh", "-c", "echo runs"]);
        assert_eq!(exit.code, Some(125), "{}", exit.stderr);
        assert!(exit.stderr.contains(reason), "{}", exit.stderr);
        assert_eq!(exit.stdout, "", "the command does not run");
    };
    told(Project::inline("export default class {"), "server.ts:1:");
    let throws = "throw new Error('at load'); export default class {}";
    told(Project::inline(throws), "at load");
    told(Project::inline("export const x = 1;"), "No default export");
    told(Project::empty(), "main");
    told(counter().config("port", "no".into()), "port");
    let busy = Dev::inline("export default class {}");
    let port = busy.port().to_string();
    told(counter().args(&["--port", &port]), "already in use");
    told(counter().args(&["--ready-fd", "77"]), "`77`");
}

#[test]
fn tests_that_run_do_not_meet_other_code() {
    let project = Project::inline("export default { onRequest() { return new Response('old'); } }");
    let line = r#"
      echo "export default { onRequest() { return new Response('new'); } }" > server.ts
      sleep 0.5
      exec node --input-type=module -e "console.log(await (await fetch(process.env.PARTYRUN_URL + '/parties/main/r')).text())""#;
    let exit = shell(&project, line);
    assert_eq!(exit.stdout, "old\n", "{}", exit.stderr);
}
