//! Many rooms for a long time, each used in every way at once: messages of 1 B to 1 MiB, sockets that
//! close or drop, writes that must not be lost once acknowledged, alarms that must come. Never decides
//! whether a figure is good.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::error::LoadError;
use crate::http::{HttpConnection, encode_get};
use crate::socket::{Socket, encode_binary, encode_text};

/// A room that has not answered by then is stuck, however busy the machine is.
const STUCK: Duration = Duration::from_secs(30);
/// Largest message that the server takes.
const LARGEST: u64 = 1 << 20;
const SOCKETS_PER_ROOM: usize = 3;
const PAUSE_MS: u64 = 60;
/// Longer than a room may be idle before it is evicted or falls asleep.
const LONG_PAUSE: Duration = Duration::from_secs(12);
const ALARM_MS: u64 = 500;

/// What was done, and what went wrong.
#[derive(Debug, Default, Serialize)]
pub struct SoakReport {
    pub messages: u64,
    pub bytes: u64,
    pub writes: u64,
    pub checks: u64,
    pub alarms: u64,
    pub opened: u64,
    pub closed: u64,
    pub dropped: u64,
    /// Sockets of rooms that do not hibernate which new code has closed.
    pub reloaded: u64,
    /// Acknowledged writes that a later read did not show.
    pub lost: u64,
    /// Requests, messages or alarms that never got their answer.
    pub stuck: u64,
    /// Anything else that no client should see.
    pub errors: u64,
    pub last_error: Option<String>,
}

type Shared = Rc<RefCell<SoakReport>>;

/// Uses `rooms` rooms at once, every other one of them hibernating, until `length` is over.
pub async fn run(addr: SocketAddr, rooms: usize, length: Duration) -> SoakReport {
    let report = Shared::default();
    let until = Instant::now() + length;
    let mut tasks = JoinSet::new();
    for number in 0..rooms {
        let mut room = Room::new(addr, number, report.clone());
        tasks.spawn_local(async move { room.live(until).await });
    }
    tasks.join_all().await;
    report.take()
}

/// Small numbers that differ from room to room and are the same in every run.
struct Dice(u64);

impl Dice {
    /// One of `0..sides` (xorshift64).
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    /// From 1 B to 1 MiB, each magnitude as often as the others.
    fn size(&mut self) -> usize {
        let top = 1 << self.roll(21);
        let size = (top + self.roll(top)).min(LARGEST);
        usize::try_from(size).expect("a mebibyte fits")
    }
}

/// The one client of a room, so that it knows what the room must have stored.
struct Room {
    addr: SocketAddr,
    path: String,
    hibernates: bool,
    dice: Dice,
    http: HttpConnection,
    sockets: Vec<Socket>,
    /// Newest number that was sent to be written, and newest that was acknowledged.
    written: u64,
    acknowledged: u64,
    /// An alarm that must have come by now and the count it must have raised.
    alarm: Option<(Instant, u64)>,
    report: Shared,
}

impl Room {
    fn new(addr: SocketAddr, number: usize, report: Shared) -> Self {
        let hibernates = number % 2 == 1;
        let party = if hibernates { "sleeper" } else { "main" };
        Room {
            addr,
            hibernates,
            path: format!("/parties/{party}/room-{number}"),
            dice: Dice(0x9e37_79b9_7f4a_7c15 ^ (number as u64 + 1)),
            http: HttpConnection::new(addr),
            sockets: Vec::new(),
            written: 0,
            acknowledged: 0,
            alarm: None,
            report,
        }
    }

    async fn live(&mut self, until: Instant) {
        while Instant::now() < until {
            match timeout(STUCK, self.step()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => self.failed(error),
                Err(_) => {
                    self.note(|report| report.stuck += 1);
                    self.failed(LoadError::Silence(STUCK));
                }
            }
            sleep(Duration::from_millis(self.dice.roll(PAUSE_MS))).await;
        }
        if let Ok(Err(error)) = timeout(STUCK, self.check()).await {
            self.failed(error);
        }
    }

    async fn step(&mut self) -> Result<(), LoadError> {
        if self.alarm.is_some_and(|(due, _)| due < Instant::now()) {
            return self.check_alarm().await;
        }
        match self.dice.roll(1000) {
            0..400 => self.message().await,
            400..600 => self.put_by_socket().await,
            600..700 => self.put_by_request().await,
            700..800 => self.check().await,
            800..890 => self.close().await,
            890..980 => {
                if self.sockets.pop().is_some() {
                    self.note(|report| report.dropped += 1);
                }
                Ok(())
            }
            980..995 => self.set_alarm().await,
            _ => {
                sleep(LONG_PAUSE).await;
                Ok(())
            }
        }
    }

    /// Counts an error, unless it is what a reload does to sockets: whoever has not read the Close
    /// frame in time finds the connection broken.
    fn failed(&mut self, error: LoadError) {
        let mut report = self.report.borrow_mut();
        let ended = matches!(
            error,
            LoadError::ClosedWithCode(1012) | LoadError::Closed | LoadError::Broken(_)
        );
        if ended && !self.hibernates {
            report.reloaded += 1;
            return;
        }
        report.errors += 1;
        report.last_error = Some(format!("{}: {error}", self.path));
    }

