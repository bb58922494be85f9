//! `connect` of `cloudflare:sockets`: outgoing TCP.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use serde_json::json;

use crate::node_builtins::answer;

/// A server on a free port that gives each connection to `serve`.
fn listen(serve: impl Fn(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it listens").port();
    thread::spawn(move || listener.incoming().flatten().for_each(serve));
    port
}

fn echo(mut stream: TcpStream) {
    let mut buffer = vec![0; 65_536];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        if stream.write_all(&buffer[..count]).is_err() {
            return;
        }
    }
}

const IMPORT: &str = "import { connect } from 'cloudflare:sockets';";

/// Row 217.
#[test]
fn socket_carries_bytes_both_ways() {
    let port = listen(echo);
    let value = answer(
        IMPORT,
        &format!(
            "const socket = connect('127.0.0.1:{port}'); const info = await socket.opened;
             const writer = socket.writable.getWriter(), reader = socket.readable.getReader();
             await writer.write(new TextEncoder().encode('hello')); const {{ value }} = await reader.read();
             const sent = 3_000_000; let received = 0;
             const writing = (async () => {{ for (let at = 0; at < sent; at += 100_000) await writer.write(new Uint8Array(100_000)); }})();
             while (received < sent) received += (await reader.read()).value.length;
             await writing; await socket.close();
             return [info.remoteAddress, new TextDecoder().decode(value), received, await socket.closed ?? 'closed', (await reader.read()).done]"
        ),
    );
    assert_eq!(
        value,
        json!([
            format!("127.0.0.1:{port}"),
            "hello",
            3_000_000,
            "closed",
            true
        ])
    );
}

/// Row 217.
#[test]
fn half_open_socket_still_writes() {
    let port = listen(|mut stream| {
        stream.write_all(b"bye").expect("the room reads");
        stream.shutdown(Shutdown::Write).expect("it is open");
        let mut rest = String::new();
        let _ = stream.read_to_string(&mut rest);
        let seen = TcpStream::connect(("127.0.0.1", rest.trim().parse().unwrap_or(9)));
        drop(seen);
    });
    let value = answer(
        IMPORT,
        &format!(
            "const socket = connect({{ hostname: '127.0.0.1', port: {port} }}, {{ allowHalfOpen: true }});
             const text = await new Response(socket.readable).text(); const writer = socket.writable.getWriter();
             await writer.write(new TextEncoder().encode('still here')); await writer.close(); await socket.closed;
             const other = connect('127.0.0.1:{port}'); await new Response(other.readable).text(); await other.closed;
             return [text, 'closed']"
        ),
    );
    assert_eq!(value, json!(["bye", "closed"]));
}

/// Row 217.
#[test]
fn failures_of_a_socket_reject() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .expect("a free port")
        .local_addr()
        .expect("it listens")
        .port();
    let plain = listen(|mut stream| {
        let _ = stream.write_all(b"this is no TLS at all, only text");
    });
    let value = answer(
        IMPORT,
        &format!(
            "const said = []; const attempt = async (call) => {{ try {{ await call(); said.push('worked'); }} catch (error) {{ said.push(error.message); }} }};
             const refused = connect('127.0.0.1:{closed}'); await attempt(() => refused.opened); await attempt(() => refused.closed);
             await attempt(() => connect('127.0.0.1:{plain}', {{ secureTransport: 'on' }}).opened);
             const socket = connect('127.0.0.1:{plain}', {{ secureTransport: 'starttls' }}); await socket.opened; await attempt(() => socket.startTls().opened);
             await attempt(() => connect('nonsense')); await attempt(() => connect('127.0.0.1:{plain}').startTls());
             return said"
        ),
    );
    let said = |index: usize| value[index].as_str().expect("a message");
    assert!(
        said(0).contains("Could not connect to `127.0.0.1:"),
        "{value}"
    );
    assert!(said(1).contains("Could not connect"), "{value}");
    assert!(
        said(2).contains("TLS handshake with `127.0.0.1` failed"),
        "{value}"
    );
    assert!(
        said(3).contains("TLS handshake with `127.0.0.1` failed"),
        "{value}"
    );
    assert_eq!(said(4), "Specified address could not be parsed.");
    assert!(said(5).contains("\"starttls\""), "{value}");
}
