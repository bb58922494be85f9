//! The order of what one program does holds while something is under way: a handler before the room,
//! a start, a long turn, a sleep, encryption.

use std::fmt::Write;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::harness::{Dev, Line, Project, eventually};

/// As [`super::order`]'s, with more of it in the places of `MORE` and `START`.
fn source(more: &str, start: &str) -> String {
    format!(
        r#"
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export default class {{
  {more}
  log = [];
  async onStart() {{ {start} }}
  onConnect(conn) {{ this.log.push("+" + conn.id); }}
  onClose(conn) {{ this.log.push("-" + conn.id); }}
  onMessage(message) {{
    this.log.push(message);
    if (!message.startsWith("long")) return;
    console.log("in", message);
    for (const end = Date.now() + 200; Date.now() < end;) {{}}
  }}
  onRequest(req) {{
    if (req.method === "POST") {{ this.log.push("POST"); return new Response("ok"); }}
    const log = this.log.join();
    if (req.url.endsWith("clear")) this.log = [];
    return new Response(log);
  }}
}}"#
    )
}

/// Does `round`, which is given its number, many times; it gives what the room logged, which is to be
/// `expected`.
fn always(rounds: usize, expected: &str, mut round: impl FnMut(usize) -> String) {
    let mut wrong = 0;
    let mut seen = String::new();
    for number in 0..rounds {
        let log = round(number);
        if log != expected {
            wrong += 1;
            let _ = writeln!(seen, "  {log}");
        }
    }
    // One in twenty may go wrong where other programs take the processors away.
    assert!(
        wrong * 20 <= rounds,
        "{wrong} of {rounds} not `{expected}` but\n{seen}"
    );
}

/// A log in which the sockets 0 to 9 connect.
const TEN: &str = "+0,+1,+2,+3,+4,+5,+6,+7,+8,+9";

fn ten(dev: &Dev, room: &str) -> Vec<Line> {
    (0..10)
        .map(|id| Line::ws(dev, &format!("{room}?_pk={id}")))
        .collect()
}

/// Ten sockets meet `handler` before their room, which each test makes wait in another way.
fn meet_before_connect(handler: &str) {
    let dev = Dev::inline(&source(
        &format!("static async onBeforeConnect(req, lobby) {{ {handler} }}"),
        "",
    ));
    let mut kept = Line::to(&dev);
    always(20, TEN, |_| {
        kept.ask("GET", "/party/r?clear");
        let mut lines = ten(&dev, "/party/r");
        lines.iter_mut().for_each(|line| {
            line.answer();
        });
        let log = kept.ask("GET", "/party/r");
        lines.into_iter().for_each(Line::reset);
        // Ends have tests of their own: here they must not come after the next `clear`.
        eventually("the sockets have ended", || {
            let ended = kept.ask("GET", "/party/r").matches('-').count();
            (ended == 10).then_some(())
        });
        log
    });
}

#[test]
fn on_before_connect_keeps_the_order() {
    meet_before_connect("return req;");
}

#[test]
fn on_before_connect_that_waits_for_nothing_keeps_the_order() {
    meet_before_connect("await null; await Promise.resolve(); return req;");
}

#[test]
fn on_before_connect_that_checks_a_signature_keeps_the_order() {
    meet_before_connect(
        r#"
const bytes = new TextEncoder().encode("token");
const hmac = { name: "HMAC", hash: "SHA-256" };
const key = await crypto.subtle.importKey("raw", bytes, hmac, false, ["sign", "verify"]);
const mac = await crypto.subtle.sign("HMAC", key, bytes);
if (!await crypto.subtle.verify("HMAC", key, mac, bytes)) throw new Error("no");
await crypto.subtle.digest("SHA-256", bytes);
return req;"#,
    );
}

#[test]
fn on_before_connect_that_takes_some_time_keeps_the_order() {
    meet_before_connect("await wait(5); return req;");
}

#[test]
fn room_that_is_made_keeps_the_order() {
    let dev = Dev::inline(&source("", ""));
    let mut kept = Line::to(&dev);
    always(10, TEN, |number| {
        let room = format!("/party/new-{number}");
        let mut lines = ten(&dev, &room);
        lines.iter_mut().for_each(|line| {
            line.answer();
        });
        let log = kept.ask("GET", &room);
        lines.into_iter().for_each(Line::reset);
        log
    });
}

