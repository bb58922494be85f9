//! The client library of npm, `partysocket`, run by Node.js against the program.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Dev, Log, Project, eventually, fixtures_folder, install_packages};

/// A script of `fixtures/clients` at work.
struct Script {
    child: Child,
    stdout: Log,
    stderr: Log,
}

impl Script {
    /// Starts the script against `dev`, installing its packages first.
    fn start(name: &str, dev: &Dev) -> Self {
        install_packages("clients");
        let mut child = Command::new("node")
            .args([name, &dev.host()])
            .current_dir(fixtures_folder().join("clients"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("This test needs Node.js on PATH: {error}"));
        let stdout = Log::follow(child.stdout.take().expect("stdout is piped"));
        let stderr = Log::follow(child.stderr.take().expect("stderr is piped"));
        Self {
            child,
            stdout,
            stderr,
        }
    }

    fn says(&self, line: &str) {
        let said = self.stdout.wait(|text| text.contains(line).then_some(()));
        assert!(
            said.is_some(),
            "Not said: `{line}`\n{}{}",
            self.stdout.text(),
            self.stderr.text()
        );
    }

    /// Waits for its end, which must be a success.
    fn succeeds(mut self) {
        let status = eventually("the script ends", || {
            self.child
                .try_wait()
                .expect("the script is ours to wait for")
        });
        assert!(
            status.success(),
            "{}{}",
            self.stdout.rest(),
            self.stderr.rest()
        );
        assert!(self.stdout.rest().ends_with("done\n"));
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a script against `dev` to its end.
fn run(name: &str, dev: &Dev) {
    Script::start(name, dev).succeeds();
}

/// Row 254.
#[test]
fn two_clients_chat() {
    run("chat.mjs", &Dev::fixture("chat"));
}

/// Rows 81, 254.
#[test]
fn messages_queued_before_opening_arrive() {
    run("queue.mjs", &Dev::fixture("chat"));
}

/// Rows 238, 254.
#[test]
fn client_reconnects_after_a_restart() {
    let mut dev = Dev::fixture("chat");
    let script = Script::start("reconnect.mjs", &dev);
    script.says("connected");
    dev.restart_in_place();
    script.says("reconnected");
    script.succeeds();
}

/// Rows 238, 254. Without it, `partysocket` waits 3 s before it connects again.
#[test]
fn client_is_answered_by_new_code_soon_after_a_save() {
    let version = |text: &str| {
        format!(
            "export default class {{ onMessage(_, connection) {{ connection.send('{text}'); }} }}"
        )
    };
    let dev = Project::inline(&version("one"))
        .args(&["--keep-sockets"])
        .dev();
    let script = Script::start("saved.mjs", &dev);
    script.says("connected");
    let saved = Instant::now();
    dev.edit("server.ts", &version("two"));
    script.says("answered by two after 1 open events");
    let answered = saved.elapsed();
    assert!(answered < Duration::from_secs(2), "{answered:?}");
    script.succeeds();
}

/// Rows 254, 255.
#[test]
fn path_query_and_fetch_reach_the_room() {
    let mirror = r#"
import type * as Party from "partykit/server";
export default class Mirror implements Party.Server {
  onConnect(conn: Party.Connection, { request }: Party.ConnectionContext) {
    conn.send(JSON.stringify({ id: conn.id, url: request.url }));
  }
  onRequest(request: Party.Request) {
    return Response.json({ url: request.url, method: request.method });
  }
}"#;
    run(
        "options.mjs",
        &Project::inline("export default class {}")
            .party("mirror", mirror)
            .dev(),
    );
}

/// Rows 92, 107, 254.
#[test]
fn binary_messages_pass() {
    let relay = include_str!("../../../fixtures/relay/src/server.ts");
    run(
        "binary.mjs",
        &Project::inline("export default class {}")
            .party("relay", relay)
            .dev(),
    );
}

/// Row 252.
#[test]
fn two_writers_share_a_document_that_is_kept() {
    let mut dev = Project::inline(
        "import { onConnect } from 'y-partykit';\nexport default class {\n  constructor(room) { this.room = room }\n  \
         onConnect(connection) { return onConnect(connection, this.room, { persist: { mode: 'snapshot' } }) }\n}",
    )
    .packages("packages")
    .dev();
    let script = Script::start("document.mjs", &dev);
    script.says("found: .");
    script.succeeds();
    dev.restart();
    let script = Script::start("document.mjs", &dev);
    script.says("found: ada grace .");
    script.succeeds();
}

/// A party whose rooms are documents of `y-partykit`.
fn documents(options: &str) -> Dev {
    Project::inline(&format!(
        "import {{ onConnect }} from 'y-partykit';\nimport * as Y from 'yjs';\nexport default class {{\n  constructor(room) {{ this.room = room }}\n  \
         onConnect(connection) {{ return onConnect(connection, this.room, {options}) }}\n  \
         async onRequest() {{ return Response.json((await this.room.storage.get('seen')) ?? null) }}\n}}",
    ))
    .packages("packages")
    .dev()
}

/// Row 252.
#[test]
fn people_see_each_other_in_a_document() {
    run("awareness.mjs", &documents("{}"));
}

/// Row 252. More than one message, and one value of the storage, may have.
#[test]
fn large_update_arrives_in_pieces_and_is_kept() {
    let mut dev = documents("{ persist: { mode: 'snapshot' } }");
    let script = Script::start("large.mjs", &dev);
    script.says("found: .");
    script.succeeds();
    dev.restart();
    let script = Script::start("large.mjs", &dev);
    script.says("found: file0.");
    script.succeeds();
}

/// Row 252.
#[test]
fn document_with_its_history_is_kept() {
    let mut dev = documents("{ persist: { mode: 'history', maxUpdates: 2 } }");
    for found in ["found: .", "found: word0 .", "found: word0 word6 ."] {
        let script = Script::start("words.mjs", &dev);
        script.says(found);
        script.succeeds();
        dev.restart();
    }
}

/// Row 252.
#[test]
fn document_is_loaded_and_handed_on() {
    let dev = documents(
        "{ load: async () => { const doc = new Y.Doc(); doc.getText('text').insert(0, 'loaded '); return doc }, \
         callback: { debounceWait: 50, handler: (doc) => this.room.storage.put('seen', doc.getText('text').toString()) } }",
    );
    let script = Script::start("words.mjs", &dev);
    script.says("found: loaded .");
    script.succeeds();
    eventually("the callback has the document", || {
        (dev.json("/parties/main/words") == "loaded word7 ").then_some(())
    });
}

/// Row 253.
#[test]
fn socket_io_clients_chat() {
    install_packages("socketio");
    run("socketio.mjs", &Dev::fixture("socketio"));
}
