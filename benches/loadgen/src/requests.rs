//! HTTP loads: one path again and again, and first requests to many rooms. Never parses HTTP.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::error::LoadError;
use crate::http::{HttpConnection, encode_get};
use crate::stats::{PATIENCE, Plan, Report, Tally};

/// Keep-alive GETs of `path` over `connections`, each one request at a time.
pub async fn same_path(
    addr: SocketAddr,
    path: &str,
    connections: usize,
    plan: Plan,
) -> Result<Report, LoadError> {
    let started = Instant::now();
    let mut opened = Vec::with_capacity(connections);
    for _ in 0..connections {
        let mut connection = HttpConnection::new(addr);
        connection.open().await?;
        opened.push(connection);
    }
    let set_up = started.elapsed();
    let request: Rc<[u8]> = encode_get(addr, path).into();
    let tally = Rc::new(RefCell::new(Tally::default()));
    let window = plan.begin();
    let mut tasks = JoinSet::new();
    for mut connection in opened {
        let (request, tally) = (Rc::clone(&request), Rc::clone(&tally));
        tasks.spawn_local(async move {
            loop {
                let asked = Instant::now();
                if window.is_over(asked) || tally.borrow().is_hopeless() {
                    return;
                }
                let outcome = patiently(connection.ask(&request)).await;
                let answered = Instant::now();
                match outcome {
                    Ok(()) if window.counts(answered) => tally.borrow_mut().done(answered - asked),
                    Ok(()) => tally.borrow_mut().unheeded(),
                    Err(error) => tally.borrow_mut().failed(error),
                }
            }
        });
    }
    tasks.join_all().await;
    tally.take().report(window.length(), set_up)
}

/// One GET to each of `count` rooms, over `connections`, with `pause` before each.
pub async fn new_rooms(
    addr: SocketAddr,
    prefix: &str,
    count: usize,
    connections: usize,
    pause: Duration,
) -> Result<Report, LoadError> {
    let tally = Rc::new(RefCell::new(Tally::default()));
    let next = Rc::new(Cell::new(0));
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (tally, next) = (Rc::clone(&tally), Rc::clone(&next));
        let prefix = prefix.to_owned();
        tasks.spawn_local(async move {
            let mut connection = HttpConnection::new(addr);
            while next.get() < count && !tally.borrow().is_hopeless() {
                let request =
                    encode_get(addr, &format!("{prefix}{}", next.replace(next.get() + 1)));
                if !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
                let asked = Instant::now();
                match patiently(connection.ask(&request)).await {
                    Ok(()) => tally.borrow_mut().done(asked.elapsed()),
                    Err(error) => tally.borrow_mut().failed(error),
                }
            }
        });
    }
    tasks.join_all().await;
    tally.take().report(started.elapsed(), Duration::ZERO)
}

async fn patiently<T>(answer: impl Future<Output = Result<T, LoadError>>) -> Result<T, LoadError> {
    timeout(PATIENCE, answer)
        .await
        .unwrap_or(Err(LoadError::Silence(PATIENCE)))
}
