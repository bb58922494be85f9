//! WebSockets that user code opens, and pairs of them (specification, section 11).

use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, LazyLock};
use std::thread;

use rcgen::{CertifiedKey, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use tungstenite::Message;
use tungstenite::handshake::server::{Request, Response};

use crate::harness::{Dev, Project, ROOM};
use crate::platform::answering;

/// A party that says what it hears, and closes when it is told to.
const ECHO: &str = r#"
export default class {
  onConnect(connection, ctx) {
    if (new URL(ctx.request.url).searchParams.has("greet")) connection.send("welcome");
    if (new URL(ctx.request.url).searchParams.has("bytes")) connection.send(new Uint8Array([1, 2]));
  }
  onMessage(message, connection) {
    if (message === "close") connection.close(4010, "as you wish");
    else connection.send(typeof message === "string" ? "echo " + message : message);
  }
}"#;

/// What a room answers whose code may use `upstream`, a URL of an echoing server's room with the
/// scheme `ws:`.
fn with_echo(body: &str) -> Value {
    let upstream = Dev::inline(ECHO);
    let dev = answering(&format!(
        "const upstream = 'ws://{}/parties/main/u'; {body}",
        upstream.host()
    ));
    dev.json(ROOM)
}

/// Row 246.
#[test]
fn client_connects_speaks_and_closes() {
    let answer = with_echo(
        r#"
const socket = new WebSocket(upstream + "?greet#fragment");
const log = [socket.readyState, socket.url === upstream + "?greet"];
socket.onopen = () => { log.push("open", socket.readyState); };
const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
socket.addEventListener("message", (event) => {
  log.push(event.data);
  if (event.data === "welcome") socket.send("one");
  else if (event.data === "echo one") socket.close(4001, "done");
});
const { code, reason, wasClean } = await closed;
return [log, code, reason, wasClean, socket.readyState, socket.protocol, socket.extensions];"#,
    );
    assert_eq!(
        answer,
        json!([
            [0, true, "open", 1, "welcome", "echo one"],
            4001,
            "done",
            true,
            3,
            "",
            ""
        ])
    );
}

/// Row 246.
#[test]
fn closing_of_the_server_is_answered() {
    let answer = with_echo(
        r#"
const socket = new WebSocket(upstream);
await new Promise((resolve) => socket.addEventListener("open", resolve));
socket.send("close");
const event = await new Promise((resolve) => socket.addEventListener("close", resolve));
await scheduler.wait(10);
return [event.constructor.name, event.code, event.reason, event.wasClean, socket.readyState];"#,
    );
    assert_eq!(answer, json!(["CloseEvent", 4010, "as you wish", true, 3]));
}

/// Row 246.
#[test]
fn binary_messages_are_buffers_or_blobs() {
    let answer = with_echo(
        r#"
const first = async (binaryType) => {
  const socket = new WebSocket(upstream + "?bytes");
  if (binaryType) socket.binaryType = binaryType;
  const { data } = await new Promise((resolve) => socket.addEventListener("message", resolve));
  socket.close();
  return [socket.binaryType, data.constructor.name, [...new Uint8Array(data.arrayBuffer ? await data.arrayBuffer() : data)]];
};
return [await first(), await first("blob"), await first("nonsense")];"#,
    );
    assert_eq!(
        answer,
        json!([
            ["arraybuffer", "ArrayBuffer", [1, 2]],
            ["blob", "Blob", [1, 2]],
            ["arraybuffer", "ArrayBuffer", [1, 2]]
        ])
    );
}

/// Row 246.
#[test]
fn connection_that_fails_is_an_error_and_a_close() {
    let upstream = Dev::inline("export default class {}");
    let dev = answering(&format!(
        r#"
const events = async (url) => {{
  const socket = new WebSocket(url);
  const seen = [];
  socket.onerror = (event) => seen.push(event.constructor.name, event.message);
  const close = await new Promise((resolve) => socket.onclose = resolve);
  return [...seen, close.code, close.reason, close.wasClean, socket.readyState];
}};
return [await events("ws://{}/nobody/here"), (await events("ws://127.0.0.1:1/")).slice(2)];"#,
        upstream.host()
    ));
    let failed = "Failed to establish websocket connection";
    assert_eq!(
        dev.json(ROOM),
        json!([
            [
                "ErrorEvent",
                "Uncaught Error: Failed to establish the WebSocket connection: expected server to reply with HTTP status code 101 (switching protocols), but received 404 instead.",
                1006,
                failed,
                false,
                3
            ],
            [1006, failed, false, 3]
        ])
    );
}

/// Row 246.
#[test]
fn constructor_refuses_what_is_no_url_or_protocol() {
    let dev = answering(
        r#"
const out = [];
for (const args of [["nope"], ["ftp://host/"], ["ws://host/", "a b"], ["ws://host/", ["a", "a"]], ["ws://host/", ""]]) {
  try { new WebSocket(...args); out.push("made"); } catch (error) { out.push(`${error.name}: ${error.message}`); }
}
return out;"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([
            "SyntaxError: WebSocket Constructor: The url is invalid.",
            "SyntaxError: WebSocket Constructor: The url scheme must be ws or wss.",
            "SyntaxError: WebSocket Constructor: The protocol header token is invalid.",
            "SyntaxError: WebSocket Constructor: The protocols header cannot have repeating values.",
            "SyntaxError: WebSocket Constructor: The protocol header token is invalid."
        ])
    );
}

