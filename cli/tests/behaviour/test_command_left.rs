//! What `partyrun test` leaves behind: nothing, whoever of those involved is killed.
#![cfg(target_os = "linux")]

use std::os::unix::process::CommandExt;
use std::time::Instant;

use rustix::process::{Pid, Signal, getpgid, kill_process};

use crate::harness::{Family, Project, Running, eventually};

/// Processes in the command's group, out of it, in a session of their own, and orphans: `$1` seconds each.
const LINE: &str = r#"
sleep $1 &
setsid sleep $1 &
(setsid sh -c "sleep $1; :" &)
(sh -c "trap '' TERM; sleep $1; :" &)
echo runs
sleep $1; :"#;

const SLEEPERS: usize = 5;

struct Test {
    running: Running,
    family: Family,
    _project: Project,
}

fn test_of(line: &str) -> Test {
    let project = Project::inline("export default class {}");
    let family = Family::new();
    let mut command = project.tested(&["sh", "-c", line, "sh", &family.word]);
    // As a shell does, so that its group can be killed.
    command.process_group(0);
    let running = Running::start(&mut command);
    Test {
        running,
        family,
        _project: project,
    }
}

fn test() -> Test {
    let test = test_of(LINE);
    test.running.says("runs");
    test.family.sleeps(SLEEPERS);
    test
}

impl Test {
    /// The one process of the family whose command line begins like this.
    fn process(&self, name: &str) -> Pid {
        let named = self.family.named(name);
        Pid::from_raw(*named.first().expect("it runs")).expect("a number of a process")
    }
}

fn kill(process: Pid) {
    kill_process(process, Signal::KILL).expect("it lives");
}

#[test]
fn killed_program_leaves_nothing() {
    for _ in 0..5 {
        let mut test = test();
        let start = Instant::now();
        test.running.signal(Signal::KILL);
        test.family.is_gone_since(start);
        test.running.ends();
    }
}

#[test]
fn killed_group_of_the_program_leaves_nothing() {
    let mut test = test();
    let start = Instant::now();
    test.running.signal_group(Signal::KILL);
    test.family.is_gone_since(start);
    test.running.ends();
}

#[test]
fn killed_command_leaves_nothing() {
    let mut test = test();
    let start = Instant::now();
    kill(test.process("sh -c \nsleep"));
    test.family.is_gone_since(start);
    assert_eq!(test.running.ends().code(), Some(137));
}

#[test]
fn killed_guard_leaves_nothing() {
    let mut test = test();
    let start = Instant::now();
    kill(test.process("test-guard"));
    test.family.is_gone_since(start);
    assert_eq!(test.running.ends().code(), Some(125));
    test.running.complains("`test-guard`");
}

#[test]
fn command_that_ends_leaves_nothing() {
    let mut test = test_of(&LINE.replace("echo runs\nsleep $1; :", "echo runs; exit 6"));
    assert_eq!(test.running.ends().code(), Some(6));
    test.family.is_gone_since(Instant::now());
}

#[test]
fn signal_that_the_command_obeys_leaves_nothing() {
    let mut test = test();
    test.running.signal(Signal::TERM);
    assert_eq!(test.running.ends().code(), Some(143));
    test.family.is_gone_since(Instant::now());
}

/// What is left is asked before it is killed: it may have something to put in order.
#[test]
fn what_is_left_may_end_by_itself() {
    let line = r#"
      (trap 'echo tidied $1; exit' TERM; echo runs; while :; do sleep 0.05; done) &
      sleep 0.3"#;
    let mut test = test_of(line);
    assert_eq!(test.running.ends().code(), Some(0));
    assert!(test.running.stdout.rest().contains("tidied"));
}

#[test]
fn command_has_a_group_of_its_own() {
    let test = test();
    let command = test.process("sh -c \nsleep");
    let group = getpgid(Some(command)).expect("it lives");
    assert_eq!(group, command);
    let guard = test.process("test-guard");
    let groups = [test.running.pid(), guard].map(|process| getpgid(Some(process)));
    assert!(!groups.contains(&Ok(group)));
    assert_ne!(groups[0], groups[1]);
}

/// The runner of a program that gives it the end of its standard input as a sign of life.
#[test]
fn killed_starter_leaves_nothing() {
    let project = Project::inline("export default class {}");
    let family = Family::new();
    let tested = project.tested(&["sh", "-c", LINE, "sh", &family.word]);
    let mut starter = std::process::Command::new("sh");
    starter
        .args(["-c", r#"sleep 1000 | "$@""#, "starter"])
        .arg(tested.get_program())
        .args(["test", "--exit-with-stdin"])
        .args(tested.get_args().skip(1))
        .current_dir(project.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .process_group(0);
    let mut running = Running::start(&mut starter);
    running.says("runs");
    family.sleeps(SLEEPERS);
    let sleeper = children_named(running.pid(), "sleep");
    let start = Instant::now();
    kill(sleeper);
    family.is_gone_since(start);
    running.ends();
}

fn children_named(parent: Pid, name: &str) -> Pid {
    eventually("the child runs", || {
        let path = format!("/proc/{0}/task/{0}/children", parent.as_raw_pid());
        let children = std::fs::read_to_string(path).ok()?;
        let named = children.split_whitespace().find(|child| {
            std::fs::read_to_string(format!("/proc/{child}/comm"))
                .is_ok_and(|comm| comm.trim() == name)
        });
        Pid::from_raw(named?.parse().ok()?)
    })
}
