//! Files that change without a word of the system, as on mounts of other machines. A file written by another
//! name of it, in a folder that nobody watches, is such a one.

use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;

use serde_json::json;
use tempfile::TempDir;

use crate::harness::{Dev, Project, ROOM, eventually};

/// A project, and a folder with other names of some of its files.
struct Shared {
    project: Option<Project>,
    names: TempDir,
}

impl Shared {
    fn of(project: Project, files: &[&str]) -> Self {
        let names = TempDir::new_in(project.path().parent().expect("it is in a folder"))
            .expect("the temporary folder is writable");
        for file in files {
            let other = names.path().join(file.replace('/', "_"));
            fs::hard_link(project.path().join(file), other).expect("it is one file system");
        }
        Self {
            project: Some(project),
            names,
        }
    }

    fn dev(&mut self, arguments: &[&str]) -> Dev {
        let project = self.project.take().expect("it is started once");
        project.args(arguments).dev()
    }

    /// Writes a file of the project by its other name.
    fn write(&self, file: &str, text: &str) {
        let path: PathBuf = self.names.path().join(file.replace('/', "_"));
        fs::write(path, text).expect("the other name is writable");
    }
}

fn becomes(dev: &Dev, path: &str, text: &str) {
    eventually(text, || (dev.get(path).text() == text).then_some(()));
}

const SERVER: &str = r#"
import { value } from "./lib";
export default class {
  constructor(readonly room) {}
  onRequest() { return new Response(value + " " + this.room.env.KEY); }
}"#;

fn project() -> Project {
    Project::inline(SERVER)
        .file("lib.ts", "export const value = 'one';")
        .file(".env", "KEY=first")
}

#[test]
fn a_silent_change_of_code_is_noticed_by_itself() {
    let mut shared = Shared::of(project(), &["lib.ts"]);
    let dev = shared.dev(&[]);
    assert_eq!(dev.get(ROOM).text(), "one first");
    // Not before the file was looked at for the first time, which is when it is known.
    std::thread::sleep(std::time::Duration::from_secs(1));
    shared.write("lib.ts", "export const value = 'two';");
    becomes(&dev, ROOM, "two first");
}

#[test]
fn silent_changes_of_code_environment_and_configuration_are_noticed_when_polled() {
    let mut shared = Shared::of(project(), &["lib.ts", ".env"]);
    let dev = shared.dev(&["--poll=50"]);
    assert_eq!(dev.get(ROOM).text(), "one first");
    shared.write("lib.ts", "export const value = 'other';");
    becomes(&dev, ROOM, "other first");
    shared.write(".env", "KEY=second one");
    becomes(&dev, ROOM, "other second one");
}

#[test]
fn a_silent_change_runs_the_custom_build_once() {
    let project = Project::inline(
        "import { made } from './made.js'; export default class { onRequest() { return new Response(made); } }",
    )
    .file("src/in.txt", "one")
    .config(
        "build",
        json!({ "command": "echo \"export const made = '$(cat src/in.txt)'\" > made.js; cp made.js src/copy.js", "watch": ["src"] }),
    );
    let mut shared = Shared::of(project, &["src/in.txt"]);
    let dev = shared.dev(&["--poll=50"]);
    assert_eq!(dev.get(ROOM).text(), "one");
    shared.write("src/in.txt", "another");
    becomes(&dev, ROOM, "another");
    dev.stdout_has("Custom build done");
    // What the command writes into the folder that is watched is no reason to run it again.
    shared.write("src/in.txt", "the last one");
    becomes(&dev, ROOM, "the last one");
    let ran = dev.stdout().matches("Custom build done").count();
    assert!(ran <= 3, "{ran} times");
}

#[test]
fn a_live_page_reloads_after_a_silent_change_of_a_static_file() {
    let project = Project::inline("export default class {}")
        .file("public/index.html", "<p>one</p>")
        .config("serve", json!("public"));
    let mut shared = Shared::of(project, &["public/index.html"]);
    let dev = shared.dev(&["--poll=50", "--live"]);
    let mut stream = dev.connect();
    let request = format!(
        "GET /__partyrun/live HTTP/1.1\r\nHost: {}\r\n\r\n",
        dev.host()
    );
    stream.write_all(request.as_bytes()).expect("it is read");
    let mut heard = String::new();
    let mut versions = |at_least: usize| {
        while heard.matches("data:").count() < at_least {
            let mut piece = [0; 512];
            let length = stream.read(&mut piece).expect("there is more to come");
            assert_ne!(length, 0, "{heard}");
            heard.push_str(&String::from_utf8_lossy(&piece[..length]));
        }
    };
    versions(1);
    shared.write("public/index.html", "<p>two and more</p>");
    versions(2);
}
