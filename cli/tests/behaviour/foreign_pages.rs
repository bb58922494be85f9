//! Pages of other origins in a real browser: whatever way they ask for what is the server's own, they
//! reach none of it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use serde_json::{Map, Value, json};

use crate::harness::{Browser, Dev, Project, ROOM};

const SERVER: &str = r#"
export default class {
  onRequest() { return new Response("secret of the room") }
  static onCron(controller) { console.log(`cron ran: ${controller.name} ${controller.cron}`) }
}"#;

const SCHEDULED: &str = "/__scheduled__?cron=";
const PLATFORM: &str = "/cdn-cgi/mf/scheduled?cron=";
const LIVE: &str = "/__partyrun/live?";
const SCRIPT: &str = "/__partyrun/live.js?";
const OURS: [&str; 4] = [SCHEDULED, PLATFORM, LIVE, SCRIPT];

/// All names lead to this machine, as those of an attacker may.
const RESOLVED: &str =
    "--host-resolver-rules=MAP *.evil.com 127.0.0.1, MAP 10.9.8.7 127.0.0.1, EXCLUDE localhost";

/// Each way in which a page can ask, by name, and what it got: `failed`, `nothing`, `unreadable`, or what
/// there was to read. Each asks for `base` and its own name, so that what it ran can be told. `only`: those
/// that are tried, if not all.
const ATTEMPTS: &str = r#"
(base, only) => {
  const soon = (promise) => Promise.race([
    promise.catch(() => "failed"),
    new Promise((resolve) => setTimeout(() => resolve("nothing"), 2500)),
  ]);
  const read = async (url, options) => {
    const end = new AbortController();
    const answer = await fetch(url, { ...options, signal: end.signal });
    const first = await answer.body?.getReader().read();
    end.abort();
    if (answer.type === "opaque") return "unreadable";
    return `${answer.status} ${new TextDecoder().decode(first?.value)}`;
  };
  const element = (name, attribute, url) => new Promise((resolve, reject) => {
    const made = document.createElement(name);
    made.onload = () => resolve("loaded");
    made.onerror = reject;
    if (name === "link") made.rel = "stylesheet";
    made[attribute] = url;
    document.documentElement.append(made);
  });
  const frame = (start, name) => new Promise((resolve, reject) => {
    const made = document.createElement("iframe");
    made.name = name;
    document.documentElement.append(made);
    made.onload = () => {
      try {
        const text = made.contentDocument.body.textContent;
        if (made.contentWindow.location.href !== "about:blank") resolve(text);
      } catch {
        resolve("unreadable");
      }
    };
    start(made);
  });
  const form = (method) => (url) => frame((target) => {
    const made = document.createElement("form");
    const at = new URL(url);
    made.action = url;
    made.method = method;
    made.target = target.name;
    for (const [name, value] of at.searchParams) {
      const field = document.createElement("input");
      Object.assign(field, { name, value });
      made.append(field);
    }
    document.documentElement.append(made);
    made.submit();
  }, `form-${method}-${Math.random()}`);
  const sandboxed = (url) => new Promise((resolve) => {
    const made = document.createElement("iframe");
    made.sandbox = "allow-scripts";
    const heard = ({ source, data }) => source === made.contentWindow && resolve(data);
    addEventListener("message", heard);
    made.srcdoc = `<script>fetch(${JSON.stringify(url)}).then(async (answer) => {
      const first = await answer.body.getReader().read();
      parent.postMessage(answer.status + " " + new TextDecoder().decode(first.value), "*");
    }).catch(() => parent.postMessage("failed", "*"))<` + "/script>";
    document.documentElement.append(made);
  });
  const ways = {
    fetch: (url) => read(url),
    fetchPost: (url) => read(url, { method: "POST", body: "x" }),
    fetchHead: (url) => fetch(url, { method: "HEAD" }).then(({ status }) => String(status)),
    fetchPreflight: (url) => read(url, { headers: { "x-own": "1" } }),
    fetchPut: (url) => read(url, { method: "PUT", body: "x" }),
    fetchCredentials: (url) => read(url, { credentials: "include" }),
    fetchOpaque: (url) => read(url, { mode: "no-cors" }),
    fetchOpaquePost: (url) => read(url, { mode: "no-cors", method: "POST", body: "x" }),
    request: (url) => new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.onprogress = () => resolve(`${request.status} ${request.responseText}`);
      request.onload = request.onprogress;
      request.onerror = reject;
      request.open("GET", url);
      request.send();
    }),
    events: (url) => new Promise((resolve, reject) => {
      const source = new EventSource(url);
      source.onopen = () => (source.close(), resolve("opened"));
      source.onerror = () => (source.close(), reject());
    }),
    socket: (url) => new Promise((resolve, reject) => {
      const socket = new WebSocket(url.replace("http", "ws"));
      socket.onopen = () => resolve("opened");
      socket.onerror = reject;
    }),
    beacon: async (url) => (navigator.sendBeacon(url, "x"), "nothing"),
    image: (url) => element("img", "src", url),
    script: (url) => element("script", "src", url),
    style: (url) => element("link", "href", url),
    object: async (url) => {
      await element("object", "data", url);
      const shown = [...document.querySelectorAll("object")].find(({ data }) => data === url);
      return shown.contentDocument?.body.textContent ?? "unreadable";
    },
    media: (url) => new Promise((resolve, reject) => {
      const media = new Audio(url);
      media.onloadeddata = () => resolve("loaded");
      media.onerror = reject;
    }),
    frame: (url) => frame((made) => { made.src = url }, "frame"),
    formGet: form("get"),
    formPost: form("post"),
    sandboxed,
  };
  const tried = Object.entries(ways).filter(([name]) => only?.includes(name) ?? true);
  const each = tried.map(async ([name, way]) => [name, await soon(way(base + name))]);
  return Promise.all(each).then(Object.fromEntries);
}"#;

