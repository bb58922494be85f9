//! Connections of random bytes, and of good ones that were changed: heads of requests, bodies, handshakes,
//! frames. Owns the changes and the verdict: the server lives, and others are answered as ever.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use super::chance::Chance;
use super::neighbour::Neighbour;
use super::server::Site;
use super::{Findings, Plan};
use crate::error::Failure;

/// Connections of one round, after which the server is looked at.
const ROUND: u32 = 200;
/// An answer is not waited for longer: many of these get none.
const PATIENCE: Duration = Duration::from_millis(3);
const WORST_GAP: Duration = Duration::from_millis(500);

const HANDSHAKE: &[u8] = b"GET /parties/main/r HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const REQUESTS: [&[u8]; 8] = [
    b"GET /parties/main/r HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /parties/main/r?a=%ff HTTP/1.1\r\nHost: localhost:1\r\nContent-Length: 5\r\n\r\nhello",
    b"POST /parties/main/r HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"PUT /parties/main/r HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    b"HEAD http://localhost/party/%2e%2e/x HTTP/1.1\r\nHost: b\r\nCookie: a=b\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\nOrigin: http://c\r\nAccess-Control-Request-Method: PUT\r\n\r\n",
    b"GET /a/../%00/\xc3\xa9 HTTP/1.0\r\nRange: bytes=0-,5-1\r\nIf-None-Match: \"a\"\r\n\r\n",
    b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
];
const FRAMES: [&[u8]; 10] = [
    b"\x81\x85\x01\x02\x03\x04iaolo",
    b"\x82\x80\0\0\0\0",
    b"\x01\x81\0\0\0\0a",
    b"\x00\x81\0\0\0\0b",
    b"\x80\x81\0\0\0\0c",
    b"\x89\x84\0\0\0\0ping",
    b"\x8a\x80\0\0\0\0",
    b"\x88\x82\0\0\0\0\x03\xe8",
    b"\x81\xfe\x00\x04\0\0\0\0abcd",
    b"\x82\xff\0\0\0\0\0\x10\0\0\0\0\0\0",
];

pub fn run(plan: &Plan<'_>) -> Result<Findings, Failure> {
    let folder = plan.workspace.target.join("attack/bytes");
    let project = plan.workspace.root.join("benches/project");
    let site = Site::new(&plan.program, &project, &folder)?.with("PARTYRUN_IDLE_MS", "1000");
    let mut server = site.start()?;
    let mut neighbour = Neighbour::start(server.port, "/parties/main/neighbour");
    let mut findings = Findings::default();
    let (mut round, mut worst) = (0_u64, Duration::ZERO);
    let begun = Instant::now();
    while begun.elapsed() < plan.lasts {
        let mut chance = Chance::new(plan.seed, 1000 + round);
        for _ in 0..ROUND {
            let bytes = connection(&mut chance);
            send(server.port, &bytes, &mut chance);
        }
        if let Some(status) = server.ended() {
            findings.fault(format!(
                "round {round} ended the server: {status}\n{}",
                site.last_words()
            ));
            server = site.start()?;
            neighbour = Neighbour::start(server.port, "/parties/main/neighbour");
        }
        let gap = neighbour.worst_gap();
        worst = worst.max(gap);
        if gap > WORST_GAP {
            findings.fault(format!(
                "round {round} kept others waiting for {} ms",
                gap.as_millis()
            ));
        }
        round += 1;
    }
    findings.figure(format!(
        "{} connections, others waited for {} ms at most, {} MiB at the end",
        round * u64::from(ROUND),
        worst.as_millis(),
        server.memory().unwrap_or(0)
    ));
    Ok(findings)
}

/// What one client sends.
fn connection(chance: &mut Chance) -> Vec<u8> {
    let mut bytes = match chance.below(8) {
        0 => {
            return (0..chance.below(200))
                .map(|_| chance.number() as u8)
                .collect();
        }
        1..4 => chance.of::<&[u8]>(&REQUESTS).to_vec(),
        _ => {
            let frames: Vec<&[u8]> = (0..chance.below(8)).map(|_| *chance.of(&FRAMES)).collect();
            let mut frames = frames.concat();
            change(&mut frames, chance);
            return [HANDSHAKE, &frames].concat();
        }
    };
    while chance.one_in(2) {
        let next: &[u8] = chance.of::<&[u8]>(&REQUESTS);
        bytes.extend_from_slice(next);
    }
    change(&mut bytes, chance);
    bytes
}

/// Changes a few bytes in one of the ways in which parsers are fooled.
fn change(bytes: &mut Vec<u8>, chance: &mut Chance) {
    for _ in 0..chance.below(6) {
        if bytes.is_empty() {
            return;
        }
        let at = chance.index(bytes.len());
        match chance.below(7) {
            0 => bytes[at] = chance.number() as u8,
            1 => bytes[at] ^= 1 << chance.below(8),
            2 => bytes.truncate(at),
            3 => {
                bytes.remove(at);
            }
            4 => bytes.insert(at, *chance.of(b"\r\n\0 :,;%/\\\xff")),
            5 => {
                let end = (at + chance.index(20)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let many = vec![bytes[at]; chance.index(3000)];
                bytes.splice(at..at, many);
            }
        }
    }
}

/// Sends in pieces, reads a little, and leaves in one way or another.
fn send(port: u16, bytes: &[u8], chance: &mut Chance) {
    let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else {
        return;
    };
    let _ = stream.set_nodelay(true);
    let _ = stream.set_read_timeout(Some(PATIENCE));
    let mut rest = bytes;
    while !rest.is_empty() {
        let length = match chance.one_in(3) {
            true => 1 + chance.index(rest.len()),
            false => rest.len(),
        };
        let (piece, after) = rest.split_at(length);
        if stream.write_all(piece).is_err() {
            return;
        }
        rest = after;
    }
    if chance.one_in(4) {
        let _ = stream.shutdown(std::net::Shutdown::Write);
    }
    if !chance.one_in(3) {
        let _ = stream.read(&mut [0; 4096]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_what_is_sent() {
        let sent = |seed| {
            let mut chance = Chance::new(seed, 0);
            (0..50).map(|_| connection(&mut chance)).collect::<Vec<_>>()
        };
        assert_eq!(sent(3), sent(3));
        assert_ne!(sent(3), sent(4));
    }
}