/// A certificate for `localhost`, and its key.
static IDENTITY: LazyLock<CertifiedKey<KeyPair>> = LazyLock::new(|| {
    rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate can be made")
});

/// The server's side of a TLS connection, as `localhost`, with a certificate that only [`trusted`] trusts.
pub fn secure(stream: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
    let certificate = IDENTITY.cert.der().clone();
    let key = PrivateKeyDer::try_from(IDENTITY.signing_key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider knows them")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("the key fits the certificate");
    let connection = ServerConnection::new(Arc::new(config)).expect("the settings are complete");
    StreamOwned::new(connection, stream)
}

/// A secure server that echoes on `count` connections and chooses the last subprotocol offered.
fn secure_echo(count: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        for _ in 0..count {
            let (stream, _) = listener.accept().expect("the room connects");
            #[expect(
                clippy::result_large_err,
                reason = "the callback's type is tungstenite's"
            )]
            let choose = |request: &Request, mut response: Response| {
                let offered = request.headers().get("sec-websocket-protocol");
                if let Some(last) = offered.and_then(|o| o.to_str().ok()?.rsplit(", ").next()) {
                    let chosen = last.parse().expect("a token is a header value");
                    response
                        .headers_mut()
                        .insert("sec-websocket-protocol", chosen);
                }
                response
                    .headers_mut()
                    .insert("x-up", "yes".parse().expect("a value"));
                Ok(response)
            };
            let Ok(mut socket) = tungstenite::accept_hdr(secure(stream), choose) else {
                continue;
            };
            while let Ok(message) = socket.read() {
                if matches!(message, Message::Text(_) | Message::Binary(_)) {
                    let _ = socket.send(message);
                }
            }
        }
    });
    port
}

/// A room that trusts the test's certificate and may use `port`.
fn trusting(port: u16, body: &str) -> Dev {
    let project = Project::inline(&format!(
        "export default class {{ async onRequest() {{ return Response.json(await (async () => {{ const port = {port}; {body} }})()) }} }}"
    ));
    trusted(project).dev()
}

/// A project that trusts the certificate of [`secure`].
pub fn trusted(project: Project) -> Project {
    let project = project.file("trusted.pem", &IDENTITY.cert.pem());
    let file = project.path().join("trusted.pem");
    let file = file
        .to_str()
        .expect("the temporary folder is UTF-8")
        .to_owned();
    project.env("NODE_EXTRA_CA_CERTS", &file)
}

/// Row 246.
#[test]
fn secure_client_connects_with_a_subprotocol() {
    let dev = trusting(
        secure_echo(1),
        r#"
const socket = new WebSocket(`wss://localhost:${port}/`, ["first", "second"]);
await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = (event) => reject(event.error); });
const large = "x".repeat(300_000);
socket.send(large);
const { data } = await new Promise((resolve) => socket.onmessage = resolve);
socket.close(1000, "thanks");
const { code, wasClean } = await new Promise((resolve) => socket.onclose = resolve);
return [socket.protocol, data === large, code, wasClean];"#,
    );
    assert_eq!(dev.json(ROOM), json!(["second", true, 1000, true]));
}

/// Row 246.
#[test]
fn certificate_of_a_stranger_is_refused() {
    let port = secure_echo(2);
    let dev = answering(&format!(
        r#"
const socket = new WebSocket("wss://localhost:{port}/");
const error = await new Promise((resolve) => socket.onerror = resolve);
return [error.message.includes("certificate"), socket.readyState];"#
    ));
    assert_eq!(dev.json(ROOM), json!([true, 3]));
}