fn project() -> Project {
    Project::inline(SERVER)
        .config("serve", json!("public"))
        .file("public/index.html", "<p>secret of the page</p>")
        .args(&["--live"])
}

/// Another server, every path of which is an empty page; it ends with the tests.
fn other_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            let _ = stream.write_all(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 16\r\nConnection: close\r\n\r\n<p>elsewhere</p>",
            );
        }
    });
    port
}

fn attempts(browser: &Browser, base: &str, only: Option<&[&str]>) -> Map<String, Value> {
    let got = browser.value(&format!("({ATTEMPTS})({base:?}, {})", json!(only)));
    got.as_object().expect("the page tries").clone()
}

/// The names of the crons that have run, one of our own last.
fn crons(dev: &Dev) -> Vec<String> {
    assert_eq!(dev.get("/__scheduled__?cron=last").status, 200);
    dev.stdout_has("cron ran: last");
    let text = dev.stdout();
    let names = text
        .lines()
        .filter_map(|line| line.strip_prefix("cron ran: "));
    names.map(str::to_owned).collect()
}

/// That the page in `browser` neither reads nor runs anything of `dev` by `host`.
fn reaches_nothing(browser: &Browser, dev: &Dev, page: &str, host: &str) {
    for path in OURS {
        let got = attempts(
            browser,
            &format!("http://{host}:{}{path}", dev.port()),
            None,
        );
        assert!(got.len() > 20, "every way is tried: {got:?}");
        for (way, got) in got {
            let got = got.as_str().expect("a text");
            let nothing = ["failed", "nothing", "unreadable"].contains(&got);
            assert!(nothing, "{page} by {host}{path} with {way}: {got}");
        }
    }
    // Asked for and not waited for, on behalf of the page.
    dev.stdout_has("POST /__scheduled__ 403");
    assert_eq!(crons(dev), ["last * * * * *"], "{page} by {host}");
}

fn foreign(page_host: &str, hosts: &[&str]) {
    let page = format!("http://{page_host}:{}/", other_server());
    let browser = Browser::open_with(&[RESOLVED], &page);
    browser.shows("document.body?.textContent", "elsewhere");
    for host in hosts {
        reaches_nothing(&browser, &project().dev(), &page, host);
    }
}

