//! `partyrun test --watch`: the command runs again on a save.

use std::fs;

use rustix::process::Signal;

use crate::harness::{Project, Running};

const COUNTER: &str = r#"
export default class {
  constructor(readonly room) {}
  async onRequest() {
    const count = ((await this.room.storage.get("count")) ?? 0) + 1;
    await this.room.storage.put("count", count);
    return new Response(`first ${count}`);
  }
}"#;

/// Says what two requests come to, and which code it is itself.
const TESTS: &str = r#"
const ask = async () => (await fetch(`${process.env.PARTYRUN_URL}/parties/main/r`)).text();
console.log(`run ${"A"}: ${await ask()}, ${await ask()}`);"#;

struct Watching {
    running: Running,
    project: Project,
}

fn watching(project: Project, words: &[&str]) -> Watching {
    let project = project.args(&["--watch"]);
    let running = Running::start(&mut project.tested(words));
    Watching { running, project }
}

fn counting() -> Watching {
    let project = Project::inline(COUNTER).file("test/counter.mjs", TESTS);
    watching(project, &["node", "test/counter.mjs"])
}

impl Watching {
    fn save(&self, file: &str, content: &str) {
        fs::write(self.project.path().join(file), content).expect("the folder is writable");
    }

    /// Waits until so many runs have ended.
    fn has_run(&self, count: usize) {
        let waits =
            |text: &str| (text.matches("Waiting for a change").count() >= count).then_some(());
        let found = self.running.stderr.wait(waits);
        let (out, err) = (self.running.stdout.text(), self.running.stderr.text());
        assert!(found.is_some(), "Not {count} runs\n{out}\n{err}");
    }
}

#[test]
fn save_of_a_test_runs_it_again_with_empty_storage() {
    let mut watching = counting();
    watching.running.says("run A: first 1, first 2\n");
    watching.has_run(1);
    watching.save("test/counter.mjs", &TESTS.replace("\"A\"", "\"B\""));
    watching.running.says("run B: first 1, first 2\n");
    watching.has_run(2);
    watching.running.signal(Signal::INT);
    assert_eq!(watching.running.ends().code(), Some(130));
}

#[test]
fn save_of_the_server_runs_the_tests_against_it() {
    let watching = counting();
    watching.has_run(1);
    watching.save("server.ts", &COUNTER.replace("first", "second"));
    watching.running.says("run A: second 1, second 2\n");
}

#[test]
fn file_in_a_new_folder_is_seen() {
    let watching = counting();
    watching.has_run(1);
    fs::create_dir(watching.project.path().join("more")).expect("the folder is writable");
    watching.save("more/data.json", "{}");
    watching.has_run(2);
}

#[test]
fn what_tests_leave_behind_starts_nothing() {
    let line = "mkdir -p coverage; echo {} > coverage/out.json; echo x > junit.xml; date > server.log; echo done";
    let watching = watching(Project::inline(COUNTER), &["sh", "-c", line]);
    watching.has_run(1);
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(watching.running.stdout.text(), "done\n");
}

#[test]
fn broken_project_is_waited_for() {
    let watching = counting();
    watching.has_run(1);
    watching.save("server.ts", "export default class {");
    watching
        .running
        .complains("The project cannot be served like this");
    watching.running.complains("server.ts:1:");
    watching.save("server.ts", &COUNTER.replace("first", "mended"));
    watching.running.says("run A: mended 1, mended 2\n");
}

#[test]
fn project_that_is_broken_at_first_is_waited_for() {
    let project = Project::inline("export default class {").file("test/counter.mjs", TESTS);
    let watching = watching(project, &["node", "test/counter.mjs"]);
    watching.running.complains("server.ts:1:");
    watching.save("server.ts", COUNTER);
    watching.running.says("run A: first 1, first 2\n");
}

#[test]
fn save_stops_the_run_that_goes_on() {
    let line = "echo starts; trap 'echo stopped; exit' TERM; while :; do sleep 0.05; done";
    let watching = watching(Project::inline(COUNTER), &["sh", "-c", line]);
    watching.running.says("starts");
    watching.save("server.ts", &COUNTER.replace("first", "second"));
    watching.running.says("starts\nstopped\nstarts\n");
}

#[test]
fn failing_run_shows_the_log_of_its_own() {
    let project = Project::inline(
        "export default { onRequest(req) { console.log('asked ' + req.url.split('?')[1]); return new Response(); } }",
    );
    let script = |name: &str, code: u8| {
        format!(
            "await fetch(process.env.PARTYRUN_URL + '/parties/main/r?{name}'); process.exit({code});"
        )
    };
    let project = project.file("t.mjs", &script("one", 0));
    let watching = watching(project, &["node", "t.mjs"]);
    watching.has_run(1);
    watching.save("t.mjs", &script("two", 1));
    watching.has_run(2);
    watching.running.complains("with code 1");
    let log = watching.running.stderr.text();
    assert!(
        log.contains("asked two") && !log.contains("asked one"),
        "{log}"
    );
}
