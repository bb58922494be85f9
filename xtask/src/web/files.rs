//! The suite's files over HTTP, for scripts that fetch what is beside them. Serves nothing but GETs of files
//! below one folder, to this machine, until the command ends.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};

/// Serves `folder`; returns the URL to put before paths.
///
/// # Errors
/// When no port is free.
pub fn serve(folder: PathBuf) -> io::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let base = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        for stream in listener.incoming().filter_map(Result::ok) {
            let folder = folder.clone();
            std::thread::spawn(move || {
                // Whoever asked and went away needs no answer.
                let _ = answer(&folder, &stream);
            });
        }
    });
    Ok(base)
}

fn answer(folder: &Path, mut stream: &TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let target = request.split(' ').nth(1).unwrap_or("/");
    let path = target.split(['?', '#']).next().unwrap_or("/");
    let (status, body) = match below(folder, path).and_then(|file| fs::read(file).ok()) {
        Some(bytes) => ("200 OK", bytes),
        None => ("404 Not Found", Vec::new()),
    };
    let kind = media_type(path);
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    stream.write_all(&body)
}

/// The file of a path that does not leave the folder.
fn below(folder: &Path, path: &str) -> Option<PathBuf> {
    let path = Path::new(path.trim_start_matches('/'));
    let stays = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    stays.then(|| folder.join(path))
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("json") => "application/json",
        Some("js") => "text/javascript",
        Some("html") => "text/html",
        _ => "text/plain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_outside_are_not_served() {
        let folder = Path::new("/suite");
        assert_eq!(
            below(folder, "/url/a.json"),
            Some(folder.join("url/a.json"))
        );
        assert_eq!(below(folder, "/../secret"), None);
    }
}