#[test]
fn room_that_starts_keeps_the_order() {
    let dev = Dev::inline(&source("", "await wait(30);"));
    let mut kept = Line::to(&dev);
    let mut other = Line::to(&dev);
    always(10, &format!("POST,{TEN}"), |number| {
        let room = format!("/party/new-{number}");
        other.send("POST", &room);
        let mut lines = ten(&dev, &room);
        lines.iter_mut().for_each(|line| {
            line.answer();
        });
        other.answer();
        let log = kept.ask("GET", &room);
        lines.into_iter().for_each(Line::reset);
        log
    });
}

/// A closed gate holds back messages and requests, which keep their order behind it.
#[test]
fn gate_keeps_the_order() {
    let more = r#"
    constructor(room) {
      this.room = room;
      this.onMessage = (message) => {
        this.log.push(message);
        if (message === "shut") room.blockConcurrencyWhile(() => wait(30));
      };
    }"#;
    let dev = Dev::inline(&source(more, ""));
    let mut kept = Line::to(&dev);
    let mut other = Line::to(&dev);
    let mut a = Line::open_ws(&dev, "/party/r?_pk=a");
    always(10, "shut,1,POST,+b,-b,POST", |_| {
        kept.ask("GET", "/party/r?clear");
        a.text("shut");
        a.text("1");
        other.send("POST", "/party/r");
        let mut b = Line::ws(&dev, "/party/r?_pk=b");
        other.answer();
        b.answer();
        b.reset();
        other.ask("POST", "/party/r");
        kept.ask("GET", "/party/r")
    });
}

#[test]
fn what_happened_in_a_long_turn_is_seen_before_a_later_request() {
    let dev = Dev::inline(&source("", ""));
    let mut kept = Line::to(&dev);
    let mut turns = 0;
    always(5, "1,-b,-a,+a", |_| {
        let mut a = Line::open_ws(&dev, "/party/r?_pk=a");
        let mut b = Line::open_ws(&dev, "/party/r?_pk=b");
        kept.ask("GET", "/party/r?clear");
        turns += 1;
        a.text(&format!("long {turns}"));
        dev.stdout_has(&format!("in long {turns}"));
        b.text("1");
        b.reset();
        a.reset();
        let mut back = Line::ws(&dev, "/party/r?_pk=a");
        back.answer();
        let log = kept.ask("GET", "/party/r");
        back.reset();
        let long = format!("long {turns},");
        log.strip_prefix(&long).unwrap_or(&log).to_owned()
    });
}

/// What it has logged is forgotten while it sleeps.
#[test]
fn room_that_wakes_keeps_the_order() {
    let dev = Project::inline(&source("options = { hibernate: true };", ""))
        .env("PARTYRUN_IDLE_MS", "50")
        .dev();
    let mut kept = Line::to(&dev);
    let mut stays = Line::open_ws(&dev, "/party/r?_pk=stays");
    always(10, "1,2,-a,+a", |_| {
        let mut a = Line::open_ws(&dev, "/party/r?_pk=a");
        std::thread::sleep(std::time::Duration::from_millis(250));
        stays.text("1");
        a.text("2");
        a.reset();
        let mut back = Line::ws(&dev, "/party/r?_pk=a");
        back.answer();
        let log = kept.ask("GET", "/party/r");
        back.reset();
        log
    });
}

#[test]
fn encrypted_connections_keep_the_order() {
    let dev = Project::inline(&source("", "")).args(&["--https"]).dev();
    let pem = std::fs::read(dev.project().path().join(".partykit/https.pem"));
    let pem = pem.expect("the certificate is kept");
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(&pem).expect("it has a certificate");
    roots.add(certificate).expect("it can be trusted");
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let config = Arc::new(config);
    let line = || {
        let name = "localhost".try_into().expect("a host name");
        let client = ClientConnection::new(config.clone(), name).expect("a usable setting");
        Line::over(StreamOwned::new(client, dev.connect()))
    };
    let mut kept = line();
    always(20, "+a,1,2,-a,POST,+a,1", |_| {
        kept.ask("GET", "/party/r?clear");
        let mut a = line();
        a.upgrade("/party/r?_pk=a");
        a.answer();
        a.text("1");
        a.text("2");
        drop(a);
        kept.ask("POST", "/party/r");
        let mut back = line();
        back.upgrade("/party/r?_pk=a");
        back.answer();
        back.text("1");
        let log = kept.ask("GET", "/party/r");
        drop(back);
        kept.ask("GET", "/party/r");
        log
    });
}
