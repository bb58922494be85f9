//! Requests of a thread in the order in which they arrived, among what happened on its sockets: a
//! client that leaves and asks has left when its question is heard. Never delivers anything.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::host::{Inbox, Ticket};

/// Looks that one request waits for at most: a client that floods the thread must not keep the others
/// out forever.
const MAX_LOOKS: usize = 16;

/// A queue of requests. Each gets its place among the events of the sockets once those have been
/// looked at: the kernel may know of something that came before it and that no reader has read.
pub struct Arrivals<T> {
    placed: VecDeque<(Ticket, T)>,
    /// Those whose place is not known yet.
    new: VecDeque<T>,
    /// How many of `new` the latest look is for.
    looked_for: usize,
    looks: usize,
    /// The latest look did not see everything, because the inbox was full.
    is_partial: bool,
}

impl<T> Arrivals<T> {
    pub fn new() -> Self {
        Arrivals {
            placed: VecDeque::new(),
            new: VecDeque::new(),
            looked_for: 0,
            looks: 0,
            is_partial: false,
        }
    }

    pub fn push(&mut self, request: T) {
        self.new.push_back(request);
    }

    pub fn is_empty(&self) -> bool {
        self.placed.is_empty() && self.new.is_empty()
    }

    /// Gives requests their places as far as that is possible by now; the loop is woken when more is.
    /// Without `sockets` there is nothing to look at. Call it before events are taken from `inbox`.
    pub fn place(&mut self, inbox: &Rc<Inbox>, sockets: bool) {
        if self.new.is_empty() {
            return;
        }
        if !sockets {
            return self.place_first(self.new.len(), inbox);
        }
        if inbox.is_looking() {
            return;
        }
        if self.looked_for > 0 {
            if inbox.is_full() && self.looks < MAX_LOOKS {
                // The readers go on when some of it has been delivered.
                self.is_partial = true;
                return;
            }
            if std::mem::take(&mut self.is_partial) {
                self.looks += 1;
                return inbox.look();
            }
            self.place_first(self.looked_for, inbox);
        }
        if !self.new.is_empty() {
            self.looked_for = self.new.len();
            self.looks = 1;
            inbox.look();
        }
    }

    fn place_first(&mut self, count: usize, inbox: &Inbox) {
        let seen = self.new.drain(..count);
        self.placed
            .extend(seen.map(|request| (inbox.ticket(), request)));
        self.looked_for = 0;
        self.is_partial = false;
    }

    /// The place of the first request that has one.
    pub fn first(&self) -> Option<Ticket> {
        self.placed.front().map(|(ticket, _)| *ticket)
    }

    /// The first request, if it has a place.
    pub fn pop(&mut self) -> Option<T> {
        self.placed.pop_front().map(|(_, request)| request)
    }

    /// The first request that `wanted` names, whatever its place.
    pub fn take(&mut self, wanted: impl Fn(&T) -> bool) -> Option<T> {
        if let Some(at) = self.placed.iter().position(|(_, request)| wanted(request)) {
            return self.placed.remove(at).map(|(_, request)| request);
        }
        let at = self.new.iter().position(wanted)?;
        if at < self.looked_for {
            self.looked_for -= 1;
        }
        self.new.remove(at)
    }

