//! Accepts connections and gives each its place among all requests: that of the first thing it says.
//! Owns those that have said nothing so far; never looks at what is said.
//!
//! The kernel tells of a new connection once, and of its first bytes only when it has been asked about
//! it. Whoever reads connections as they are accepted has one overtake another that came and spoke
//! before it; whoever waits to be told has clients that are known overtake new ones.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read};
use std::mem::take;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep};

/// Silent connections that are kept here at most. Browsers open a few in advance.
const MAX_SILENT: usize = 32;
/// Pauses after an accept that failed, for lack of descriptors for example: so that the loop does not
/// spin, and longer each time.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How long one may be silent before it is handed on all the same: its next owner has a limit too.
const SILENCE: Duration = Duration::from_secs(1);
const PIECE: usize = 4 << 10;

/// A connection whose turn it is.
pub struct Accepted {
    pub stream: TcpStream,
    pub peer: SocketAddr,
    /// What was read of it, if anything.
    pub first: Vec<u8>,
    has_place: bool,
}

/// A listener, and the connections that it has accepted and not handed on.
pub struct Acceptor {
    listener: TcpListener,
    /// Whether connections have their place when they speak, or when they come.
    reads: bool,
    silent: VecDeque<Accepted>,
    patience: Pin<Box<Sleep>>,
    pause: Pause,
}

/// Nothing is accepted until it is over; connections that have been accepted go on.
#[derive(Default)]
struct Pause {
    sleep: Option<Pin<Box<Sleep>>>,
    last: Duration,
}

impl Pause {
    fn begin(&mut self) {
        self.last = (self.last * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.sleep = Some(Box::pin(sleep(self.last)));
    }

    fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        if let Some(sleep) = &mut self.sleep {
            if sleep.as_mut().poll(cx).is_pending() {
                return false;
            }
            self.sleep = None;
        }
        true
    }

    /// A connection was accepted: the next failure is another one.
    fn forget(&mut self) {
        self.last = Duration::ZERO;
    }
}

impl Acceptor {
    /// `reads`: whether the first bytes may be taken off connections.
    pub fn new(listener: TcpListener, reads: bool) -> Self {
        Acceptor {
            listener,
            reads,
            silent: VecDeque::new(),
            patience: Box::pin(sleep(SILENCE)),
            pause: Pause::default(),
        }
    }

    /// Waits for connections whose turn it is, and gives them in order.
    ///
    /// # Errors
    /// When the system refuses a connection, for lack of descriptors for example. It is tried again after
    /// a pause.
    pub async fn next(&mut self) -> io::Result<Vec<Accepted>> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Vec<Accepted>>> {
        let refused = self.poll_accept(cx).err();
        // The latest first: whoever has said nothing when a later one has been found to have spoken
        // will say it after that one.
        for connection in self.silent.iter_mut().rev() {
            connection.listen(cx);
        }
        let too_many = self.silent.len().saturating_sub(MAX_SILENT);
        let is_late = !self.silent.is_empty() && self.patience.as_mut().poll(cx).is_ready();
        let mut ready = Vec::new();
        let all = take(&mut self.silent);
        for (number, connection) in all.into_iter().enumerate() {
            match connection.has_place || is_late || number < too_many {
                true => ready.push(connection),
                false => self.silent.push_back(connection),
            }
        }
        match refused {
            _ if !ready.is_empty() => Poll::Ready(Ok(ready)),
            // The next call waits for the end of the pause.
            Some(error) => Poll::Ready(Err(error)),
            None => Poll::Pending,
        }
    }

    /// Takes in all connections that have come.
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while self.pause.is_over(cx) {
            let Poll::Ready(accepted) = self.listener.poll_accept(cx) else {
                break;
            };
            let (stream, peer) = accepted.inspect_err(|_| self.pause.begin())?;
            self.pause.forget();
            if self.silent.is_empty() {
                self.patience.as_mut().reset(Instant::now() + SILENCE);
            }
            self.silent.push_back(Accepted {
                stream,
                peer,
                first: Vec::new(),
                has_place: !self.reads,
            });
        }
        Ok(())
    }
}