/// Row 246.
#[test]
fn fetch_with_upgrade_gives_a_socket() {
    let dev = trusting(
        secure_echo(1),
        r#"
const response = await fetch(`https://localhost:${port}/`, { headers: { Upgrade: "websocket", "Sec-WebSocket-Protocol": "chat" } });
const { webSocket } = response;
let early;
try { webSocket.send("early"); } catch (error) { early = error.message; }
webSocket.accept();
webSocket.send("hello");
const { data } = await new Promise((resolve) => webSocket.addEventListener("message", resolve));
webSocket.close();
return [response.status, response.headers.get("x-up"), response.headers.get("sec-websocket-protocol"), data, early];"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([
            101,
            "yes",
            "chat",
            "hello",
            "You must call one of accept() or state.acceptWebSocket() on this WebSocket before sending messages."
        ])
    );
}

/// Row 246.
#[test]
fn fetch_with_upgrade_may_be_answered_otherwise() {
    let upstream = Dev::inline("export default class {}");
    let dev = answering(&format!(
        r#"
const headers = {{ upgrade: "WebSocket" }};
const response = await fetch("http://{0}/nobody/here", {{ headers }});
const aborted = await fetch("http://{0}/", {{ headers, signal: AbortSignal.abort() }}).catch((error) => error.name);
return [response.status, response.webSocket, (await response.text()).length > 0, aborted];"#,
        upstream.host()
    ));
    assert_eq!(dev.json(ROOM), json!([404, null, true, "AbortError"]));
}

/// Rows 57, 246: how a development server's hot reload passes through `onFetch`.
#[test]
fn socket_of_a_fetch_may_be_passed_on() {
    let upstream = Dev::inline(ECHO);
    let dev = Dev::inline(&format!(
        r#"
export default class {{
  static onFetch(request) {{
    return fetch("http://{}/parties/main/u?greet", request);
  }}
}}"#,
        upstream.host()
    ));
    let mut client = dev.ws("/anything");
    assert_eq!(client.text(), "welcome");
    assert_eq!(client.ask("through"), "echo through");
    client.send("close");
    let closed = client.closed();
    assert_eq!((closed.code, closed.reason.as_str()), (4010, "as you wish"));
}

/// Row 246.
#[test]
fn socket_of_a_fetch_may_be_passed_to_another_room() {
    let upstream = Dev::inline(ECHO);
    let dev = Dev::inline(&format!(
        r#"
export default class {{
  constructor(readonly room) {{}}
  async onRequest(request) {{
    if (this.room.id === "inner") return fetch("http://{}/parties/main/u?greet", {{ headers: {{ upgrade: "websocket" }} }});
    const {{ webSocket: socket }} = await this.room.context.parties.main.get("inner").fetch();
    socket.accept();
    const heard = [];
    await new Promise((resolve) => socket.addEventListener("message", (event) => {{
      heard.push(event.data);
      if (heard.length === 1) socket.send("relayed");
      else resolve();
    }}));
    socket.close();
    return Response.json(heard);
  }}
}}"#,
        upstream.host()
    ));
    assert_eq!(
        dev.json("/parties/main/outer"),
        json!(["welcome", "echo relayed"])
    );
}

/// Row 245.
#[test]
fn headers_of_a_101_reach_the_client() {
    let dev = Dev::inline(
        r#"
export default class {
  static onFetch(request) {
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    return new Response(null, { status: 101, webSocket: client, headers: { "Sec-WebSocket-Protocol": "chosen", "X-Mine": "1" } });
  }
}"#,
    );
    let answer = dev.request("GET", "/").upgrade().open().so_far;
    assert_eq!(
        (
            answer.status,
            answer.header("sec-websocket-protocol"),
            answer.header("x-mine")
        ),
        (101, Some("chosen"), Some("1"))
    );
}

/// Row 245.
#[test]
fn pair_needs_accept_and_closes_half_by_half() {
    let dev = answering(
        r#"
const [a, b] = Object.values(new WebSocketPair());
const log = [];
let early;
try { a.send("early"); } catch (error) { early = error.name; }
a.accept();
a.send("one"); a.send("two"); a.close(4000, "half");
b.addEventListener("message", (event) => { log.push(event.data); });
const closed = new Promise((resolve) => b.addEventListener("close", (event) => { log.push(event.code, b.readyState); b.send("still"); b.close(4001, "whole"); resolve(); }));
a.addEventListener("message", (event) => log.push(event.data));
const over = new Promise((resolve) => a.addEventListener("close", (event) => { log.push(event.code, event.reason, event.wasClean); resolve(); }));
await scheduler.wait(5);
const waiting = log.length;
b.accept();
await closed; await over;
let late;
try { a.send("late"); } catch (error) { late = error.message; }
return [early, waiting, log, a.readyState, b.readyState, late];"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([
            "TypeError",
            0,
            ["one", "two", 4000, 2, "still", 4001, "whole", true],
            3,
            3,
            "Can't call WebSocket send() after close()."
        ])
    );
}
