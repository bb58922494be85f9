//! `kill -9` under writes, a few times: `cargo xtask attack --only kills` does it a thousand times and says
//! what counts as lost, torn and doubled.

use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Dev, eventually};

const KILLS: u64 = 8;
const ROOMS: [&str; 3] = ["/parties/main/a", "/parties/main/b", "/parties/main/c"];

/// Writes until the server is gone; gives the last number that was acknowledged, and the last one sent.
fn write(port: u16, room: &str, from: u64) -> (u64, u64) {
    let mut acknowledged = from;
    loop {
        let number = acknowledged + 1;
        let path = format!("{room}?write={number}&alarm={}", number % 40);
        match request(port, &path) {
            Some(answer) if answer.starts_with("HTTP/1.1 200") => acknowledged = number,
            _ => return (acknowledged, number),
        }
    }
}

/// What is answered until the connection ends; `None` without a server.
fn request(port: u16, path: &str) -> Option<String> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).ok()?;
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

fn check(dev: &Dev, room: &str) -> Value {
    dev.json(&format!("{room}?check"))
}

#[test]
fn nothing_acknowledged_is_lost_no_batch_is_torn_and_no_alarm_comes_twice() {
    let mut dev = Dev::fixture("kills");
    let mut known = ROOMS.map(|_| (0, 0));
    for kill in 0..KILLS {
        let port = dev.port();
        thread::scope(|scope| {
            let writers: Vec<_> = ROOMS
                .iter()
                .zip(known)
                .map(|(room, (from, _))| scope.spawn(move || write(port, room, from)))
                .collect();
            thread::sleep(Duration::from_millis(30 + 25 * kill));
            dev.kill9();
            for (known, writer) in known.iter_mut().zip(writers) {
                *known = writer.join().expect("a writer ends with the server");
            }
        });
        dev.start_again();
        for (room, known) in ROOMS.iter().zip(&mut known) {
            let found = check(&dev, room);
            let number = found["number"].as_u64().expect("a number");
            assert!((known.0..=known.1).contains(&number), "{known:?} {found}");
            assert_eq!(found["torn"], false, "{found}");
            let rested = eventually("its alarms have run", || {
                let found = check(&dev, room);
                (found["pending"] == false).then_some(found)
            });
            assert_eq!(rested["doubled"], 0, "{rested}");
            assert_eq!(rested["set"], rested["ran"], "{rested}");
            *known = (number, number);
        }
    }
    let written: u64 = known.iter().map(|(acknowledged, _)| acknowledged).sum();
    assert!(written >= KILLS, "something was written: {written}");
}
