//! Which threads take the processor from others when they are woken (docs/architecture.md).
#![cfg(target_os = "linux")]

use std::fs;

use crate::harness::{Dev, ROOM, eventually};

const ECHO: &str = r#"
export default class {
  onMessage(message, conn) { conn.send(message); }
  onRequest() { return new Response("here"); }
}"#;

/// `SCHED_OTHER` and `SCHED_BATCH` of sched(7).
const OTHER: i32 = 0;
const BATCH: i32 = 3;

/// The field `policy` of proc_pid_stat(5), counted from the one behind the name.
const POLICY: usize = 38;

/// The scheduling policies of the threads with a name.
fn policies(dev: &Dev, name: &str) -> Vec<i32> {
    let tasks = fs::read_dir(format!("/proc/{}/task", dev.process())).expect("the process runs");
    let of = |task: fs::DirEntry| {
        // The thread may have ended.
        let stat = fs::read_to_string(task.path().join("stat")).ok()?;
        let (head, fields) = stat.rsplit_once(") ")?;
        let is_named = head.ends_with(&format!("({name}"));
        let policy = fields.split(' ').nth(POLICY).filter(|_| is_named)?;
        policy.parse().ok()
    };
    tasks.flatten().filter_map(of).collect()
}

/// How many rooms' threads, spares included, interrupt others.
fn interrupting(dev: &Dev) -> usize {
    let policies = policies(dev, "room");
    let interrupts = |policy: &&i32| **policy == OTHER;
    policies.iter().filter(interrupts).count()
}

#[test]
fn room_that_begins_interrupts_spares_and_waits_once_it_has_much_to_do() {
    let dev = Dev::inline(ECHO);
    assert_eq!(dev.get(ROOM).text(), "here");
    assert_eq!(policies(&dev, "io"), [OTHER]);
    eventually("there are spares, and they wait", || {
        let policies = policies(&dev, "room");
        let waiting = policies.iter().filter(|policy| **policy == BATCH);
        (waiting.count() == policies.len() - 1 && policies.len() > 1).then_some(())
    });
    assert_eq!(interrupting(&dev), 1, "the room");
    let mut socket = dev.ws(ROOM);
    for _ in 0..100 {
        assert_eq!(socket.ask("again"), "again");
    }
    assert_eq!(interrupting(&dev), 0);
}
