//! Static files, as the front door serves them (specification 3.4 and 3.8).

use serde_json::json;

use crate::harness::Project;

const FETCHER: &str = r#"export default class {
  static onFetch(req) {
    const { pathname } = new URL(req.url);
    if (pathname === "/pass") return null;
    return new Response(`onFetch ${req.method} ${pathname}`);
  }
}"#;

fn site() -> Project {
    Project::inline("export default class {}")
        .config("serve", json!("public"))
        .file("public/index.html", "<h1>index</h1>")
        .file("public/a.txt", "text of a")
        .file("public/sub/index.html", "sub index")
        .file("public/sub/deep/f.css", "body{}")
}

/// Row 194.
#[test]
fn files_are_found_by_their_exact_path() {
    let dev = site().file("public/page.html", "page").dev();
    for (path, body) in [
        ("/", "<h1>index</h1>"),
        ("/index.html", "<h1>index</h1>"),
        ("/a.txt", "text of a"),
        ("/a.txt?x=1", "text of a"),
        ("/sub/", "sub index"),
        ("/sub/deep/f.css", "body{}"),
        ("/sub/../a.txt", "text of a"),
        ("/sub%2Findex.html", "sub index"),
    ] {
        let answer = dev.get(path);
        assert_eq!(
            (answer.status, answer.text()),
            (200, body.to_owned()),
            "{path}"
        );
    }
    for path in [
        "/sub",
        "/page",
        "/sub/deep/",
        "/a.txt/",
        "//a.txt",
        "/A.txt",
    ] {
        let answer = dev.get(path);
        assert_eq!(
            (answer.status, answer.text()),
            (404, "Not found".to_owned()),
            "{path}"
        );
    }
}

/// Row 194.
#[test]
fn file_comes_with_its_headers() {
    let dev = site().dev();
    let answer = dev.get("/");
    assert_eq!(answer.header("content-length"), Some("14"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert!(
        answer
            .header("date")
            .is_some_and(|date| date.ends_with(" GMT"))
    );
    let head = dev.request("HEAD", "/a.txt").send();
    assert_eq!((head.status, head.text().as_str()), (200, ""));
    assert_eq!(head.header("content-length"), Some("9"));
}

/// Row 195.
#[test]
fn hidden_files_and_packages_are_not_served() {
    let dev = site()
        .file("public/.env", "SECRET=1")
        .file("public/.hidden/x.txt", "secret")
        .file("public/sub/.y", "secret")
        .file("public/node_modules/p/index.js", "secret")
        .file("public/sub/node_modules/p.js", "secret")
        .dev();
    for path in [
        "/.env",
        "/%2eenv",
        "/.hidden/x.txt",
        "/sub/.y",
        "/node_modules/p/index.js",
        "/sub/node_modules/p.js",
    ] {
        assert_eq!(dev.get(path).status, 404, "{path}");
    }
}

/// Row 196.
#[test]
fn only_get_and_head_ask_for_files() {
    let dev = Project::inline(FETCHER)
        .config("serve", json!("public"))
        .file("public/a.txt", "file")
        .dev();
    assert_eq!(dev.get("/a.txt").text(), "file");
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let answer = dev.request(method, "/a.txt").body(b"x").send();
        assert_eq!(answer.text(), format!("onFetch {method} /a.txt"));
    }
    assert_eq!(dev.get("/b.txt").text(), "onFetch GET /b.txt");
    assert_eq!(dev.get("/pass").status, 404);
}

/// Row 197.
#[test]
fn type_follows_from_the_name() {
    let types = [
        ("a.html", "text/html; charset=utf-8"),
        ("a.css", "text/css; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.mjs", "text/javascript; charset=utf-8"),
        ("a.json", "application/json; charset=utf-8"),
        ("a.wasm", "application/wasm"),
        ("a.png", "image/png"),
        ("a.svg", "image/svg+xml"),
        ("a.woff2", "font/woff2"),
        ("a.webmanifest", "application/manifest+json"),
        ("a.mp4", "video/mp4"),
        ("a.zzz", "application/octet-stream"),
        ("plain", "application/octet-stream"),
    ];
    let project = types.iter().fold(site(), |project, (name, _)| {
        project.file(&format!("public/{name}"), "x")
    });
    let dev = project.dev();
    for (name, expected) in types {
        let answer = dev.get(&format!("/{name}"));
        assert_eq!(answer.header("content-type"), Some(expected), "{name}");
    }
}

/// Row 198.
#[test]
fn names_are_percent_decoded_once() {
    let dev = site()
        .file("public/sp ace.txt", "space")
        .file("public/ü ber/ñ.txt", "accents")
        .file("public/a%41.txt", "percent")
        .file("public/a+b.txt", "plus")
        .dev();
    assert_eq!(dev.get("/sp%20ace.txt").text(), "space");
    assert_eq!(dev.get("/%C3%BC%20ber/%C3%B1.txt").text(), "accents");
    assert_eq!(dev.get("/a%2541.txt").text(), "percent");
    assert_eq!(dev.get("/a+b.txt").text(), "plus");
    assert_eq!(dev.get("/a%41.txt").status, 404);
}

/// Row 19.
#[test]
fn malformed_path_is_an_error() {
    let dev = Project::inline(FETCHER).dev();
    for path in ["/%E0%A4%A", "/%", "/x%zz", "/%FF"] {
        let answer = dev.get(path);
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (500, "URI malformed"),
            "{path}"
        );
    }
    dev.stderr_has("URIError: URI malformed");
    let post = dev.request("POST", "/%").send();
    assert_eq!(post.text(), "onFetch POST /%");
}

