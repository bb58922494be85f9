//! Static files in user code: `context.assets` and `lobby.assets` (specification 3.8).

use serde_json::json;

use crate::harness::{Dev, Project, eventually};

const READER: &str = r#"
async function read(assets, req) {
  const path = new URL(req.url).searchParams.get("path");
  try {
    const file = await assets.fetch(path);
    if (file === null) return Response.json(null);
    return Response.json({
      response: file instanceof Response,
      status: file.status,
      type: file.headers.get("content-type"),
      length: file.headers.get("content-length"),
      text: (await file.text()).slice(0, 20),
    });
  } catch (error) {
    return Response.json(`${error.name}: ${error.message}`);
  }
}
export default class {
  static onFetch(req, lobby) {
    const { pathname } = new URL(req.url);
    if (pathname === "/read") return read(lobby.assets, req);
    return lobby.assets.fetch(`/pages${pathname}.html`);
  }
  constructor(room) { this.room = room }
  onRequest(req) { return read(this.room.context.assets, req) }
}"#;

fn read(dev: &Dev, base: &str) {
    let asked = |path: &str| dev.json(&format!("{base}?path={path}"));
    assert_eq!(
        asked("/a.txt"),
        json!({ "response": true, "status": 200, "type": "text/plain; charset=utf-8", "length": "9", "text": "text of a" })
    );
    assert_eq!(asked("/")["text"], "<h1>index</h1>");
    assert_eq!(asked("/a.txt%3Fx%3D1")["text"], "text of a");
    assert_eq!(asked("/sp%20ace.txt")["text"], "space");
    assert_eq!(asked("/big.txt")["length"], "600000");
    assert_eq!(asked("/nope"), json!(null));
    assert_eq!(asked("/../server.ts"), json!(null));
    assert_eq!(asked("a.txt"), json!("Error: Path must start with /"));
    assert_eq!(asked("/%25"), json!("URIError: URI malformed"));
}

fn reader() -> Dev {
    Project::inline(READER)
        .config("serve", json!("public"))
        .file("public/index.html", "<h1>index</h1>")
        .file("public/a.txt", "text of a")
        .file("public/sp ace.txt", "space")
        .file("public/big.txt", &"z".repeat(600_000))
        .file("public/pages/about.html", "about")
        .dev()
}

/// Row 149.
#[test]
fn room_reads_files() {
    read(&reader(), "/parties/main/r");
}

/// Row 150.
#[test]
fn lobby_reads_files() {
    let dev = reader();
    read(&dev, "/read");
    let page = dev.get("/about");
    assert_eq!((page.status, page.text().as_str()), (200, "about"));
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(dev.get("/nothing").status, 404);
}

#[test]
fn large_file_passes_through_user_code() {
    let dev = Project::inline(
        r#"export default class {
  static onFetch(req, lobby) { return lobby.assets.fetch("/big.txt") }
  constructor(room) { this.room = room }
  onRequest() { return this.room.context.assets.fetch("/big.txt") }
}"#,
    )
    .config("serve", json!("public"))
    .file("public/big.txt", &"z".repeat(2_000_000))
    .dev();
    for path in ["/", "/parties/main/r"] {
        let answer = dev.get(path);
        assert_eq!(answer.body.len(), 2_000_000, "{path}");
    }
    eventually("the room still answers", || {
        (dev.get("/parties/main/r").status == 200).then_some(())
    });
}
