//! `docs/getting-started.md`, followed as a reader would: its commands, in its order.

use std::fs;
use std::path::Path;

use crate::harness::{Dev, Project, blocks, run_in};

#[test]
fn page_can_be_followed() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let page = fs::read_to_string(docs.join("getting-started.md")).expect("the page is there");
    let mut project = Some(Project::empty());
    let mut dev: Option<Dev> = None;
    let mut followed = Vec::new();
    for (language, text) in blocks(&page) {
        if language == "js" && text.starts_with("// lobby.test.js") {
            let served = dev.as_ref().expect("tests come after `dev`").project();
            fs::write(served.path().join("my-party/lobby.test.js"), text).expect("writable");
        }
        for line in text.lines().filter(|_| language == "sh") {
            followed.push(line);
            // The program of this build is what `npx` would find.
            let typed = line.strip_prefix("npx ").unwrap_or(line);
            let words: Vec<_> = typed.split(' ').collect();
            match words.as_slice() {
                ["partyrun", "init", ..] => {
                    let folder = project.as_ref().expect("it comes first").path();
                    let exit = run_in(folder, &words[1..]);
                    assert_eq!(exit.code, Some(0), "{}", exit.stderr);
                }
                ["cd", folder] => project = project.map(|project| project.folder(folder)),
                // The page says that the server runs without it.
                ["npm", "install"] => {}
                ["partyrun", "dev"] => dev = project.take().map(Project::dev),
                ["curl", url] => {
                    let path = url
                        .strip_prefix("http://127.0.0.1:1999")
                        .expect("the usual port");
                    let answer = dev.as_ref().expect("it runs").get(path);
                    assert_eq!(
                        (answer.status, answer.text().trim()),
                        (200, "Connected to lobby: 0")
                    );
                }
                ["partyrun", "test", "--", command @ ..] => {
                    let exit = dev.as_ref().expect("it runs").project().test(command);
                    assert_eq!(exit.code, Some(0), "{}{}", exit.stdout, exit.stderr);
                    assert!(
                        exit.stdout.contains("a room counts its connections"),
                        "{}",
                        exit.stdout
                    );
                }
                _ => panic!("nobody knows how to follow: {line}"),
            }
        }
    }
    assert_eq!(followed.len(), 6, "{followed:?}");
}
