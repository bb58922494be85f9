//! Who may ask for what is the server's own, and under which names rooms and files are served: DNS
//! rebinding and cross-site requests as bytes.

use std::io::Write;
use std::net::{TcpStream, UdpSocket};

use serde_json::json;

use crate::harness::{Dev, Project, ROOM, rest_of};

const SERVER: &str = r#"
export default class {
  onRequest() { return new Response("room") }
  onMessage(message, connection) { connection.send(message) }
  static onCron(controller) { console.log(`cron ran: ${controller.name}`) }
}"#;

/// Everything of ours.
const OURS: [&str; 4] = [
    "/__scheduled__?cron=x",
    "/cdn-cgi/mf/scheduled?cron=x",
    "/__partyrun/live",
    "/__partyrun/live.js",
];
/// Names that somebody on the Internet may own.
const REBOUND: [&str; 4] = [
    "evil.com",
    "localhost.evil.com:1999",
    "127.0.0.1.nip.io",
    "EVIL.com.",
];

fn project() -> Project {
    Project::inline(SERVER)
        .config("serve", json!("public"))
        .file("public/index.html", "<p>page</p>")
        .args(&["--live"])
}

/// The status of a GET with these headers, and its text unless it is a stream.
fn ask(dev: &Dev, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let mut request = dev.request("GET", path);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let answer = request.open();
    match answer.so_far.header("Content-Type") == Some("text/event-stream") {
        true => (answer.so_far.status, String::new()),
        false => (answer.so_far.status, answer.finish().text()),
    }
}

/// Runs a cron of its own, so that those asked for before have run too, and gives the names of all.
fn crons(dev: &Dev) -> Vec<String> {
    assert_eq!(dev.get("/__scheduled__?cron=last").status, 200);
    dev.stdout_has("cron ran: last");
    let text = dev.stdout();
    let names = text
        .lines()
        .filter_map(|line| line.strip_prefix("cron ran: "));
    names.map(str::to_owned).collect()
}

#[test]
fn nothing_of_ours_is_answered_under_a_rebound_name() {
    let dev = project().dev();
    for host in REBOUND.into_iter().chain(["partykit:1999", "mymac.local"]) {
        for path in OURS {
            let (status, text) = ask(&dev, path, &[("Host", host)]);
            assert_eq!(status, 403, "{host} {path}: {text}");
            assert!(text.contains("--allowed-host"), "{text}");
            assert!(text.contains("allowedHosts"), "{text}");
        }
    }
    assert_eq!(crons(&dev), ["last"]);
}

#[test]
fn rooms_and_files_are_not_read_under_a_rebound_name() {
    let dev = project().dev();
    for host in REBOUND {
        for path in [ROOM, "/", "/index.html", "/elsewhere"] {
            let (status, text) = ask(&dev, path, &[("Host", host)]);
            assert_eq!(status, 403, "{host} {path}: {text}");
        }
    }
    let (_, text) = ask(&dev, ROOM, &[("Host", "evil.com")]);
    assert_eq!(
        text,
        "ERROR: `/parties/main/r` is refused. It was asked for under a name that may be somebody else's: `evil.com`. If the name is yours, allow it with `--allowed-host evil.com`, or `\"allowedHosts\": [\"evil.com\"]` in partykit.json\n"
    );
    dev.stderr_has("localhost.evil.com");
    let told = dev.stderr().matches("`--allowed-host evil.com`").count();
    assert_eq!(told, 1, "{}", dev.stderr());
}

/// A page opens one to any host by the platform's contract, so that a name gains it nothing.
#[test]
fn sockets_open_under_any_name_and_from_any_page() {
    let dev = project().dev();
    let headers = [("Host", "evil.com"), ("Origin", "http://evil.com")];
    let mut socket = dev.ws_with(ROOM, &headers);
    socket.send("hello");
    assert_eq!(socket.text(), "hello");
}

/// Containers, machines of the own network, and tests with names of their own.
#[test]
fn names_that_nobody_on_the_internet_has_reach_rooms_and_files() {
    let dev = project().dev();
    for host in [
        "partykit:1999",
        "mymac.local:1999",
        "app.test",
        "example.test:8080",
        "host.docker.internal",
        "a.localhost",
        "192.168.1.2:1999",
        "[::1]:1999",
    ] {
        assert_eq!(ask(&dev, ROOM, &[("Host", host)]), (200, "room".into()));
        assert_eq!(ask(&dev, "/", &[("Host", host)]).0, 200, "{host}");
    }
}

/// A browser says where a request comes from only where it came by https, or to this machine.
#[test]
fn tunnels_serve_browsers_as_they_are_and_others_once_they_are_allowed() {
    let dev = project().dev();
    let tunnel = ("Host", "abc.tunnel.example.com");
    let browser = [tunnel, ("Sec-Fetch-Site", "none")];
    assert_eq!(ask(&dev, ROOM, &browser), (200, "room".into()));
    assert_eq!(ask(&dev, ROOM, &[tunnel]).0, 403);
    assert_eq!(ask(&dev, OURS[0], &browser).0, 403);

    let config = json!({
        "name": "inline", "main": "server.ts", "serve": "public",
        "allowedHosts": [".tunnel.example.com"]
    });
    dev.edit("partykit.json", &config.to_string());
    dev.answers_to(ROOM, tunnel, "room");
    for path in OURS {
        assert_eq!(ask(&dev, path, &[tunnel]).0, 200, "{path}");
    }
    assert_eq!(ask(&dev, ROOM, &[("Host", "evil.com")]).0, 403);
}

