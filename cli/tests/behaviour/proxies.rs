//! Proxies that the environment names, and what never goes through them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::harness::{Dev, Project, ROOM};

const PROXY_VARIABLES: [&str; 8] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
];

/// A proxy that answers requests itself, connects `open.test` with `upstream` and nothing else.
struct Proxy {
    port: u16,
    /// The first line of each request, with its authentication.
    seen: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start(upstream: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let log = seen.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let log = log.clone();
                // A client that goes away is no failure of the test.
                thread::spawn(move || drop(serve(client, upstream, &log)));
            }
        });
        Self { port, seen }
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("nobody panics with it").clone()
    }
}

fn serve(client: TcpStream, upstream: u16, seen: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut line = String::new();
    let mut said = first.trim_end().to_owned();
    while reader.read_line(&mut line)? > 2 {
        if let Some(value) = line.to_lowercase().strip_prefix("proxy-authorization:") {
            said.push_str(value.trim_end());
        }
        line.clear();
    }
    let is_tunnel = first.starts_with("CONNECT ");
    let is_open = first.contains("open.test");
    seen.lock().expect("nobody panics with it").push(said);
    let mut client = client;
    if !is_tunnel {
        let answer =
            "HTTP/1.1 200 OK\r\nContent-Length: 17\r\nConnection: close\r\n\r\nthrough the proxy";
        return client.write_all(answer.as_bytes());
    }
    if !is_open {
        return client.write_all(b"HTTP/1.1 403 Not from here\r\nContent-Length: 0\r\n\r\n");
    }
    client.write_all(b"HTTP/1.1 200 Connection established\r\nVia: a test\r\n\r\n")?;
    let mut far = TcpStream::connect(("127.0.0.1", upstream))?;
    let (mut to_far, mut from_client) = (far.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_far);
        let _ = to_far.shutdown(std::net::Shutdown::Both);
    });
    std::io::copy(&mut far, &mut client).map(drop)
}

/// A room that fetches and connects as it is told; the answers are texts.
const CLIENT: &str = r#"
import { connect } from "cloudflare:sockets";
const told = (error) => error.message + (error.cause ? " / " + error.cause.message : "");
async function ask(url) {
  try {
    if (url.startsWith("tcp:")) return await connect(url.slice(4)).opened.then(() => "opened");
    if (!url.startsWith("ws")) return await (await fetch(url)).text();
    const socket = new WebSocket(url);
    return await new Promise((resolve, reject) => {
      socket.onopen = () => socket.send("hello");
      socket.onmessage = (event) => { resolve(event.data); socket.close(); };
      socket.onerror = (event) => reject(event.error ?? new Error(event.message));
    });
  } catch (error) { return told(error); }
}
export default class {
  onMessage(message, connection) { connection.send("echo " + message); }
  async onRequest(request) {
    if (request.method === "GET") return new Response("direct");
    const answers = [];
    for (const url of await request.json()) answers.push(await ask(url));
    return Response.json(answers);
  }
}"#;

fn client(variables: &[(&str, &str)]) -> Dev {
    let mut project = Project::inline(CLIENT);
    for name in PROXY_VARIABLES {
        project = project.env(name, "");
    }
    for (name, value) in variables {
        project = project.env(name, value);
    }
    project.dev()
}

