//! Who listens on a port of this machine, as far as the system tells. Knows Linux' /proc only;
//! elsewhere, and of processes of other users, nothing is known.

use std::fs;
use std::path::Path;

/// The state of a socket that listens.
const LISTENS: &str = "0A";
/// Longest part of a command line that is shown.
const SHOWN: usize = 60;

/// The program that listens on `port`: its command line and number.
pub fn of(port: u16) -> Option<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(fs::read_to_string);
    let sockets: Vec<String> = tables
        .iter()
        .flatten()
        .flat_map(|table| listeners(table, port))
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    if sockets.is_empty() {
        return None;
    }
    let processes = fs::read_dir("/proc").ok()?.flatten();
    processes
        .map(|entry| entry.path())
        .filter(|process| process.file_name().is_some_and(is_number))
        .find(|process| holds(process, &sockets))
        .and_then(|process| description(&process))
}

fn is_number(name: &std::ffi::OsStr) -> bool {
    name.as_encoded_bytes().iter().all(u8::is_ascii_digit)
}

/// The numbers of the sockets in a table of the system that listen on `port`.
fn listeners(table: &str, port: u16) -> Vec<&str> {
    let local = format!(":{port:04X}");
    let rows = table.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let listens = fields.get(3) == Some(&LISTENS) && fields.get(1)?.ends_with(&local);
        listens.then(|| fields.get(9).copied()).flatten()
    });
    rows.collect()
}

/// Whether a process has one of the sockets open. Those of other users do not say.
fn holds(process: &Path, sockets: &[String]) -> bool {
    let files = fs::read_dir(process.join("fd"));
    files.into_iter().flatten().flatten().any(|file| {
        fs::read_link(file.path())
            .is_ok_and(|target| sockets.iter().any(|socket| target == Path::new(socket)))
    })
}

fn description(process: &Path) -> Option<String> {
    let number = process.file_name()?.to_str()?;
    let words = fs::read(process.join("cmdline")).ok()?;
    let words = String::from_utf8_lossy(&words).replace('\0', " ");
    Some(format!("`{}` (process {number})", shortened(words.trim())))
}

/// Without what a terminal would take for more than text.
fn shortened(command: &str) -> String {
    let plain = |c: char| if c.is_control() { '?' } else { c };
    let short: String = command.chars().take(SHOWN).map(plain).collect();
    match command.chars().count() > SHOWN {
        true => format!("{short}..."),
        false => short,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listening_sockets_are_found_by_their_port() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 00000000:07CF 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0\n   1: 0100007F:07CF 0100007F:C000 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0\n   2: 00000000:17CF 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0\n";
        assert_eq!(listeners(table, 1999), ["4711"]);
        assert_eq!(listeners(table, 6095), ["4713"]);
        assert!(listeners(table, 80).is_empty());
    }

    #[test]
    fn long_command_lines_are_cut() {
        assert_eq!(shortened("node server.js"), "node server.js");
        assert_eq!(shortened("a\x1bb"), "a?b");
        assert_eq!(shortened(&"x".repeat(80)).len(), SHOWN + 3);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_program_that_listens_is_named() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port exists");
        let port = listener.local_addr().expect("it is bound").port();
        let owner = of(port).expect("it is this one");
        let number = format!("(process {})", std::process::id());
        assert!(owner.contains(&number), "{owner}");
    }
}
