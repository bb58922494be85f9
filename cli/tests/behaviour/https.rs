//! https: and wss: with a certificate of the program's own or of the user's.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tungstenite::{Message, WebSocket};

use crate::harness::{Dev, Project, ROOM};

const KEPT: &str = ".partykit/https.pem";
const SERVER: &str = r#"
export default class {
  constructor(readonly room) {}
  onRequest(req) { return new Response(req.url); }
  onMessage(message, conn) { conn.send(message); if (message === "bye") conn.close(4001, "bye"); }
  async onClose() { await this.room.storage.put("closed", true); }
  static async onFetch(req, lobby) {
    const socket = lobby.parties.main.get("r").connect();
    return new Promise((resolve) => {
      socket.addEventListener("open", () => socket.send("through the front door"));
      socket.addEventListener("message", (event) => resolve(new Response(event.data)));
    });
  }
}"#;

type Stream = StreamOwned<ClientConnection, TcpStream>;

fn project() -> Project {
    Project::inline(SERVER)
}

fn https() -> Dev {
    project().args(&["--https"]).dev()
}

fn kept(folder: &Path) -> String {
    fs::read_to_string(folder.join(KEPT)).expect("the certificate is kept")
}

/// A TLS connection that trusts the certificate in `pem` and nothing else.
fn connect(dev: &Dev, pem: &str) -> Stream {
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).expect("it has a certificate");
    let mut roots = RootCertStore::empty();
    roots.add(certificate).expect("it can be trusted");
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "localhost".try_into().expect("a host name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a usable setting");
    StreamOwned::new(connection, dev.connect())
}

/// What a GET over `stream` is answered with.
fn get(mut stream: Stream, host: &str, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .expect("the server reads a request");
    let mut answer = String::new();
    // The server may end the connection without saying so in TLS first.
    let _ = stream.read_to_string(&mut answer);
    answer
}

fn wss(dev: &Dev) -> WebSocket<Stream> {
    let stream = connect(dev, &kept(dev.project().path()));
    let url = format!("wss://localhost:{}{ROOM}", dev.port());
    let (socket, _) = tungstenite::client(url, stream).expect("the handshake succeeds");
    socket
}

/// Rows 31, 236.
#[test]
fn self_signed_certificate_is_made_and_kept() {
    let mut dev = https();
    dev.stdout_has("Ready on https://0.0.0.0:");
    dev.stdout_has(&format!("https://127.0.0.1:{}", dev.port()));
    let folder = dev.project().path().to_owned();
    let pem = kept(&folder);
    let mode = fs::metadata(folder.join(KEPT))
        .expect("it exists")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let answer = get(connect(&dev, &pem), "localhost:99", ROOM);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(
        answer.ends_with(&format!("https://localhost:99{ROOM}")),
        "{answer}"
    );
    let answer = get(connect(&dev, &pem), "localhost:443", ROOM);
    assert!(
        answer.ends_with(&format!("https://localhost{ROOM}")),
        "{answer}"
    );
    dev.restart();
    assert_eq!(kept(&folder), pem, "browsers have accepted it");
    let answer = get(connect(&dev, &pem), "localhost", ROOM);
    assert!(answer.contains("200 OK"), "{answer}");
}

/// A page that is pointed at this machine has no certificate that its browser takes.
#[test]
fn names_are_proved_by_the_certificate_and_not_by_plain_http() {
    let dev = https();
    let pem = kept(dev.project().path());
    let answer = get(connect(&dev, &pem), "dev.example.com", ROOM);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let ours = "/cdn-cgi/mf/scheduled";
    let answer = get(connect(&dev, &pem), "dev.example.com", ours);
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    let plain = |host: &str| dev.request("GET", ROOM).header("Host", host).send();
    assert_eq!(plain("evil.com").status, 403);
    assert_eq!(plain("localhost").status, 200);
}

/// Row 236.
#[test]
fn sockets_are_served_over_tls() {
    let dev = https();
    let mut socket = wss(&dev);
    for length in [0, 1, 125, 70_000, 1 << 20] {
        let text = "x".repeat(length);
        socket
            .send(Message::text(text.clone()))
            .expect("it is sent");
        assert_eq!(socket.read().expect("an answer"), Message::text(text));
    }
    socket
        .send(Message::binary(vec![1, 2, 3]))
        .expect("it is sent");
    let answer = socket.read().expect("an answer");
    assert_eq!(answer, Message::binary(vec![1, 2, 3]));
    for number in 0..1000 {
        socket
            .write(Message::text(number.to_string()))
            .expect("it is queued");
    }
    socket.flush().expect("it is sent");
    for number in 0..1000 {
        let answer = socket.read().expect("an answer");
        assert_eq!(answer, Message::text(number.to_string()));
    }
    socket.send(Message::text("bye")).expect("it is sent");
    assert_eq!(socket.read().expect("an answer"), Message::text("bye"));
    match socket.read() {
        Ok(Message::Close(Some(frame))) => assert_eq!(u16::from(frame.code), 4001),
        other => panic!("Expected a Close frame, got: {other:?}"),
    }
}