/// Row 18.
#[test]
fn own_page_says_what_is_not_found() {
    let dev = site().file("public/404.html", "nothing here").dev();
    for method in ["GET", "POST"] {
        let answer = dev.request(method, "/nope").send();
        assert_eq!((answer.status, answer.reason.as_str()), (404, "Not Found"));
        assert_eq!(answer.text(), "nothing here");
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(answer.header("etag"), None);
    }
    assert_eq!(dev.get("/404.html").status, 200);
    assert_eq!(dev.get("/parties/main").text(), "nothing here");
    assert_eq!(dev.get("/parties/main/r").text(), "No onRequest handler");
}

/// Row 199.
#[test]
fn single_page_app_has_one_page_for_every_navigation() {
    let dev = site()
        .config("serve", json!({ "path": "public", "singlePageApp": true }))
        .file("public/404.html", "nothing here")
        .dev();
    let navigate = |path: &str| {
        let request = dev.request("GET", path);
        request.header("Sec-Fetch-Mode", "navigate").send()
    };
    for path in ["/deep/link", "/missing.css", "/sub", "/parties/main"] {
        let answer = navigate(path);
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (200, "<h1>index</h1>"),
            "{path}"
        );
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8")
        );
    }
    assert_eq!(navigate("/a.txt").text(), "text of a");
    assert_eq!(navigate("/parties/main/r").text(), "No onRequest handler");
    assert_eq!(dev.get("/deep/link").text(), "nothing here");
    let cors = dev
        .request("GET", "/x")
        .header("Sec-Fetch-Mode", "cors")
        .send();
    assert_eq!(cors.status, 404);
}

/// Row 200.
#[test]
fn folder_comes_from_flag_string_or_object() {
    let flag = site()
        .config("serve", json!({ "path": "nowhere", "singlePageApp": true }))
        .args(&["--serve", "public"])
        .dev();
    assert_eq!(flag.get("/a.txt").text(), "text of a");
    let object = site()
        .config("serve", json!({ "path": "./public/sub" }))
        .dev();
    assert_eq!(object.get("/").text(), "sub index");
    assert_eq!(object.get("/a.txt").status, 404);
}

#[test]
fn folder_that_is_missing_is_named_and_served_once_it_is_there() {
    let dev = Project::inline("export default class {}")
        .config("serve", json!("public"))
        .dev();
    dev.stderr_has("`serve` names a folder that does not exist");
    dev.edit("public/a.txt", "here");
    assert_eq!(dev.get("/a.txt").text(), "here");
}

/// Row 241.
#[test]
fn files_come_and_go_without_a_socket_noticing() {
    let dev = Project::inline("export default class { onMessage(m, c) { c.send(m) } }")
        .config("serve", json!("public"))
        .file("public/a.txt", "one")
        .dev();
    let mut socket = dev.ws("/parties/main/r");
    assert_eq!(dev.get("/a.txt").text(), "one");
    dev.edit("public/a.txt", "two");
    assert_eq!(dev.get("/a.txt").text(), "two");
    dev.edit("public/new/b.txt", "new");
    assert_eq!(dev.get("/new/b.txt").text(), "new");
    std::fs::remove_dir_all(dev.project().path().join("public/new")).expect("removable");
    assert_eq!(dev.get("/new/b.txt").status, 404);
    socket.send("still here");
    assert_eq!(socket.text(), "still here");
    assert!(!dev.stdout().contains("Reloaded"));
}

#[test]
fn another_folder_is_served_after_a_change_of_the_configuration() {
    let dev = Project::inline("export default class { onMessage(m, c) { c.send(m) } }")
        .config("serve", json!("public"))
        .file("public/a.txt", "one")
        .file("other/a.txt", "two")
        .dev();
    let mut socket = dev.ws("/parties/main/r");
    let text = std::fs::read_to_string(dev.project().path().join("partykit.json"));
    let text = text.expect("it was written");
    dev.edit("partykit.json", &text.replace("public", "other"));
    dev.answers("/a.txt", "two");
    socket.send("still here");
    assert_eq!(socket.text(), "still here");
}

#[test]
fn static_handlers_have_the_place_of_the_original() {
    let dev = Project::inline(
        r#"export default class {
  static onSocket(socket) { socket.send("hello") }
  static onCron() {}
  static onFetch() { return new Response("onFetch") }
}"#,
    )
    .config("serve", json!("public"))
    .file("public/index.html", "index")
    .file("public/__scheduled__", "file")
    .file("public/party/room", "file")
    .dev();
    assert_eq!(dev.ws("/").text(), "hello");
    assert_eq!(dev.get("/").text(), "index");
    assert!(
        dev.get("/__scheduled__?cron=x")
            .text()
            .starts_with("ran cron")
    );
    assert_eq!(dev.get("/party/room").text(), "No onRequest handler");
    assert_eq!(dev.get("/other").text(), "onFetch");
}

#[test]
fn socket_without_a_handler_gets_the_file() {
    let dev = site().dev();
    let answer = dev.refused("/a.txt");
    assert_eq!((answer.status, answer.text().as_str()), (200, "text of a"));
}
