//! TLS over sockets of `cloudflare:sockets`, and a database driver that stands on it.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::{Value, json};

use crate::harness::{Project, ROOM, install_packages};
use crate::platform_websocket::{secure, trusted};

/// A server on a free port that gives each connection to `serve`, which ends with it.
fn listen(serve: impl Fn(TcpStream) -> io::Result<()> + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it listens").port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that goes away is no failure of the test.
            let _ = serve(stream);
        }
    });
    port
}

fn echo(mut stream: impl Read + Write) -> io::Result<()> {
    let mut buffer = vec![0; 65_536];
    while let count @ 1.. = stream.read(&mut buffer)? {
        stream.write_all(&buffer[..count])?;
    }
    Ok(())
}

/// What a room answers that trusts the server's certificate.
fn answer(body: &str) -> Value {
    let source = format!(
        "import {{ connect }} from 'cloudflare:sockets';
         const encode = (text) => new TextEncoder().encode(text), decode = (bytes) => new TextDecoder().decode(bytes);
         export default class {{ async onRequest() {{ return Response.json(await (async () => {{ {body} }})()); }} }}"
    );
    trusted(Project::inline(&source)).dev().json(ROOM)
}

/// Row 217.
#[test]
fn secure_socket_carries_bytes_both_ways() {
    let port = listen(|stream| echo(secure(stream)));
    let value = answer(&format!(
        "const socket = connect('localhost:{port}', {{ secureTransport: 'on', allowHalfOpen: false }}); await socket.opened;
         const writer = socket.writable.getWriter(), reader = socket.readable.getReader();
         await writer.write(encode('hello')); const first = decode((await reader.read()).value);
         const sent = 1_000_000; let received = 0;
         const writing = (async () => {{ for (let at = 0; at < sent; at += 50_000) await writer.write(new Uint8Array(50_000)); }})();
         while (received < sent) received += (await reader.read()).value.length;
         await writing; await socket.close();
         return [socket.secureTransport, socket.upgraded, first, received, await socket.closed ?? 'closed']"
    ));
    assert_eq!(value, json!(["on", false, "hello", 1_000_000, "closed"]));
}

/// Row 217: a name that the certificate does not have.
#[test]
fn certificate_must_be_of_the_server_that_is_expected() {
    let port = listen(|stream| echo(secure(stream)));
    let value = answer(&format!(
        "const said = []; const attempt = async (call) => {{ try {{ await call(); said.push('worked'); }} catch (error) {{ said.push(error.message); }} }};
         await attempt(() => connect('127.0.0.1:{port}', {{ secureTransport: 'on' }}).opened);
         await attempt(() => connect('127.0.0.1:{port}', {{ secureTransport: 'starttls' }}).startTls({{ expectedServerHostname: 'localhost' }}).opened);
         return said"
    ));
    let said = value[0].as_str().expect("a message");
    assert!(
        said.contains("The TLS handshake with `127.0.0.1` failed"),
        "{said}"
    );
    assert_eq!(value[1], json!("worked"));
}

/// Row 217.
#[test]
fn socket_goes_on_with_tls_when_both_sides_agree() {
    let port = listen(|mut stream| {
        let mut line = [0; 9];
        stream.read_exact(&mut line)?;
        stream.write_all(b"go ahead\n")?;
        echo(secure(stream))
    });
    let value = answer(&format!(
        "const plain = connect({{ hostname: 'localhost', port: {port} }}, {{ secureTransport: 'starttls' }});
         const before = plain.writable.getWriter(), heard = plain.readable.getReader();
         await before.write(encode('STARTTLS\\n')); const agreed = decode((await heard.read()).value);
         before.releaseLock(); heard.releaseLock();
         const socket = plain.startTls(); const info = await socket.opened;
         const writer = socket.writable.getWriter(), reader = socket.readable.getReader();
         await writer.write(encode('secret')); const text = decode((await reader.read()).value);
         let again; try {{ plain.startTls() }} catch (error) {{ again = error.message }}
         await plain.closed; await socket.close();
         return [agreed, text, plain.upgraded, socket.upgraded, plain.secureTransport, socket.secureTransport, again, info.remoteAddress === '127.0.0.1:{port}' || info.remoteAddress === '[::1]:{port}']"
    ));
    assert_eq!(
        value,
        json!([
            "go ahead\n",
            "secret",
            true,
            false,
            "starttls",
            "on",
            "startTls can only be called once.",
            true
        ])
    );
}

/// As much of PostgreSQL's protocol as one simple query needs: every answer is the row `1`.
fn database(mut stream: impl Read + Write) -> io::Result<()> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut startup = vec![0; u32::from_be_bytes(length) as usize - 4];
    stream.read_exact(&mut startup)?;
    let message = |kind: u8, body: &[u8]| {
        let length = u32::try_from(body.len() + 4).expect("it is short");
        [&[kind][..], &length.to_be_bytes(), body].concat()
    };
    let ready = message(b'Z', b"I");
    stream.write_all(&[message(b'R', &[0; 4]), ready.clone()].concat())?;
    loop {
        let mut head = [0; 5];
        stream.read_exact(&mut head)?;
        let length = u32::from_be_bytes(head[1..].try_into().expect("four bytes"));
        let mut body = vec![0; length as usize - 4];
        stream.read_exact(&mut body)?;
        if head[0] != b'Q' {
            return Ok(());
        }
        // One column, named "n", of the type int4.
        let column = b"\0\x01n\0\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0";
        let row = b"\0\x01\0\0\0\x011";
        let answer = [
            message(b'T', column),
            message(b'D', row),
            message(b'C', b"SELECT 1\0"),
            ready.clone(),
        ];
        stream.write_all(&answer.concat())?;
    }
}

/// Rows 213, 217.
#[test]
fn postgres_queries_a_database_with_and_without_tls() {
    install_packages("npm-node");
    let plain = listen(database);
    let tls = listen(|mut stream| {
        let mut request = [0; 8];
        stream.read_exact(&mut request)?;
        assert_eq!(request, [0, 0, 0, 8, 4, 210, 22, 47]);
        stream.write_all(b"S")?;
        database(secure(stream))
    });
    let source = format!(
        "import postgres from 'postgres';
         async function ask(port, ssl) {{
           const sql = postgres({{ host: 'localhost', port, user: 'ada', database: 'engine', ssl, max: 1, fetch_types: false }});
           const rows = await sql.unsafe('select 1 as n').simple(); await sql.end({{ timeout: 1 }}); return rows[0].n;
         }}
         export default class {{ async onRequest() {{ return Response.json([await ask({plain}, false), await ask({tls}, 'require')]); }} }}"
    );
    let project = Project::inline(&source).packages("npm-node");
    assert_eq!(trusted(project).dev().json(ROOM), json!([1, 1]));
}
