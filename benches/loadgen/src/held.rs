//! Sockets in many rooms that stay open: after a rest one of each room sends a message, one room after another, and
//! waits for it to come back. Never decides whether the rooms sleep meanwhile.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::error::LoadError;
use crate::socket::{Socket, encode_text};
use crate::stats::{PATIENCE, Plan, Report, Tally};

const PAYLOAD: &[u8] = b"Is anybody there?";

/// How many of what.
#[derive(Clone, Copy)]
pub struct Crowd {
    pub rooms: usize,
    /// Sockets of each room.
    pub each: usize,
    /// Sockets that are opened at a time.
    pub connections: usize,
    /// Rooms that get a message, evenly spread.
    pub messages: usize,
}

/// Opens all sockets, says so, lets them rest, and times the messages. What could not be opened, or did not come
/// back, is an error of the report.
pub async fn run(
    addr: SocketAddr,
    prefix: &str,
    crowd: Crowd,
    rest: Duration,
) -> Result<Report, LoadError> {
    let tally = Rc::new(RefCell::new(Tally::default()));
    let started = Instant::now();
    let mut sockets = open(addr, prefix, crowd, &tally).await;
    let set_up = started.elapsed();
    Plan {
        warm_up: rest,
        counted: Duration::ZERO,
    }
    .begin();
    sleep(rest).await;
    let started = Instant::now();
    let mut frame = Vec::new();
    encode_text(PAYLOAD, &mut frame);
    let step = (crowd.rooms / crowd.messages.max(1)).max(1);
    for room in sockets.iter_mut().step_by(step) {
        let Some(socket) = room.first_mut() else {
            // That it could not be opened is counted.
            continue;
        };
        let sent = Instant::now();
        let outcome = timeout(PATIENCE, echo(socket, &frame)).await;
        match outcome.unwrap_or(Err(LoadError::Silence(PATIENCE))) {
            Ok(()) => tally.borrow_mut().done(sent.elapsed()),
            Err(error) => tally.borrow_mut().failed(error),
        }
        if tally.borrow().is_hopeless() {
            break;
        }
    }
    tally.take().report(started.elapsed(), set_up)
}

/// The sockets of each room; those of one room are opened close to each other.
async fn open(
    addr: SocketAddr,
    prefix: &str,
    crowd: Crowd,
    tally: &Rc<RefCell<Tally>>,
) -> Vec<Vec<Socket>> {
    let rooms = (0..crowd.rooms).map(|_| Vec::with_capacity(crowd.each));
    let opened: Rc<RefCell<Vec<Vec<Socket>>>> = Rc::new(RefCell::new(rooms.collect()));
    let next = Rc::new(Cell::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..crowd.connections {
        let (tally, next, opened) = (Rc::clone(tally), Rc::clone(&next), Rc::clone(&opened));
        let prefix = prefix.to_owned();
        tasks.spawn_local(async move {
            while next.get() < crowd.rooms * crowd.each && !tally.borrow().is_hopeless() {
                let room = next.replace(next.get() + 1) / crowd.each;
                let path = format!("{prefix}{room}");
                let outcome = timeout(PATIENCE, Socket::connect(addr, &path)).await;
                match outcome.unwrap_or(Err(LoadError::Silence(PATIENCE))) {
                    Ok(socket) => opened.borrow_mut()[room].push(socket),
                    Err(error) => tally.borrow_mut().failed(error),
                }
            }
        });
    }
    tasks.join_all().await;
    opened.take()
}

async fn echo(socket: &mut Socket, frame: &[u8]) -> Result<(), LoadError> {
    socket.write(frame).await?;
    let mut came = None;
    while came.is_none() {
        let take = |message: &[u8]| came = Some(message == PAYLOAD);
        socket.read(take).await?;
    }
    match came {
        Some(true) => Ok(()),
        _ => Err(LoadError::WrongEcho("another message".to_owned())),
    }
}