/// The ways that the tests below find closed are open to a page of the server's own.
#[test]
fn page_of_our_own_reaches_what_is_ours() {
    let dev = project().dev();
    let browser = Browser::open(&format!("http://{}/", dev.host()));
    browser.shows("document.body?.textContent.trim()", "secret of the page");
    let own = |path: &str, only| attempts(&browser, &format!("http://{}{path}", dev.host()), only);
    let got = own(SCHEDULED, None);
    for way in [
        "fetch",
        "fetchPost",
        "fetchPreflight",
        "fetchPut",
        "request",
    ] {
        let text = got[way].as_str().expect("a text");
        assert_eq!(text, format!("200 ran cron {way}: * * * * *"), "{got:?}");
    }
    assert_eq!(got["frame"], "ran cron frame: * * * * *");
    let ran = crons(&dev);
    for way in [
        "image",
        "script",
        "style",
        "formGet",
        "formPost",
        "beacon",
        "fetchOpaque",
    ] {
        assert!(ran.contains(&format!("{way} * * * * *")), "{way}: {ran:?}");
    }
    assert_eq!(own(LIVE, Some(&["events"]))["events"], "opened");
    assert_eq!(own(SCRIPT, Some(&["script"]))["script"], "loaded");
}

#[test]
fn page_of_another_port_reaches_nothing() {
    foreign("localhost", &["localhost", "127.0.0.1"]);
}

#[test]
fn page_of_another_host_reaches_nothing() {
    foreign("www.evil.com", &["localhost", "127.0.0.1", "10.9.8.7"]);
}

/// A page whose own name leads to this machine: the browser takes both for one site.
#[test]
fn rebound_page_reads_nothing() {
    let dev = project().dev();
    let host = format!("www.evil.com:{}", dev.port());
    let browser = Browser::open_with(&[RESOLVED], &format!("http://{host}/"));
    browser.shows("location.host", host.as_str());
    browser.shows("document.readyState", "complete");
    for path in OURS.into_iter().chain(["/?", "/parties/main/r?"]) {
        for (way, got) in attempts(&browser, &format!("http://{host}{path}"), None) {
            let got = got.as_str().expect("a text");
            let refused = got.starts_with("403") || got.starts_with("ERROR: ");
            let nothing = ["failed", "nothing", "unreadable"].contains(&got);
            let is_socket = way == "socket" && path.contains("parties");
            assert!(refused || nothing || is_socket, "{path} with {way}: {got}");
            assert!(!got.contains("secret"), "{path} with {way}: {got}");
        }
    }
    assert_eq!(crons(&dev), ["last * * * * *"]);
    assert_eq!(dev.get(ROOM).text(), "secret of the room");
}

/// A link, or a page that sends its visitor there.
#[test]
fn page_that_leads_its_visitor_to_a_cron_runs_none() {
    let dev = project().dev();
    let page = format!("http://www.evil.com:{}/", other_server());
    let browser = Browser::open_with(&[RESOLVED], &page);
    let address = SocketAddr::from(([127, 0, 0, 1], dev.port()));
    for path in [SCHEDULED, PLATFORM] {
        browser.shows("document.body?.textContent", "elsewhere");
        browser.value(&format!("void (location = 'http://{address}{path}led')"));
        browser.shows("document.body?.textContent.slice(0, 7)", "ERROR: ");
        browser.goto(&page);
    }
    browser.goto(&format!("http://{address}{SCHEDULED}typed"));
    browser.shows("document.body?.textContent", "ran cron typed: * * * * *");
    assert_eq!(crons(&dev), ["typed * * * * *", "last * * * * *"]);
}

/// A tunnel, or a container's port: the page is at another port than the server, which may be on another
/// machine than the browser.
#[test]
fn live_page_reloads_by_a_name_and_port_of_its_own() {
    let dev = project().args(&["--allowed-host", "www.evil.com"]).dev();
    let port = dev.port();
    let resolved = format!(
        "--host-resolver-rules=MAP www.evil.com:80 127.0.0.1:{port}, MAP 127.0.0.1 ~NOTFOUND"
    );
    let browser = Browser::open_with(&[resolved.as_str()], "http://www.evil.com/");
    browser.shows("document.body?.textContent.trim()", "secret of the page");
    dev.edit("public/index.html", "<p>new page</p>");
    browser.shows("document.body?.textContent.trim()", "new page");
}