fn ask(dev: &Dev, urls: &[&str]) -> Value {
    let answer = dev.post(ROOM, &json!(urls).to_string()).text();
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

/// A room's server to reach, by any name.
fn upstream() -> Dev {
    client(&[])
}

#[test]
fn requests_and_sockets_to_this_machine_go_to_no_proxy() {
    let upstream = upstream();
    let proxy = Proxy::start(1);
    let address = format!("http://127.0.0.1:{}", proxy.port);
    let port = upstream.port();
    for names in [
        &["HTTP_PROXY", "HTTPS_PROXY"][..],
        &["http_proxy", "https_proxy"],
        &["ALL_PROXY"],
        &["all_proxy"],
    ] {
        let variables: Vec<_> = names.iter().map(|name| (*name, &*address)).collect();
        let dev = client(&variables);
        let answers = ask(
            &dev,
            &[
                &format!("http://127.0.0.1:{port}{ROOM}"),
                &format!("http://127.9.9.9:{port}{ROOM}"),
                &format!("http://localhost:{port}{ROOM}"),
                &format!("http://127.0.0.1:{}{ROOM}x", dev.port()),
                &format!("ws://localhost:{port}{ROOM}"),
            ],
        );
        assert_eq!(
            answers,
            json!(["direct", "direct", "direct", "direct", "echo hello"]),
            "{names:?}"
        );
    }
    assert_eq!(proxy.seen(), [""; 0]);
}

#[test]
fn rooms_of_this_server_are_reached_by_every_address_of_the_machine_without_a_proxy() {
    let proxy = Proxy::start(1);
    let address = format!("http://127.0.0.1:{}", proxy.port);
    let dev = client(&[("ALL_PROXY", &address)]);
    let own = if_addrs::get_if_addrs().expect("there are interfaces");
    let own = own
        .into_iter()
        .find(|one| one.ip().is_ipv4() && !one.is_loopback());
    let Some(own) = own else { return };
    let url = format!("http://{}:{}{ROOM}x", own.ip(), dev.port());
    assert_eq!(ask(&dev, &[&url]), json!(["direct"]));
    assert_eq!(proxy.seen(), [""; 0]);
}

#[test]
fn other_hosts_are_asked_through_the_proxy() {
    let proxy = Proxy::start(1);
    let address = format!("http://ada:s%65cret@127.0.0.1:{}", proxy.port);
    let dev = client(&[
        ("HTTP_PROXY", &address),
        ("https_proxy", &address),
        ("no_proxy", "other.test,*.inner.test"),
    ]);
    let answers = ask(
        &dev,
        &[
            "http://plain.test/x?y=1",
            "https://secure.test/",
            "http://other.test/",
            "http://deep.inner.test/",
            "tcp:plain.test:80",
        ],
    );
    assert_eq!(answers[0], "through the proxy");
    let refused = answers[1].as_str().expect("a text");
    let named = format!(
        "The proxy `http://127.0.0.1:{}/` did not connect to `secure.test:443`",
        proxy.port
    );
    assert!(refused.contains(&named), "{refused}");
    assert!(refused.contains("403 Not from here"), "{refused}");
    // Base64 of `ada:secret`, in lower case as the proxy notes it.
    assert_eq!(
        proxy.seen(),
        [
            "GET http://plain.test/x?y=1 HTTP/1.1 basic ywrhonnly3jlda==",
            "CONNECT secure.test:443 HTTP/1.1 basic ywrhonnly3jlda=="
        ]
    );
}

#[test]
fn sockets_to_other_hosts_are_carried_by_the_proxy() {
    let upstream = upstream();
    let proxy = Proxy::start(upstream.port());
    let address = format!("http://127.0.0.1:{}", proxy.port);
    let dev = client(&[("HTTP_PROXY", &address)]);
    let url = format!("ws://open.test:8080{ROOM}");
    assert_eq!(ask(&dev, &[&url]), json!(["echo hello"]));
    assert_eq!(proxy.seen(), ["CONNECT open.test:8080 HTTP/1.1"]);
    let closed = format!("ws://closed.test{ROOM}");
    let answers = ask(&dev, &[&closed]);
    let refused = answers[0].as_str().expect("a text");
    assert!(
        refused.contains("did not connect to `closed.test:80`"),
        "{refused}"
    );
}

#[test]
fn a_proxy_that_cannot_be_reached_is_named() {
    let dev = client(&[("ALL_PROXY", "http://127.0.0.1:1")]);
    let answers = ask(
        &dev,
        &[
            "http://plain.test/",
            "https://secure.test/",
            "ws://socket.test/",
        ],
    );
    for answer in answers.as_array().expect("a list") {
        let text = answer.as_str().expect("a text");
        assert!(text.contains("Could not reach the proxy"), "{text}");
        assert!(text.contains("`http://127.0.0.1:1/`"), "{text}");
        assert!(text.contains("NO_PROXY"), "{text}");
    }
}

/// Reads exactly `count` bytes.
fn take(stream: &mut TcpStream, count: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[test]
fn a_socks_proxy_carries_requests() {
    let upstream = upstream();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let target = upstream.port();
    let served = thread::spawn(move || -> std::io::Result<String> {
        let (mut client, _) = listener.accept()?;
        let greeting = take(&mut client, 2)?;
        take(&mut client, usize::from(greeting[1]))?;
        client.write_all(&[5, 0])?;
        let head = take(&mut client, 5)?;
        let name = take(&mut client, usize::from(head[4]))?;
        take(&mut client, 2)?;
        client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
        let mut far = TcpStream::connect(("127.0.0.1", target))?;
        let (mut to_far, mut from_client) = (far.try_clone()?, client.try_clone()?);
        thread::spawn(move || std::io::copy(&mut from_client, &mut to_far));
        thread::spawn(move || std::io::copy(&mut far, &mut client));
        Ok(String::from_utf8_lossy(&name).into_owned())
    });
    let dev = client(&[("ALL_PROXY", &format!("socks5h://127.0.0.1:{port}"))]);
    let url = format!("http://plain.test{ROOM}");
    assert_eq!(ask(&dev, &[&url]), json!(["direct"]));
    let name = served.join().expect("it served").expect("it was asked");
    assert_eq!(name, "plain.test");
}