#[test]
fn hosts_are_allowed_by_flag_and_by_field() {
    let dev = project()
        .args(&["--allowed-host", "a.example.com"])
        .args(&["--allowed-host", ".b.example.com"])
        .config("allowedHosts", json!("c.example.com"))
        .dev();
    for host in [
        "A.example.com.",
        "b.example.com",
        "x.y.b.example.com:80",
        "c.example.com",
    ] {
        for path in OURS.into_iter().chain([ROOM]) {
            assert_eq!(ask(&dev, path, &[("Host", host)]).0, 200, "{host} {path}");
        }
    }
    for host in ["x.a.example.com", "badb.example.com", "example.com"] {
        assert_eq!(ask(&dev, ROOM, &[("Host", host)]).0, 403, "{host}");
    }
}

#[test]
fn hosts_that_are_none_are_pointed_out() {
    let fails = |project: Project, words: &[&str]| {
        let exit = project.fails();
        assert_eq!(exit.code, Some(1), "{}", exit.stderr);
        for word in words {
            assert!(exit.stderr.contains(word), "{word}: {}", exit.stderr);
        }
    };
    fails(
        project().args(&["--allowed-host", "https://a.example.com/"]),
        &["`--allowed-host`", "did you mean `a.example.com`?"],
    );
    fails(
        project().config("allowedHosts", json!(["a.example.com", "*.b.example.com"])),
        &[
            "partykit.json:",
            "`allowedHosts[1]`",
            "did you mean `.b.example.com`?",
        ],
    );
    fails(
        project().config("allowedHost", json!([])),
        &["Unknown key `allowedHost`", "did you mean `allowedHosts`?"],
    );
    fails(
        project().config("allowedHosts", json!(true)),
        &["`allowedHosts` must be a string or an array, got true"],
    );
}

#[test]
fn foreign_pages_are_refused_however_they_ask() {
    let dev = project().dev();
    let host = format!("http://{}", dev.host());
    let other_port = "http://127.0.0.1:5173";
    for headers in [
        &[
            ("Origin", "http://evil.com"),
            ("Sec-Fetch-Site", "cross-site"),
        ][..],
        &[("Origin", other_port), ("Sec-Fetch-Site", "same-site")],
        &[("Origin", "null"), ("Sec-Fetch-Site", "cross-site")],
        &[("Origin", host.as_str()), ("Origin", "http://evil.com")],
        &[
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Mode", "navigate"),
        ],
        &[
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Mode", "no-cors"),
        ],
        &[("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Dest", "image")],
    ] {
        for path in OURS {
            for method in ["GET", "POST", "HEAD", "OPTIONS"] {
                let mut request = dev.request(method, path);
                for (name, value) in headers {
                    request = request.header(name, value);
                }
                let answer = request.send();
                assert_eq!(answer.status, 403, "{method} {path} {headers:?}");
                let cors = answer.headers.iter();
                let mut cors = cors.filter(|(name, _)| name.starts_with("Access-Control"));
                assert_eq!(cors.next(), None, "{method} {path}");
            }
        }
    }
    assert_eq!(crons(&dev), ["last"]);
    let text = dev.stderr();
    assert!(text.contains("`--allowed-host 127.0.0.1:5173`"), "{text}");
}

/// By an address of a network, browsers say nothing of an image's page.
#[test]
fn browser_that_says_nothing_runs_no_cron() {
    let dev = project().dev();
    let phone = [("Host", "192.168.1.2:1999"), ("User-Agent", "Mozilla/5.0")];
    assert_eq!(ask(&dev, OURS[0], &phone).0, 403);
    assert_eq!(ask(&dev, OURS[1], &phone).0, 403);
    assert_eq!(ask(&dev, "/__partyrun/live", &phone).0, 200);
    assert_eq!(ask(&dev, ROOM, &phone).0, 200);
    let program = [("Host", "192.168.1.2:1999"), ("User-Agent", "curl/8.5.0")];
    assert_eq!(ask(&dev, OURS[0], &program).0, 200);
    assert_eq!(crons(&dev), ["x", "last"]);
}

#[test]
fn our_own_pages_use_what_is_ours() {
    let dev = project().dev();
    let origin = format!("http://{}", dev.host());
    for headers in [
        &[
            ("Origin", origin.as_str()),
            ("Sec-Fetch-Site", "same-origin"),
        ][..],
        &[
            ("Sec-Fetch-Site", "same-origin"),
            ("User-Agent", "Mozilla/5.0"),
        ],
        &[("Sec-Fetch-Site", "none"), ("Sec-Fetch-Mode", "navigate")],
    ] {
        for path in OURS {
            assert_eq!(ask(&dev, path, headers).0, 200, "{path} {headers:?}");
        }
    }
}