    fn note(&self, change: impl FnOnce(&mut SoakReport)) {
        change(&mut self.report.borrow_mut());
    }

    async fn ask(&mut self, query: &str) -> Result<u64, LoadError> {
        let request = encode_get(self.addr, &format!("{}?{query}", self.path));
        let mut outcome = self.http.text(&request).await;
        if matches!(outcome, Err(LoadError::Closed | LoadError::Broken(_))) {
            // A server ends connections that have been idle (RFC 9112, section 9.5), perhaps just as
            // this request was sent; asking twice changes nothing in what is asked here.
            outcome = self.http.text(&request).await;
        }
        let text = outcome.map_err(|error| match error {
            // Not to be taken for a socket's end.
            LoadError::Closed | LoadError::Broken(_) => LoadError::NotHttp(error.to_string()),
            other => other,
        })?;
        text.parse().map_err(|_| LoadError::NotHttp(text))
    }

    /// A socket to use, taken out of the list: one that breaks does not come back.
    async fn socket(&mut self) -> Result<Socket, LoadError> {
        let open = self.sockets.len();
        if open > 0 && (open == SOCKETS_PER_ROOM || self.dice.roll(4) > 0) {
            let chosen = usize::try_from(self.dice.roll(open as u64)).expect("a small number");
            return Ok(self.sockets.swap_remove(chosen));
        }
        let socket = Socket::connect(self.addr, &self.path).await?;
        self.note(|report| report.opened += 1);
        Ok(socket)
    }

    async fn message(&mut self) -> Result<(), LoadError> {
        let payload = vec![b'a' + (self.dice.roll(26) as u8); self.dice.size()];
        let mut frame = Vec::new();
        match self.dice.roll(2) {
            0 => encode_text(&payload, &mut frame),
            _ => encode_binary(&payload, &mut frame),
        }
        let mut socket = self.socket().await?;
        echo(&mut socket, &frame, &payload).await?;
        self.sockets.push(socket);
        self.note(|report| {
            report.messages += 1;
            report.bytes += payload.len() as u64;
        });
        Ok(())
    }

    async fn put_by_socket(&mut self) -> Result<(), LoadError> {
        let mut socket = self.socket().await?;
        self.written += 1;
        let payload = format!("put:{}", self.written).into_bytes();
        let mut frame = Vec::new();
        encode_text(&payload, &mut frame);
        echo(&mut socket, &frame, &payload).await?;
        self.stored();
        self.sockets.push(socket);
        Ok(())
    }

    async fn put_by_request(&mut self) -> Result<(), LoadError> {
        self.written += 1;
        self.ask(&format!("put={}", self.written)).await?;
        self.stored();
        Ok(())
    }

    fn stored(&mut self) {
        self.acknowledged = self.written;
        self.note(|report| report.writes += 1);
    }

    /// The room must have what it acknowledged, or something newer that it was sent.
    async fn check(&mut self) -> Result<(), LoadError> {
        let (least, most) = (self.acknowledged, self.written);
        let found = self.ask("get").await?;
        self.note(|report| report.checks += 1);
        if (least..=most).contains(&found) {
            return Ok(());
        }
        self.note(|report| report.lost += 1);
        Err(LoadError::Lost { least, most, found })
    }

    async fn close(&mut self) -> Result<(), LoadError> {
        let Some(socket) = self.sockets.pop() else {
            return Ok(());
        };
        match socket.close().await {
            // Its own code, or none when the server had closed it just before.
            LoadError::ClosedWithCode(1000) => {
                self.note(|report| report.closed += 1);
                Ok(())
            }
            other => Err(other),
        }
    }

    async fn set_alarm(&mut self) -> Result<(), LoadError> {
        if self.alarm.is_some() {
            return Ok(());
        }
        let before = self.ask("alarms").await?;
        self.ask(&format!("alarm={ALARM_MS}")).await?;
        let due = Duration::from_millis(ALARM_MS) + STUCK;
        self.alarm = Some((Instant::now() + due, before + 1));
        Ok(())
    }

    async fn check_alarm(&mut self) -> Result<(), LoadError> {
        let Some((_, expected)) = self.alarm.take() else {
            return Ok(());
        };
        match self.ask("alarms").await? {
            count if count >= expected => self.note(|report| report.alarms += 1),
            _ => {
                self.note(|report| report.stuck += 1);
                return Err(LoadError::NoAlarm);
            }
        }
        Ok(())
    }
}

/// Sends `frame` and waits for `payload` to come back.
async fn echo(socket: &mut Socket, frame: &[u8], payload: &[u8]) -> Result<(), LoadError> {
    socket.write(frame).await?;
    let mut returned = None;
    while returned.is_none() {
        socket
            .read(|message| returned = Some(message == payload))
            .await?;
    }
    match returned {
        Some(true) => Ok(()),
        _ => Err(LoadError::WrongEcho(format!("of {} bytes", payload.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_reach_from_one_byte_to_one_mebibyte() {
        let mut dice = Dice(42);
        let sizes: Vec<usize> = (0..10_000).map(|_| dice.size()).collect();
        assert_eq!(sizes.iter().min(), Some(&1));
        assert_eq!(sizes.iter().max(), Some(&(1 << 20)));
        let small = sizes.iter().filter(|size| **size < 1024).count();
        assert!((3_000..7_000).contains(&small), "{small}");
    }
}
