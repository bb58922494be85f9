//! Static files over HTTP: validators, ranges, and what no path leads to.

use serde_json::json;

use crate::harness::Project;

fn site() -> Project {
    Project::inline("export default class {}")
        .config("serve", json!("public"))
        .file("public/index.html", "<h1>index</h1>")
        .file("public/a.txt", "text of a")
        .file("public/sub/index.html", "sub index")
        .file("public/sub/deep/f.css", "body{}")
}

#[test]
fn nothing_outside_the_folder_is_served() {
    let project = site()
        .file("secret.txt", "secret")
        .file("public2/b.txt", "secret");
    let at = |name: &str| project.path().join(name);
    std::os::unix::fs::symlink(at("secret.txt"), at("public/out.txt")).expect("linked");
    std::os::unix::fs::symlink("..", at("public/up")).expect("linked");
    std::os::unix::fs::symlink("sub/index.html", at("public/in.html")).expect("linked");
    let dev = project.dev();
    for path in [
        "/out.txt",
        "/up/secret.txt",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/sub/..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/%2fetc/passwd",
        "/a.txt%00",
        "/../public2/b.txt",
        "/C:/secret.txt",
        "/server.ts",
    ] {
        let answer = dev.get(path);
        let refused = matches!(answer.status, 400 | 404);
        assert!(refused, "{path}: {} {}", answer.status, answer.text());
    }
    assert_eq!(dev.get("/in.html").text(), "sub index");
}

#[test]
fn links_give_hidden_files_no_other_name() {
    let source = r#"export default class {
      constructor(readonly room) {}
      async onRequest(req) {
        const path = new URL(req.url).searchParams.get("path");
        const found = await this.room.context.assets.fetch(path);
        return new Response(found ? await found.text() : "none");
      }
    }"#;
    let project = Project::inline(source)
        .config("serve", json!({ "path": "public", "singlePageApp": true }))
        .file("public/a.txt", "text of a")
        .file("public/.env", "secret")
        .file("public/.git/config", "secret")
        .file("public/node_modules/m/i.js", "secret")
        .link("public/env.txt", "public/.env")
        .link("public/twice.txt", "public/env.txt")
        .link("public/git", "public/.git")
        .link("public/vendor", "public/node_modules")
        .link("public/index.html", "public/.env")
        .link("public/404.html", "public/.git/config")
        .link("public/b.txt", "public/a.txt");
    let dev = project.dev();
    for path in [
        "/env.txt",
        "/twice.txt",
        "/git/config",
        "/vendor/m/i.js",
        "/index.html",
        "/nowhere",
    ] {
        let answer = dev
            .request("GET", path)
            .header("Accept", "text/html")
            .header("Sec-Fetch-Mode", "navigate")
            .send();
        assert_eq!(
            (answer.status, answer.text()),
            (404, "Not found".to_owned()),
            "{path}"
        );
        let fetched = dev.get(&format!("/parties/main/r?path={path}"));
        assert_eq!(fetched.text(), "none", "{path}");
    }
    assert_eq!(dev.get("/b.txt").text(), "text of a");
    let fetched = dev.get("/parties/main/r?path=/b.txt");
    assert_eq!(fetched.text(), "text of a");
}

#[test]
fn unchanged_file_is_not_sent_again() {
    let dev = site().dev();
    let tag = dev
        .get("/a.txt")
        .header("etag")
        .expect("files have a tag")
        .to_owned();
    let again = |tag: &str| {
        dev.request("GET", "/a.txt")
            .header("If-None-Match", tag)
            .send()
    };
    let same = again(&tag);
    assert_eq!((same.status, same.text().as_str()), (304, ""));
    assert_eq!(same.header("etag"), Some(tag.as_str()));
    assert_eq!(again(&format!("W/{tag}, \"other\"")).status, 304);
    assert_eq!(again("\"other\"").status, 200);
    dev.edit("public/a.txt", "text of b");
    let changed = again(&tag);
    assert_eq!(
        (changed.status, changed.text().as_str()),
        (200, "text of b")
    );
}

#[test]
fn part_of_a_file_can_be_asked_for() {
    let dev = site().dev();
    let part = |range: &str| dev.request("GET", "/a.txt").header("Range", range).send();
    let answer = part("bytes=5-6");
    assert_eq!((answer.status, answer.text().as_str()), (206, "of"));
    assert_eq!(answer.header("content-range"), Some("bytes 5-6/9"));
    assert_eq!(answer.header("content-length"), Some("2"));
    assert_eq!(part("bytes=-1").text(), "a");
    assert_eq!(part("bytes=0-0,2-2").status, 200);
    let outside = part("bytes=9-");
    assert_eq!(outside.status, 416);
    assert_eq!(outside.header("content-range"), Some("bytes */9"));
    let stale = dev
        .request("GET", "/a.txt")
        .header("Range", "bytes=0-0")
        .header("If-Range", "\"other\"")
        .send();
    assert_eq!((stale.status, stale.text().as_str()), (200, "text of a"));
}

#[test]
fn large_file_is_streamed_whole_and_in_part() {
    let dev = site().dev();
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    std::fs::write(dev.project().path().join("public/big.bin"), &bytes).expect("writable");
    let whole = dev.get("/big.bin");
    assert_eq!(whole.header("content-length"), Some("3000000"));
    assert!(whole.body == bytes);
    let part = dev
        .request("GET", "/big.bin")
        .header("Range", "bytes=1000000-1999999")
        .send();
    assert_eq!(part.status, 206);
    assert!(part.body == bytes[1_000_000..2_000_000]);
    let head = dev.request("HEAD", "/big.bin").send();
    assert_eq!(head.header("content-length"), Some("3000000"));
}
