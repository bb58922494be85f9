//! Certificates of servers that developers make themselves, and what makes rooms trust them.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use crate::harness::{Dev, Project, ROOM};

/// A certificate for `localhost` with its key.
struct Identity {
    pem: String,
    der: CertificateDer<'static>,
    key: Vec<u8>,
}

/// As `openssl req -x509` makes it: its own authority.
fn own_authority() -> Identity {
    let mut params = CertificateParams::new(["localhost".to_owned()]).expect("a name");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("it can be signed");
    Identity {
        pem: certificate.pem(),
        der: certificate.der().clone(),
        key: key.serialize_der(),
    }
}

/// Serves HTTPS and secure WebSockets on one port; says `secret` on each.
fn serve(identity: &Identity) -> u16 {
    let key = PrivateKeyDer::try_from(identity.key.clone()).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider knows them")
        .with_no_client_auth()
        .with_single_cert(vec![identity.der.clone()], key)
        .expect("the key fits");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(config.clone()).expect("it is complete");
            // A client that refuses the certificate is no failure here.
            thread::spawn(move || drop(answer(StreamOwned::new(connection, stream))));
        }
    });
    port
}

fn answer(mut stream: impl Read + Write) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head);
    let lower = head.to_lowercase();
    if let Some((_, key)) = lower.split_once("sec-websocket-key: ") {
        let at = lower.len() - key.len();
        let key = head[at..].lines().next().unwrap_or_default();
        let accepted = tungstenite::handshake::derive_accept_key(key.as_bytes());
        write!(
            stream,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accepted}\r\n\r\n"
        )?;
        stream.write_all(b"\x81\x06secret")?;
        stream.flush()?;
        return stream.read_exact(&mut byte);
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret")?;
    stream.flush()
}

/// What a room hears by `fetch`, a WebSocket and a socket of `cloudflare:sockets`.
fn client(port: u16, set: impl FnOnce(Project) -> Project) -> Dev {
    let source = format!(
        r#"
import {{ connect }} from "cloudflare:sockets";
const told = (error) => error.message + (error.cause ? " / " + error.cause.message : "");
const attempt = async (call) => {{ try {{ return await call(); }} catch (error) {{ return told(error); }} }};
export default class {{
  async onRequest() {{
    return Response.json([
      await attempt(async () => (await fetch("https://localhost:{port}/")).text()),
      await attempt(() => new Promise((resolve, reject) => {{
        const socket = new WebSocket("wss://localhost:{port}/");
        socket.onmessage = (event) => {{ resolve(event.data); socket.close(); }};
        socket.onerror = (event) => reject(event.error ?? new Error(event.message));
      }})),
      await attempt(async () => {{
        const socket = connect("localhost:{port}", {{ secureTransport: "on" }});
        await socket.opened;
        await socket.writable.getWriter().write(new TextEncoder().encode("GET / HTTP/1.0\r\n\r\n"));
        return (await new Response(socket.readable).text()).split("\r\n").pop();
      }}),
    ]);
  }}
}}"#
    );
    let mut project = Project::inline(&source);
    for name in ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        project = project.env(name, "");
    }
    set(project).dev()
}

fn in_project(project: Project, file: &str, pem: &str) -> (Project, String) {
    let project = project.file(file, pem);
    let path = project.path().join(file);
    let path = path.to_str().expect("the temporary folder is UTF-8");
    let path = path.to_owned();
    (project, path)
}

fn all_heard() -> Value {
    json!(["secret", "secret", "secret"])
}

#[test]
fn a_server_that_is_its_own_authority_is_trusted_by_everything_that_connects() {
    let identity = own_authority();
    let port = serve(&identity);
    let dev = client(port, |project| {
        let (project, path) = in_project(project, "own.pem", &identity.pem);
        project.env("NODE_EXTRA_CA_CERTS", &path)
    });
    assert_eq!(dev.json(ROOM), all_heard());
}

#[test]
fn a_file_or_folder_in_the_place_of_the_systems_store_counts() {
    let identity = own_authority();
    let port = serve(&identity);
    let file = client(port, |project| {
        let (project, path) = in_project(project, "own.pem", &identity.pem);
        project.env("SSL_CERT_FILE", &path)
    });
    assert_eq!(file.json(ROOM), all_heard());
    let folder = client(port, |project| {
        let (project, path) = in_project(project, "certificates/own.crt", &identity.pem);
        let folder = path.trim_end_matches("/own.crt");
        project.env("SSL_CERT_DIR", folder)
    });
    assert_eq!(folder.json(ROOM), all_heard());
}

#[test]
fn a_refused_certificate_says_what_would_make_it_trusted() {
    let port = serve(&own_authority());
    let dev = client(port, |project| project);
    for heard in dev.json(ROOM).as_array().expect("a list") {
        let text = heard.as_str().expect("a text");
        assert!(text.contains("certificate"), "{text}");
        assert!(text.contains("`NODE_EXTRA_CA_CERTS`"), "{text}");
    }
}

#[test]
fn a_file_of_certificates_that_is_none_is_told_at_the_start_and_with_the_error() {
    let port = serve(&own_authority());
    let dev = client(port, |project| {
        project.env("NODE_EXTRA_CA_CERTS", "/no/such/file.pem")
    });
    dev.prints("`NODE_EXTRA_CA_CERTS` names what cannot be read");
    let heard = dev.json(ROOM);
    let text = heard[0].as_str().expect("a text");
    assert!(text.contains("/no/such/file.pem"), "{text}");
}
