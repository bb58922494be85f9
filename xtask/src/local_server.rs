//! A server of GETs for what commands start: on a free port of this machine, until the command ends. Owns HTTP;
//! what stands at a path is the command's.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;

/// Media type and bytes of what stands at a path.
pub type Page = (&'static str, Vec<u8>);

/// A server that has its port, and answers nobody yet.
pub struct LocalServer {
    listener: TcpListener,
    /// The URL to put before paths.
    pub base: String,
}

impl LocalServer {
    /// # Errors
    /// When no port is free.
    pub fn bind() -> io::Result<LocalServer> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let base = format!("http://{}", listener.local_addr()?);
        Ok(LocalServer { listener, base })
    }

    /// Answers with what `find` has at the path of a request, which comes as it was sent, without a query.
    pub fn answer_with(self, find: impl Fn(&str) -> Option<Page> + Send + Sync + 'static) {
        let find = Arc::new(find);
        std::thread::spawn(move || {
            for stream in self.listener.incoming().filter_map(Result::ok) {
                let find = find.clone();
                // Whoever asked and went away needs no answer.
                std::thread::spawn(move || drop(answer(&*find, &stream)));
            }
        });
    }
}

fn answer(find: &dyn Fn(&str) -> Option<Page>, mut stream: &TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let (status, (kind, body)) = match find(path(&request)) {
        Some(page) => ("200 OK", page),
        None => ("404 Not Found", ("application/json", b"{}".to_vec())),
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    stream.write_all(&body)
}

fn path(request: &str) -> &str {
    let target = request.split(' ').nth(1).unwrap_or("/");
    target.split(['?', '#']).next().unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn paths_are_answered_and_queries_left_out() {
        let server = LocalServer::bind().expect("a port is free");
        let address = server.base.replacen("http://", "", 1);
        server.answer_with(|path| (path == "/a%2fb").then(|| ("text/plain", b"here".to_vec())));
        let get = |target: &str| {
            let mut stream = TcpStream::connect(&address).expect("it listens");
            write!(stream, "GET {target} HTTP/1.1\r\nHost: a\r\n\r\n").expect("it reads");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).expect("it answers");
            answer
        };
        let found = get("/a%2fb?x=1");
        assert!(
            found.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain"),
            "{found}"
        );
        assert!(found.ends_with("\r\n\r\nhere"), "{found}");
        assert!(get("/b").starts_with("HTTP/1.1 404"));
    }
}