    /// All of them, in order.
    pub fn drain(&mut self) -> impl Iterator<Item = T> {
        self.looked_for = 0;
        self.is_partial = false;
        let placed = self.placed.drain(..).map(|(_, request)| request);
        placed.chain(self.new.drain(..))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::Shutdown;

    use partyrun_ops::message::Message;
    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpStream;
    use tokio::task::{LocalSet, spawn_local};

    use super::*;
    use crate::host::SocketEvent;

    /// Runs `test` as a room's thread runs its loop: as the main future of a set of local tasks.
    fn on_a_thread<T>(test: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime can be made");
        LocalSet::new().block_on(&runtime, test)
    }

    fn text() -> Message {
        Message::Text("x".into())
    }

    /// Two ends of a connection; what happens on the far one is an event `id` in `inbox`.
    fn watched(inbox: &Rc<Inbox>, id: u32) -> std::net::TcpStream {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let far = std::net::TcpStream::connect(address).expect("it listens");
        let (near, _) = listener.accept().expect("it was connected to");
        near.set_nonblocking(true).expect("a socket takes options");
        let mut near = TcpStream::from_std(near).expect("the runtime takes it");
        let inbox = inbox.clone();
        spawn_local(async move {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = near.read(&mut bytes).await {
                for _ in 0..read {
                    inbox.push(SocketEvent::Message(id, text())).await;
                }
            }
            inbox.push(SocketEvent::lost(id)).await;
        });
        far
    }

    /// Waits, as the loop does, until something may be delivered. `None` is a request.
    async fn next(arrivals: &mut Arrivals<u32>, inbox: &Rc<Inbox>) -> Option<u32> {
        std::future::poll_fn(|cx| {
            inbox.register(cx.waker());
            if inbox.is_looking() {
                return std::task::Poll::Pending;
            }
            arrivals.place(inbox, true);
            let first = arrivals.first();
            if first.is_none_or(|ticket| inbox.precedes(ticket))
                && let Some(event) = inbox.pop()
            {
                return std::task::Poll::Ready(Some(event.socket()));
            }
            match arrivals.pop() {
                Some(_) => std::task::Poll::Ready(None),
                None => std::task::Poll::Pending,
            }
        })
        .await
    }

    #[test]
    fn what_the_kernel_knows_of_sockets_comes_before_a_request() {
        on_a_thread(async {
            let inbox = Rc::new(Inbox::default());
            let mut arrivals = Arrivals::new();
            let far: Vec<_> = (0..20).map(|id| watched(&inbox, id)).collect();
            // The readers wait for the kernel.
            tokio::task::yield_now().await;
            for socket in &far {
                socket.shutdown(Shutdown::Both).expect("it is connected");
            }
            arrivals.push(99);
            for id in 0..20 {
                assert_eq!(next(&mut arrivals, &inbox).await, Some(id));
            }
            assert_eq!(next(&mut arrivals, &inbox).await, None);
        });
    }

    #[test]
    fn a_socket_that_was_never_polled_is_looked_at_too() {
        on_a_thread(async {
            let inbox = Rc::new(Inbox::default());
            let mut arrivals = Arrivals::new();
            drop(watched(&inbox, 7));
            arrivals.push(99);
            assert_eq!(next(&mut arrivals, &inbox).await, Some(7));
            assert_eq!(next(&mut arrivals, &inbox).await, None);
        });
    }

    #[test]
    fn more_than_the_inbox_holds_comes_before_a_request() {
        on_a_thread(async {
            let inbox = Rc::new(Inbox::default());
            let mut arrivals = Arrivals::new();
            let mut far = watched(&inbox, 7);
            far.write_all(&[1; 2_000]).expect("the kernel takes it");
            arrivals.push(99);
            for _ in 0..2_000 {
                assert_eq!(next(&mut arrivals, &inbox).await, Some(7));
            }
            assert_eq!(next(&mut arrivals, &inbox).await, None);
        });
    }

    #[test]
    fn a_flood_does_not_keep_requests_out() {
        on_a_thread(async {
            let inbox = Rc::new(Inbox::default());
            let mut arrivals = Arrivals::new();
            let flood = inbox.clone();
            spawn_local(async move {
                loop {
                    flood.push(SocketEvent::Message(7, text())).await;
                }
            });
            arrivals.push(99);
            let mut before = 0;
            while next(&mut arrivals, &inbox).await.is_some() {
                before += 1;
            }
            assert!(before < 20_000, "{before} messages came first");
        });
    }

    #[test]
    fn what_happens_later_comes_later() {
        on_a_thread(async {
            let inbox = Rc::new(Inbox::default());
            let mut arrivals = Arrivals::new();
            inbox.push_now(SocketEvent::lost(1));
            arrivals.push(98);
            arrivals.push(99);
            arrivals.place(&inbox, false);
            inbox.push_now(SocketEvent::lost(2));
            let mut seen = Vec::new();
            for _ in 0..4 {
                seen.push(next(&mut arrivals, &inbox).await);
            }
            assert_eq!(seen, [Some(1), None, None, Some(2)]);
        });
    }

    #[test]
    fn a_call_that_passes_the_gate_is_taken_out_of_any_place() {
        on_a_thread(async {
            let inbox = Rc::new(Inbox::default());
            let mut arrivals = Arrivals::new();
            arrivals.push(1);
            arrivals.place(&inbox, false);
            arrivals.push(2);
            arrivals.push(3);
            arrivals.place(&inbox, true);
            assert_eq!(arrivals.take(|request| *request == 2), Some(2));
            assert_eq!(arrivals.take(|request| *request == 2), None);
            assert_eq!(arrivals.pop(), Some(1));
            assert_eq!(next(&mut arrivals, &inbox).await, None);
            assert!(arrivals.is_empty());
        });
    }
}
