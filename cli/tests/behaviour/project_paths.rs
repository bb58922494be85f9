//! Projects at the end of long paths.

use crate::harness::{Project, ROOM};

const COUNTER: &str = r#"
export default class {
  constructor(readonly room) {}
  async onRequest() {
    const count = ((await this.room.storage.get("count")) ?? 0) + 1;
    await this.room.storage.put("count", count);
    return new Response(String(count));
  }
}"#;

/// A project whose folder's path has `length` bytes.
fn at_length(length: usize) -> Project {
    let project = Project::empty();
    let root = project.path().canonicalize().expect("it was made");
    let mut left = length - root.as_os_str().len();
    let mut names = Vec::new();
    while left > 1 {
        let size = if left > 240 { 200 } else { left - 1 };
        names.push("d".repeat(size));
        left -= size + 1;
    }
    let folder = names.join("/");
    project
        .file(&format!("{folder}/server.ts"), COUNTER)
        .file(
            &format!("{folder}/partykit.json"),
            r#"{ "name": "deep", "main": "server.ts", "compatibilityDate": "2023-10-01", "serve": "public" }"#,
        )
        .file(&format!("{folder}/public/a.txt"), "text of a")
        .folder(&folder)
}

#[test]
fn long_path_keeps_its_storage() {
    for length in [300, 460] {
        let mut dev = at_length(length).dev();
        assert_eq!(dev.get(ROOM).text(), "1", "{length}");
        dev.restart();
        assert_eq!(dev.get(ROOM).text(), "2", "{length}");
    }
}

#[test]
fn path_that_is_too_long_for_a_storage_says_so_and_what_to_do() {
    for length in [520, 600, 1000, 3000] {
        let exit = at_length(length).fails();
        assert_eq!(exit.code, Some(1));
        for part in [
            "The path of the storage has",
            "`--persist <folder>`",
            "`--persist false`",
        ] {
            assert!(exit.stderr.contains(part), "{length}: {}", exit.stderr);
        }
        assert!(exit.stderr.len() < 500, "{}", exit.stderr);
    }
}

#[test]
fn everything_else_works_at_the_end_of_any_path() {
    for length in [600, 3000] {
        let dev = at_length(length).args(&["--persist", "false"]).dev();
        assert_eq!(dev.get(ROOM).text(), "1", "{length}");
        assert_eq!(dev.get("/a.txt").text(), "text of a", "{length}");
        let shelf = Project::empty();
        let state = shelf.path().join("state").to_string_lossy().into_owned();
        let mut dev = at_length(length).args(&["--persist", &state]).dev();
        assert_eq!(dev.get(ROOM).text(), "1", "{length}");
        dev.restart();
        assert_eq!(dev.get(ROOM).text(), "2", "{length}");
    }
}
