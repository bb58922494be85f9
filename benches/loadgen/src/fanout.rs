//! WebSocket fan-out: one sender, many receivers in the same room, a window of messages under way. A
//! message is done when every receiver has it; each delivery's latency counts. Never touches frames'
//! bits.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::error::LoadError;
use crate::socket::{Socket, encode_text};
use crate::stats::{PATIENCE, Plan, Report, Tally, Window};

/// Handshakes under way at once while the receivers connect.
const CONNECTING: usize = 32;

/// A server may answer 101 a moment before the room counts the socket as connected.
const SETTLE: Duration = Duration::from_millis(300);

/// Sends messages of `size` bytes to `receivers` sockets, `window` messages at a time.
pub async fn run(
    addr: SocketAddr,
    path: &str,
    receivers: usize,
    window: usize,
    size: usize,
    plan: Plan,
) -> Result<Report, LoadError> {
    let started = Instant::now();
    let mut sender = Socket::connect(addr, path).await?;
    let sockets = connect(addr, path, receivers).await?;
    let set_up = started.elapsed();
    tokio::time::sleep(SETTLE).await;

    let counted = plan.begin();
    let board = Rc::new(Board {
        state: RefCell::new(State {
            oldest: 0,
            open: VecDeque::new(),
            tally: Tally::default(),
        }),
        completed: Notify::new(),
        receivers,
        counted,
    });
    let mut tasks = JoinSet::new();
    for mut socket in sockets {
        let board = Rc::clone(&board);
        tasks.spawn_local(async move {
            loop {
                let now = std::cell::LazyCell::new(Instant::now);
                if let Err(error) = socket.read(|message| board.delivered(message, *now)).await {
                    board.state.borrow_mut().tally.failed(error);
                    return;
                }
            }
        });
    }
    let outcome = send(&mut sender, &board, window, size).await;
    tasks.shutdown().await;
    let mut tally = std::mem::take(&mut board.state.borrow_mut().tally);
    if let Err(error) = outcome {
        tally.failed(error);
    }
    tally.report(counted.length(), set_up)
}

async fn send(
    sender: &mut Socket,
    board: &Board,
    window: usize,
    size: usize,
) -> Result<(), LoadError> {
    let mut frames = Vec::new();
    while !board.counted.is_over(Instant::now()) {
        while board.state.borrow().open.len() >= window {
            timeout(PATIENCE, board.completed.notified())
                .await
                .map_err(|_| LoadError::Silence(PATIENCE))?;
        }
        frames.clear();
        board.fill(window, size, &mut frames);
        sender.write(&frames).await?;
    }
    Ok(())
}

async fn connect(addr: SocketAddr, path: &str, count: usize) -> Result<Vec<Socket>, LoadError> {
    let turns = Rc::new(Semaphore::new(CONNECTING));
    let mut tasks = JoinSet::new();
    for _ in 0..count {
        let (turns, path) = (Rc::clone(&turns), path.to_owned());
        tasks.spawn_local(async move {
            let _turn = turns
                .acquire()
                .await
                .expect("the semaphore is never closed");
            timeout(PATIENCE, Socket::connect(addr, &path))
                .await
                .unwrap_or(Err(LoadError::Silence(PATIENCE)))
        });
    }
    tasks.join_all().await.into_iter().collect()
}

/// What the sender and the receivers share.
struct Board {
    state: RefCell<State>,
    /// Rung when a message has reached every receiver.
    completed: Notify,
    receivers: usize,
    counted: Window,
}

struct State {
    /// Number of the message at the front of `open`.
    oldest: u64,
    open: VecDeque<Open>,
    tally: Tally,
}

/// A message that some receiver still lacks.
struct Open {
    sent: Instant,
    missing: usize,
}

impl Board {
    /// Opens messages until `window` are under way; their frames go to `frames`.
    fn fill(&self, window: usize, size: usize, frames: &mut Vec<u8>) {
        let mut state = self.state.borrow_mut();
        while state.open.len() < window {
            let number = state.oldest + state.open.len() as u64;
            encode_text(&message(number, size), frames);
            state.open.push_back(Open {
                sent: Instant::now(),
                missing: self.receivers,
            });
        }
    }

    fn delivered(&self, message: &[u8], now: Instant) {
        let mut state = self.state.borrow_mut();
        let State {
            oldest,
            open,
            tally,
        } = &mut *state;
        let known = number(message)
            .and_then(|number| number.checked_sub(*oldest))
            .and_then(|index| open.get_mut(usize::try_from(index).ok()?));
        let Some(entry) = known else {
            let text = String::from_utf8_lossy(message).chars().take(80).collect();
            tally.failed(LoadError::WrongEcho(text));
            return;
        };
        entry.missing -= 1;
        match self.counted.counts(now) {
            true => tally.done(now - entry.sent),
            false => tally.unheeded(),
        }
        while open.front().is_some_and(|entry| entry.missing == 0) {
            open.pop_front();
            *oldest += 1;
            self.completed.notify_one();
        }
    }
}

/// `all:` asks the benchmark's project for a broadcast; the number names the message.
fn message(number: u64, size: usize) -> Vec<u8> {
    format!("{:.<size$}", format!("all:{number:010}")).into_bytes()
}

fn number(message: &[u8]) -> Option<u64> {
    std::str::from_utf8(message.get(4..14)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(receivers: usize, open: usize) -> Board {
        let plan = Plan {
            warm_up: Duration::ZERO,
            counted: Duration::from_secs(60),
        };
        let sent = Instant::now();
        let open = (0..open)
            .map(|_| Open {
                sent,
                missing: receivers,
            })
            .collect();
        Board {
            state: RefCell::new(State {
                oldest: 0,
                open,
                tally: Tally::default(),
            }),
            completed: Notify::new(),
            receivers,
            counted: plan.begin(),
        }
    }

    #[test]
    fn a_message_names_itself_and_has_the_size_asked_for() {
        let text = message(42, 32);
        assert_eq!(text.len(), 32);
        assert_eq!(number(&text), Some(42));
        assert_eq!(number(b"all:"), None);
    }

    #[test]
    fn a_message_is_done_when_everybody_has_it_in_any_order() {
        let board = board(2, 2);
        let (first, second) = (message(0, 32), message(1, 32));
        board.delivered(&second, Instant::now());
        board.delivered(&second, Instant::now());
        assert_eq!(
            board.state.borrow().open.len(),
            2,
            "the first is still under way"
        );
        board.delivered(&first, Instant::now());
        board.delivered(&first, Instant::now());
        assert!(board.state.borrow().open.is_empty());
        let tally = std::mem::take(&mut board.state.borrow_mut().tally);
        let report = tally
            .report(Duration::from_secs(1), Duration::ZERO)
            .expect("four deliveries");
        assert!(
            serde_json::to_string(&report)
                .expect("plain")
                .contains("\"count\":4")
        );
    }

    #[test]
    fn a_message_nobody_sent_is_an_error() {
        let board = board(1, 1);
        board.delivered(&message(9, 32), Instant::now());
        let tally = std::mem::take(&mut board.state.borrow_mut().tally);
        assert!(
            tally
                .report(Duration::from_secs(1), Duration::ZERO)
                .is_err()
        );
    }
}
