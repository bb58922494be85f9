//! Who is shown the dashboard: the machine's user alone.

use crate::harness::{Dev, Project, ROOM};

const PATH: &str = "/__partyrun__/";
const SOCKET: &str = "/__partyrun__/socket";

const SERVER: &str = r#"
export default class {
  async onRequest(request) {
    const url = await request.text();
    if (url === "") return new Response("hello");
    const headers = { "sec-fetch-dest": "document", "sec-fetch-mode": "navigate", "sec-fetch-site": "none" };
    const answer = await fetch(url, { headers });
    return new Response(`${answer.status} ${await answer.text()}`);
  }
}"#;

/// What a browser says of a tab whose address somebody has typed.
const TYPED: [(&str, &str); 4] = [
    ("User-Agent", "Mozilla/5.0"),
    ("Sec-Fetch-Dest", "document"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Site", "none"),
];

fn asked(dev: &Dev, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let request = headers
        .iter()
        .fold(dev.request("GET", path), |request, (name, value)| {
            request.header(name, value)
        });
    let answer = request.send();
    (answer.status, answer.text())
}

fn with<'a>(change: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let others = TYPED.iter().filter(|(name, _)| {
        !change
            .iter()
            .any(|(changed, _)| changed.eq_ignore_ascii_case(name))
    });
    others.copied().chain(change.iter().copied()).collect()
}

#[test]
fn dashboard_is_one_page_that_may_ask_nobody_else() {
    let dev = Dev::inline(SERVER);
    for path in [PATH, "/__partyrun__"] {
        let (status, text) = asked(&dev, path, &TYPED);
        assert_eq!(status, 200);
        assert!(text.starts_with("<!doctype html>"), "{text}");
    }
    let page = dev.get(PATH);
    let header = |name: &str| page.header(name).unwrap_or_default().to_owned();
    let policy = header("content-security-policy");
    let connect = format!("connect-src ws://{};", dev.host());
    for part in [
        "default-src 'none';",
        &connect,
        "frame-ancestors 'none';",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert_eq!(header("x-frame-options"), "DENY");
    assert_eq!(header("cross-origin-opener-policy"), "same-origin");
    assert_eq!(header("cache-control"), "no-store");
    dev.get(ROOM);
    dev.stdout_has(&format!("GET {ROOM} "));
    let text = dev.stdout();
    assert!(
        !text.contains("GET /__partyrun__"),
        "the log is the project's: {text}"
    );
}

#[test]
fn dashboard_is_not_there_for_scripts_frames_and_strangers() {
    let dev = Dev::inline(SERVER);
    let port = dev.port();
    let hosts = [format!("192.168.1.2:{port}"), format!("0.0.0.0:{port}")];
    let refused: [&[(&str, &str)]; 12] = [
        &[("Sec-Fetch-Dest", "empty"), ("Sec-Fetch-Mode", "cors")],
        &[("Sec-Fetch-Dest", "iframe")],
        &[("Sec-Fetch-Dest", "object")],
        &[("Sec-Fetch-Dest", "empty")],
        &[("Sec-Fetch-Mode", "no-cors")],
        &[("Service-Worker-Navigation-Preload", "true")],
        &[("Origin", "http://evil.com")],
        &[("X-Forwarded-For", "127.0.0.1")],
        &[("Forwarded", "for=127.0.0.1")],
        &[("CF-Connecting-IP", "127.0.0.1")],
        &[("Host", &hosts[0])],
        &[("Host", &hosts[1])],
    ];
    for change in refused {
        let answer = asked(&dev, PATH, &with(change));
        assert_eq!(answer, (404, "Not found".to_owned()), "{change:?}");
    }
    let silent = asked(&dev, PATH, &[("User-Agent", "Mozilla/5.0")]);
    assert_eq!(silent, (404, "Not found".to_owned()));
    let rebound = asked(&dev, PATH, &with(&[("Host", "evil.com")]));
    assert_ne!(rebound.0, 200);
    let posted = dev.request("POST", PATH).body(b"x").send();
    assert_eq!(posted.status, 404);
    dev.stderr_has("The dashboard (`/__partyrun__/`) was not shown");
}

/// A page of the project may open a tab, and not look into it: the tab ends at another origin.
#[test]
fn tab_that_the_projects_own_page_opens_ends_at_another_origin() {
    let dev = Dev::inline(SERVER);
    let port = dev.port();
    let moved = |host: &str| {
        let host = format!("{host}:{port}");
        let headers = with(&[("Sec-Fetch-Site", "same-origin"), ("Host", &host)]);
        let request = headers
            .iter()
            .fold(dev.request("GET", PATH), |request, (name, value)| {
                request.header(name, value)
            });
        let answer = request.send();
        let to = answer.header("location").unwrap_or_default().to_owned();
        (answer.status, to)
    };
    let to = |host: &str| (302, format!("http://{host}:{port}{PATH}"));
    assert_eq!(moved("localhost"), to("127.0.0.1"));
    assert_eq!(moved("127.0.0.1"), to("localhost"));
}

#[test]
fn rooms_are_not_shown_the_dashboard_whatever_they_say() {
    let dev = Dev::inline(SERVER);
    let url = format!("http://127.0.0.1:{}{PATH}", dev.port());
    assert_eq!(dev.post(ROOM, &url).text(), "404 Not found");
    // The same from another process.
    let (status, _) = asked(&dev, PATH, &TYPED[1..]);
    assert_eq!(status, 200);
}

#[test]
fn socket_is_for_the_page_that_knows_the_token() {
    let dev = Dev::inline(SERVER);
    let upgrade = |headers: &[(&str, &str)]| {
        let request = headers
            .iter()
            .fold(dev.request("GET", SOCKET).upgrade(), |request, header| {
                request.header(header.0, header.1)
            });
        request.open().so_far.status
    };
    let own = format!("http://{}", dev.host());
    assert_eq!(upgrade(&[("Origin", &own)]), 101);
    let other = format!("http://localhost:{}", dev.port());
    for origin in [other.as_str(), "http://evil.com", "null"] {
        assert_eq!(upgrade(&[("Origin", origin)]), 404, "{origin}");
    }
    assert_eq!(upgrade(&[("X-Forwarded-For", "10.0.0.1")]), 404);
    assert_eq!(dev.get(SOCKET).status, 404, "it is no page");
    let mut socket = dev.ws_with(SOCKET, &[("Origin", &own)]);
    socket.send("wrong");
    assert_eq!(socket.closed().code, 4401);
    let mut first = dev.ws_with(SOCKET, &[("Origin", &own)]);
    first.send(r#"{"id":1,"method":"GET","path":"/"}"#);
    assert_eq!(
        first.closed().code,
        4401,
        "nothing is done before the token"
    );
}

#[test]
fn dashboard_may_be_off() {
    let source = "export default class { static onFetch(request) { return new Response('mine') } }";
    let dev = Project::inline(source).args(&["--dashboard=off"]).dev();
    assert_eq!(asked(&dev, PATH, &TYPED), (200, "mine".to_owned()));
    assert_eq!(dev.get("/__partyrun__/ready").status, 200);
    assert!(!dev.stdout().contains("dashboard"));
    let on = Dev::inline(source);
    on.stdout_has(&format!(
        "- dashboard: http://localhost:{}{PATH}",
        on.port()
    ));
    let test = Project::inline(source).file(
        "t.mjs",
        "console.log(await (await fetch(process.env.PARTYRUN_URL + '/__partyrun__/')).text());",
    );
    assert_eq!(test.test(&["node", "t.mjs"]).stdout, "mine\n");
}