/// Row 236.
#[test]
fn lost_socket_over_tls_is_noticed() {
    let dev = Project::inline(
        "export default class { onClose() { console.log('closed'); } onMessage(m, c) { c.send(m); } }",
    )
    .args(&["--https"])
    .dev();
    let mut socket = wss(&dev);
    socket.send(Message::text("here")).expect("it is sent");
    assert_eq!(socket.read().expect("an answer"), Message::text("here"));
    drop(socket);
    dev.stdout_has("closed");
}

/// Row 236.
#[test]
fn certificate_and_key_may_be_given() {
    let pem = kept(https().project().path());
    let files = [
        "--https-key-path",
        "conf/both.pem",
        "--https-cert-path",
        "conf/both.pem",
    ];
    let dev = project().file("conf/both.pem", &pem).args(&files).dev();
    dev.stdout_has("Ready on https://");
    let answer = get(connect(&dev, &pem), "localhost", ROOM);
    assert!(answer.contains("200 OK"), "{answer}");
    assert!(!dev.project().path().join(KEPT).exists());
}

/// Row 236.
#[test]
fn unusable_certificates_are_refused_with_a_reason() {
    let (one, other) = (
        kept(https().project().path()),
        kept(https().project().path()),
    );
    let pem = |kind: &str| format!("-----BEGIN {kind}-----\nAAAA\n-----END {kind}-----\n");
    let old_form = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    let decrypt = "`openssl pkey -in in/key.pem -out decrypted.pem`";
    let swapped = "--https-cert-path `in/cert.pem`: This is a private key, not a certificate";
    for (certificate, key, words) in [
        (&*one, &*other, "does not fit the certificate"),
        (
            "text",
            &*one,
            "--https-cert-path `in/cert.pem`: There must be a certificate in PEM, but the file is not PEM",
        ),
        (
            &*one,
            "text",
            "--https-key-path `in/key.pem`: There must be a private key in PEM, but the file is not PEM",
        ),
        (&*one, "", "but the file is empty"),
        (&*one, "0\u{1}", "must be PEM, not DER"),
        (&*one, &*pem("ENCRYPTED PRIVATE KEY"), decrypt),
        (&*one, old_form, decrypt),
        (
            &*one,
            &*pem("CERTIFICATE"),
            "This is a certificate, not its private key",
        ),
        (
            &*one,
            &*pem("PUBLIC KEY"),
            "This is a public key, not the private key",
        ),
        (&*one, &*pem("PRIVATE KEY"), "it cannot be used"),
        (
            &*one,
            "-----BEGIN PRIVATE KEY-----\nAAAA\n",
            "the file ends before the line",
        ),
        (&*pem("PRIVATE KEY"), &*one, swapped),
        (&*pem("CERTIFICATE"), &*one, "it is damaged"),
    ] {
        let exit = project()
            .file("in/cert.pem", certificate)
            .file("in/key.pem", key)
            .args(&["--https-cert-path", "in/cert.pem"])
            .args(&["--https-key-path", "in/key.pem"])
            .fails();
        assert_eq!(exit.code, Some(1), "{words}");
        assert!(exit.stderr.contains(words), "{words}: {}", exit.stderr);
    }
    let exit = project()
        .args(&["--https-cert-path", "missing.pem"])
        .args(&["--https-key-path", "missing.pem"])
        .fails();
    assert!(exit.stderr.contains("missing.pem`"), "{}", exit.stderr);
    let exit = project()
        .args(&["--https", "--https-key-path", "k"])
        .fails();
    assert!(exit.stderr.contains("--https-cert-path"), "{}", exit.stderr);
}

/// A room cannot know that https was asked for.
#[test]
fn plain_http_of_this_machine_is_answered_too() {
    let dev = https();
    assert_eq!(dev.get(ROOM).text(), format!("http://{}{ROOM}", dev.host()));
    assert_eq!(dev.get("/").text(), "through the front door");
}

#[test]
fn certificate_is_not_kept_when_nothing_is() {
    let dev = project().args(&["--https", "--persist", "false"]).dev();
    dev.stdout_has("Ready on https://");
    assert!(!dev.project().path().join(KEPT).exists());
}