/// A page of another server of this machine, whose code has been built with `--live`.
#[test]
fn page_of_another_port_is_told_of_changes_once_it_is_allowed() {
    let page = "http://localhost:5173";
    let listen = |dev: &Dev| {
        let request = dev
            .request("GET", "/__partyrun/live")
            .header("Origin", page);
        request.open().so_far
    };
    let dev = project().dev();
    assert_eq!(listen(&dev).status, 403);
    assert!(
        dev.request("GET", "/__partyrun/live")
            .open()
            .so_far
            .header("Access-Control-Allow-Origin")
            .is_none()
    );
    dev.stderr_has("`--allowed-host localhost:5173`");
    let dev = project().args(&["--allowed-host", "localhost:5173"]).dev();
    let answer = listen(&dev);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("Access-Control-Allow-Origin"), Some(page));
}

/// What a request names counts, however it is spelled and wherever it stands.
#[test]
fn name_that_a_request_is_for_decides() {
    let dev = project().dev();
    let status = |head: &str| {
        let answer = dev.raw(format!("{head}\r\nConnection: close\r\n\r\n"));
        answer
            .split(' ')
            .nth(1)
            .map(str::to_owned)
            .unwrap_or_default()
    };
    let scheduled = "/__scheduled__?cron=x";
    for host in [
        "LOCALHOST:1",
        "localhost.",
        "2130706433",
        "127.1",
        "0x7f.1",
        "[::1]",
        "0.0.0.0",
    ] {
        let head = format!("GET {scheduled} HTTP/1.1\r\nHost: {host}");
        assert_eq!(status(&head), "200", "{host}");
    }
    for host in [
        "localhost@evil.com",
        "localhost#evil.com",
        "[fe80::1%25eth0]",
        "",
    ] {
        let head = format!("GET {scheduled} HTTP/1.1\r\nHost: {host}");
        assert_eq!(status(&head), "400", "{host}");
    }
    let absolute = |target: &str, host: &str| {
        status(&format!(
            "GET http://{target}{scheduled} HTTP/1.1\r\nHost: {host}"
        ))
    };
    assert_eq!(absolute("evil.com", "localhost"), "403");
    assert_eq!(absolute("localhost", "evil.com"), "200");
    let old = format!("GET {scheduled} HTTP/1.0");
    assert_eq!(status(&old), "200");
    let forwarded = "Forwarded: for=127.0.0.1;host=localhost\r\nX-Forwarded-Host: localhost";
    let head = format!("GET {scheduled} HTTP/1.1\r\nHost: evil.com\r\n{forwarded}");
    assert_eq!(status(&head), "403");
    assert_eq!(
        status(&format!(
            "GET {ROOM} HTTP/1.1\r\nHost: evil.com\r\n{forwarded}"
        )),
        "403"
    );
}

/// A machine of the Internet has only addresses that the Internet routes.
#[test]
fn machine_itself_is_near_by_every_address() {
    let dev = project().dev();
    let socket = UdpSocket::bind("0.0.0.0:0").expect("a free port");
    // Sends nothing: it has the system say which address leads out.
    let led = socket
        .connect("192.0.2.1:9")
        .and_then(|()| socket.local_addr());
    let address = led.map_or([127, 0, 0, 2].into(), |address| address.ip());
    let mut stream = TcpStream::connect((address, dev.port())).expect("every address is served");
    let head = format!("GET /__scheduled__?cron=x HTTP/1.1\r\nHost: {address}\r\n");
    stream
        .write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())
        .expect("the server reads");
    let answer = rest_of(stream);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// Without `onCron` this is an ordinary path.
#[test]
fn path_that_is_not_ours_is_user_codes() {
    let dev = Dev::inline(
        "export default class { static onFetch(req) { return new Response(new URL(req.url).pathname) } }",
    );
    let page = [
        ("Origin", "http://evil.com"),
        ("Sec-Fetch-Site", "cross-site"),
    ];
    for path in ["/__scheduled__", "/__partyrun/live", "/__partyrun/other"] {
        assert_eq!(ask(&dev, path, &page), (200, path.to_owned()));
    }
}

/// A name that the program listens at is one that it may be asked by.
#[test]
fn name_that_is_listened_at_is_allowed() {
    let dev = project().args(&["--host", "localhost"]).dev();
    assert_eq!(ask(&dev, ROOM, &[("Host", "evil.com")]).0, 403);
    assert_eq!(ask(&dev, OURS[0], &[("Host", "localhost")]).0, 200);
}

#[test]
fn banner_says_whether_other_machines_can_reach_it() {
    let text = "Other machines can reach";
    let open = project().dev();
    open.stdout_has(text);
    let closed = project().args(&["--host", "127.0.0.1"]).dev();
    assert_eq!(closed.get(ROOM).status, 200);
    closed.stdout_has("GET /parties/main/r 200");
    assert!(!closed.stdout().contains(text), "{}", closed.stdout());
}
