//! Starting and stopping: ports, output, signals, the other commands.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;

use crate::harness::{Dev, Project, ROOM, run};

const URL: &str = "export default class { onRequest(req) { return new Response(req.url) } }";

fn project() -> Project {
    Project::inline(URL)
}

/// Rows 1, 2.
#[test]
fn default_port_is_1999_or_the_next_free_one() {
    let taken = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 1999));
    let dev = project().own_port().dev();
    assert_ne!(dev.port(), 1999);
    dev.stderr_has("Note: Port 1999 is already in use");
    let other = format!("so another is served: {}\n", dev.port());
    dev.stderr_has(&other);
    assert_eq!(dev.get(ROOM).text(), format!("http://{}{ROOM}", dev.host()));
    drop(dev);
    // A program that is not part of this test may own port 1999; then only row 2 can be shown.
    if taken.is_ok() {
        drop(taken);
        let dev = project().own_port().dev();
        assert_eq!(dev.port(), 1999);
        assert_eq!(dev.get(ROOM).status, 200);
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).expect("some port is free");
    listener
        .local_addr()
        .expect("a bound listener has an address")
        .port()
}

/// Row 3.
#[test]
fn port_comes_from_flag_or_config() {
    let (flag, config) = (free_port(), free_port());
    let by_flag = project()
        .own_port()
        .config("port", json!(config))
        .args(&["--port", &flag.to_string()])
        .dev();
    assert_eq!(by_flag.port(), flag);
    assert_eq!(
        by_flag.get(ROOM).text(),
        format!("http://127.0.0.1:{flag}{ROOM}")
    );
    let by_config = project().own_port().config("port", json!(config)).dev();
    assert_eq!(by_config.port(), config);
}

/// Row 4.
#[test]
fn busy_explicit_port_is_an_error() {
    let taken = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).expect("some port is free");
    let port = taken
        .local_addr()
        .expect("a bound listener has an address")
        .port()
        .to_string();
    let exit = project().own_port().args(&["--port", &port]).fails();
    assert_eq!(exit.code, Some(1));
    assert!(
        exit.stderr
            .contains(&format!("Port {port} is already in use by `")),
        "{}",
        exit.stderr
    );
    let owner = format!("(process {})", std::process::id());
    assert!(exit.stderr.contains(&owner), "{}", exit.stderr);
}

/// Row 5.
#[test]
fn every_interface_is_served() {
    let dev = project().dev();
    // Connecting a UDP socket sends nothing; it only chooses the address of a way out.
    let way_out = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        Ok(socket.local_addr()?.ip())
    });
    let address = way_out.unwrap_or(Ipv4Addr::new(127, 0, 0, 2).into());
    let reached = TcpStream::connect_timeout(
        &SocketAddr::new(address, dev.port()),
        Duration::from_secs(5),
    );
    assert!(reached.is_ok(), "{address}: {reached:?}");
}

/// Row 231.
#[test]
fn ready_line_names_the_addresses() {
    let dev = project().dev();
    dev.stdout_has(&format!("Ready on http://0.0.0.0:{}", dev.port()));
    dev.stdout_has(&format!("http://127.0.0.1:{}", dev.port()));
}

/// Row 231.
#[test]
fn requests_are_logged() {
    let dev = Project::inline(
        r#"export default class { onRequest() { return new Response("x", { status: 418 }) } onConnect() {} }"#,
    )
    .dev();
    dev.get("/parties/main/r/sub?secret=1");
    dev.stdout_has("[pk:inf] GET /parties/main/r/sub 418 I'm a teapot (");
    dev.post("/nowhere", "");
    dev.stdout_has("[pk:inf] POST /nowhere 404 Not Found (");
    drop(dev.ws(ROOM));
    dev.stdout_has("[pk:inf] GET /parties/main/r 101 Switching Protocols (");
    assert!(!dev.stdout().contains("secret"));
}

/// Row 233.
#[test]
fn signals_end_it_within_a_second() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut dev = project().dev();
        let _open = dev.ws(ROOM);
        dev.get(ROOM);
        let (status, took) = dev.interrupt(signal);
        assert_eq!(status.code(), Some(0), "{signal:?}");
        assert!(took < Duration::from_secs(1), "{signal:?} took {took:?}");
    }
}

/// Row 233.
#[test]
fn signal_ends_a_busy_room_too() {
    let mut dev = Dev::inline(
        r#"export default class { onConnect(conn) { setTimeout(() => { for (;;) {} }, 50); } }"#,
    );
    let mut socket = dev.ws(ROOM);
    socket.quiet_for(Duration::from_millis(300));
    let (status, took) = dev.interrupt(Signal::INT);
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(3), "took {took:?}");
}

/// Row 234.
#[test]
fn version_and_help_are_printed() {
    let version = run(&["--version"]);
    assert_eq!(version.code, Some(0));
    let expected = concat!(env!("CARGO_PKG_VERSION"), " (V8 ");
    assert!(version.stdout.starts_with(expected), "{}", version.stdout);
    let help = run(&["dev", "--help"]);
    assert_eq!(help.code, Some(0));
    for flag in [
        "--port",
        "--config",
        "--persist",
        "--var",
        "--serve",
        "--live",
    ] {
        assert!(help.stdout.contains(flag), "{}", help.stdout);
    }
}

#[test]
fn unknown_flag_is_refused() {
    let exit = run(&["dev", "--no-such-flag"]);
    assert_ne!(exit.code, Some(0));
    assert!(exit.stderr.contains("--no-such-flag"), "{}", exit.stderr);
}

#[test]
fn flags_without_an_effect_here_are_accepted() {
    let dev = project()
        .args(&[
            "--no-hotkeys",
            "--disable-request-cf-fetch",
            "--compatibility-date",
            "2023-10-01",
        ])
        .dev();
    assert_eq!(dev.get(ROOM).status, 200);
}

#[test]
fn every_address_of_a_host_name_is_served_on_one_port() {
    let dev =
        Project::inline("export default class { onRequest() { return new Response('here'); } }")
            .args(&["--host", "localhost"])
            .dev();
    let addresses: HashSet<SocketAddr> = ("localhost", dev.port())
        .to_socket_addrs()
        .expect("it has an address")
        .collect();
    for address in addresses {
        assert!(
            dev.stdout().contains(&format!("http://{address}\n")),
            "{address}"
        );
        let mut stream = TcpStream::connect(address).expect("somebody listens");
        let request = format!("GET {ROOM} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it is read");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        assert!(answer.ends_with("here"), "{answer}");
    }
}
