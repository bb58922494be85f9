//! WebSocket echo: every connection keeps a fixed number of messages under way and times each round
//! trip. Checks that what comes back is what was sent. Never touches frames' bits.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Instant;

use tokio::task::JoinSet;
use tokio::time::timeout_at;

use crate::error::LoadError;
use crate::socket::{Socket, encode_text};
use crate::stats::{PATIENCE, Plan, Report, Tally, Window};

/// Opens one socket for each of `paths` and echoes `size` bytes over each, `in_flight` at a time.
pub async fn run(
    addr: SocketAddr,
    paths: Vec<String>,
    in_flight: usize,
    size: usize,
    plan: Plan,
) -> Result<Report, LoadError> {
    let started = Instant::now();
    let mut sockets = Vec::with_capacity(paths.len());
    for path in &paths {
        sockets.push(Socket::connect(addr, path).await?);
    }
    let set_up = started.elapsed();
    let tally = Rc::new(RefCell::new(Tally::default()));
    let window = plan.begin();
    let payload: Rc<[u8]> = vec![b'e'; size].into();
    let mut tasks = JoinSet::new();
    for socket in sockets {
        let (payload, tally) = (Rc::clone(&payload), Rc::clone(&tally));
        tasks.spawn_local(async move {
            let rounds = echo(socket, &payload, in_flight, window, &tally);
            let outcome = timeout_at(window.give_up().into(), rounds)
                .await
                .unwrap_or(Err(LoadError::Silence(PATIENCE)));
            if let Err(error) = outcome {
                tally.borrow_mut().failed(error);
            }
        });
    }
    tasks.join_all().await;
    tally.take().report(window.length(), set_up)
}

async fn echo(
    mut socket: Socket,
    payload: &[u8],
    in_flight: usize,
    window: Window,
    tally: &RefCell<Tally>,
) -> Result<(), LoadError> {
    let mut frame = Vec::new();
    encode_text(payload, &mut frame);
    let mut frames = frame.repeat(in_flight);
    // A server answers a connection's messages in order, so the oldest is always the next to return.
    let mut sent: VecDeque<Instant> = std::iter::repeat_n(Instant::now(), in_flight).collect();
    loop {
        socket.write(&frames).await?;
        frames.clear();
        let mut wrong = None;
        let mut returned = 0;
        while returned == 0 {
            socket
                .read(|message| {
                    returned += 1;
                    if message != payload {
                        wrong = Some(String::from_utf8_lossy(message).chars().take(80).collect());
                    }
                })
                .await?;
        }
        if let Some(message) = wrong {
            return Err(LoadError::WrongEcho(message));
        }
        let now = Instant::now();
        for _ in 0..returned {
            let Some(since) = sent.pop_front() else {
                return Err(LoadError::WrongEcho("one more than was sent".to_owned()));
            };
            match window.counts(now) {
                true => tally.borrow_mut().done(now - since),
                false => tally.borrow_mut().unheeded(),
            }
            sent.push_back(now);
            frames.extend(&frame);
        }
        if window.is_over(now) {
            return Ok(());
        }
    }
}