impl Accepted {
    /// Reads what has been said. Registers `cx` if that is nothing.
    fn listen(&mut self, cx: &mut Context<'_>) {
        if self.has_place {
            return;
        }
        // Past tokio, which would not try before the kernel has told it of this connection.
        let mut piece = [0; PIECE];
        let mut read = (&*SockRef::from(&self.stream)).read(&mut piece);
        while is_nothing(&read) {
            let Poll::Ready(Ok(())) = self.stream.poll_read_ready(cx) else {
                return;
            };
            read = self.stream.try_read(&mut piece);
        }
        self.has_place = true;
        // The end, or a failure, shows again when the next owner reads.
        self.first.extend_from_slice(&piece[..read.unwrap_or(0)]);
    }
}

fn is_nothing(read: &io::Result<usize>) -> bool {
    matches!(read, Err(error) if error.kind() == ErrorKind::WouldBlock)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpStream as Client;

    use tokio::task::yield_now;

    use super::*;

    struct Door {
        acceptor: Acceptor,
        address: SocketAddr,
    }

    async fn door() -> Door {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let acceptor = Acceptor::new(listener, true);
        Door { acceptor, address }
    }

    impl Door {
        fn client(&self) -> Client {
            Client::connect(self.address).expect("it listens")
        }

        /// What the connections said whose turn it is, which somebody's must be.
        async fn said(&mut self) -> Vec<String> {
            let ready = self.acceptor.next().await.expect("it accepts");
            let text =
                |connection: Accepted| String::from_utf8_lossy(&connection.first).into_owned();
            ready.into_iter().map(text).collect()
        }

        /// Accepts without anybody's having said something.
        async fn look(&mut self) {
            for _ in 0..3 {
                let nobody = poll_fn(|cx| Poll::Ready(self.acceptor.poll_next(cx))).await;
                assert!(nobody.is_pending());
                yield_now().await;
            }
        }
    }

    fn say(client: &mut Client, text: &str) {
        client.write_all(text.as_bytes()).expect("it is open");
    }

    #[tokio::test]
    async fn what_was_said_before_the_first_look_has_the_order_of_coming() {
        let mut door = door().await;
        let mut clients: Vec<_> = (0..9).map(|_| door.client()).collect();
        for (number, client) in clients.iter_mut().enumerate() {
            say(client, &number.to_string());
        }
        let mut said = Vec::new();
        while said.len() < clients.len() {
            said.extend(door.said().await);
        }
        assert_eq!(said.concat(), "012345678");
    }

    #[tokio::test]
    async fn what_is_said_later_has_the_order_of_saying() {
        let mut door = door().await;
        let (mut one, mut two) = (door.client(), door.client());
        door.look().await;
        say(&mut two, "two");
        assert_eq!(door.said().await, ["two"]);
        say(&mut one, "one");
        assert_eq!(door.said().await, ["one"]);
    }

    #[tokio::test]
    async fn one_that_comes_later_does_not_overtake_one_that_has_spoken() {
        let mut door = door().await;
        let mut elder = door.client();
        door.look().await;
        say(&mut elder, "elder");
        let mut later = door.client();
        say(&mut later, "later");
        let mut said = door.said().await;
        while said.len() < 2 {
            said.extend(door.said().await);
        }
        assert_eq!(said, ["elder", "later"]);
    }

    #[tokio::test]
    async fn pauses_become_longer_until_something_is_accepted() {
        let mut pause = Pause::default();
        let mut lengths = Vec::new();
        for _ in 0..7 {
            pause.begin();
            lengths.push(pause.last.as_millis());
        }
        assert_eq!(lengths, [50, 100, 200, 400, 800, 1000, 1000]);
        pause.forget();
        pause.begin();
        assert!(poll_fn(|cx| Poll::Ready(!pause.is_over(cx))).await);
        poll_fn(|cx| match pause.is_over(cx) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
        assert_eq!(pause.last, FIRST_PAUSE);
    }

    #[tokio::test]
    async fn silent_ones_are_handed_on() {
        let mut door = door().await;
        let clients: Vec<_> = (0..MAX_SILENT + 3).map(|_| door.client()).collect();
        assert_eq!(door.said().await, ["", "", ""]);
        drop(clients);
        let mut ended = 0;
        while ended < MAX_SILENT {
            ended += door.said().await.len();
        }
        let _silent = door.client();
        assert_eq!(door.said().await, [""]);
    }
}
