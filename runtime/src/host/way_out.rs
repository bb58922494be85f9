//! Where the requests of a server's rooms and static handlers go that leave it: to the network, to a test that
//! answers them, or nowhere. Sends none itself.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use partyrun_ops::message::{HttpReply, HttpRequest, LocalFuture};
use partyrun_ops::way_out::{Place, WayOut, WaysOut};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use super::IsolateHost;
use crate::call::{Pending, RoomKey};

/// A request that a test is to answer.
pub struct Asked {
    /// Whose it is; `None` for static handlers.
    pub room: Option<RoomKey>,
    pub request: HttpRequest,
    pub answer: oneshot::Sender<TestAnswer>,
}

/// What a test makes of a request.
pub enum TestAnswer {
    Reply(HttpReply),
    /// It fails, with this text.
    Error(String),
    /// It goes where it would without a test.
    Pass,
}

/// Requests of an isolate that have no answer, by their numbers.
#[derive(Clone, Default)]
pub(super) struct Fetches(Rc<RefCell<BTreeMap<u64, Fetch>>>);

struct Fetch {
    at: Option<Place>,
    since: Instant,
}

/// Ends a request when it is dropped.
struct Fetching {
    fetches: Fetches,
    number: u64,
}

impl Drop for Fetching {
    fn drop(&mut self) {
        self.fetches.0.borrow_mut().remove(&self.number);
    }
}

/// The ways out of one server.
pub struct Outbound {
    /// Requests to it stay in the server.
    own_port: u16,
    has_network: bool,
    is_watched: AtomicBool,
    test: Mutex<Option<UnboundedSender<Asked>>>,
}

impl Outbound {
    pub fn new(own_port: u16, has_network: bool) -> Self {
        Outbound {
            own_port,
            has_network,
            is_watched: AtomicBool::default(),
            test: Mutex::default(),
        }
    }

    /// Remembers which requests are under way, from here on.
    pub fn watch(&self) {
        self.is_watched.store(true, Ordering::Relaxed);
    }

    /// Whether what no test answers goes to the network.
    pub fn has_network(&self) -> bool {
        self.has_network
    }

    fn test(&self) -> MutexGuard<'_, Option<UnboundedSender<Asked>>> {
        self.test.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a test answer, or nobody; it takes over from an earlier one.
    pub fn set_test(&self, test: Option<UnboundedSender<Asked>>) {
        *self.test() = test;
    }

    /// This test answers no more, unless another has taken over.
    pub fn end_test(&self, test: &UnboundedSender<Asked>) {
        let mut current = self.test();
        if current
            .as_ref()
            .is_some_and(|current| current.same_channel(test))
        {
            *current = None;
        }
    }

    fn is_own(&self, host: &str, port: u16) -> bool {
        let host = host.trim_matches(['[', ']']);
        let is_here = matches!(host, "localhost" | "127.0.0.1" | "::1" | "0.0.0.0");
        is_here && port == self.own_port
    }

    /// Why a connection to `host` is not opened, if it is not.
    pub fn refusal(&self, host: &str, port: u16, url: &str) -> Option<String> {
        let is_allowed = self.has_network() || self.is_own(host, port);
        (!is_allowed).then(|| {
            format!(
                "Nothing reaches the network here: answer the request in the test (`outbound`), or allow it with `--allow-net`: `{url}`"
            )
        })
    }

    fn way_to(&self, host: &str, port: u16, url: &str) -> WayOut {
        if self.is_own(host, port) {
            return WayOut::Network;
        }
        if self.test().is_some() {
            return WayOut::Test;
        }
        match self.refusal(host, port, url) {
            Some(text) => WayOut::Refused(text),
            None => WayOut::Network,
        }
    }
}

impl IsolateHost {
    /// The requests that have no answer.
    pub(super) fn pending_fetches(&self) -> Vec<Pending> {
        let health = self.health.borrow();
        let fetches = self.fetches.0.borrow();
        let pending = fetches.values().map(|fetch| {
            let mut pending = Pending::new("a fetch").since(fetch.since);
            pending.at = fetch.at.as_ref().and_then(|at| {
                let health = health.as_ref()?;
                health.original_place(&at.script, at.line, at.column)
            });
            pending
        });
        pending.collect()
    }

    /// Why a WebSocket to `url` is not opened, if it is not.
    pub(super) fn refused_socket(&self, url: &str) -> Option<String> {
        let outbound = self.outside.borrow().outbound.clone();
        if outbound.has_network() {
            return None;
        }
        // A URL that is none has an error of its own.
        let parsed = deno_core::url::Url::parse(url).ok()?;
        let host = parsed.host_str().unwrap_or_default();
        let usual = match parsed.scheme() {
            "wss" | "https" => 443,
            _ => 80,
        };
        outbound.refusal(host, parsed.port().unwrap_or(usual), url)
    }
}

impl WaysOut for IsolateHost {
    fn is_watched(&self) -> bool {
        let outside = self.outside.borrow();
        outside.outbound.is_watched.load(Ordering::Relaxed)
    }

    fn begin(&self, at: Option<Place>) -> Box<dyn Any> {
        self.note_activity();
        let fetches = self.fetches.clone();
        let number = self.activity.get();
        let since = Instant::now();
        fetches.0.borrow_mut().insert(number, Fetch { at, since });
        Box::new(Fetching { fetches, number })
    }

    fn way_to(&self, host: &str, port: u16, url: &str) -> WayOut {
        self.outside.borrow().outbound.way_to(host, port, url)
    }

    fn way_without_test(&self, url: &str) -> WayOut {
        match self.outside.borrow().outbound.refusal("", 0, url) {
            Some(text) => WayOut::Refused(text),
            None => WayOut::Network,
        }
    }

    fn ask_test(&self, request: HttpRequest) -> LocalFuture<Result<Option<HttpReply>, String>> {
        self.note_activity();
        let (answer, answered) = oneshot::channel();
        let asked = Asked {
            room: self.key.borrow().clone(),
            request,
            answer,
        };
        let outbound = self.outside.borrow().outbound.clone();
        // One that is gone drops the request, as it does when it ends later.
        if let Some(test) = &*outbound.test() {
            let _ = test.send(asked);
        }
        Box::pin(async move {
            match answered.await {
                Ok(TestAnswer::Reply(reply)) => Ok(Some(reply)),
                Ok(TestAnswer::Pass) => Ok(None),
                Ok(TestAnswer::Error(text)) => Err(text),
                Err(_) => Err("The test that answers requests has ended".to_owned()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(outbound: &Outbound, host: &str, port: u16) -> &'static str {
        match outbound.way_to(host, port, "http://x") {
            WayOut::Network => "network",
            WayOut::Refused(_) => "refused",
            WayOut::Test => "test",
        }
    }

    #[test]
    fn requests_go_to_the_test_the_network_or_nowhere_and_the_servers_own_stay() {
        let outbound = Outbound::new(4000, false);
        assert_eq!(way(&outbound, "127.0.0.1", 4000), "network");
        assert_eq!(way(&outbound, "127.0.0.1", 4001), "refused");
        assert_eq!(way(&outbound, "example.com", 4000), "refused");
        let (test, _asked) = tokio::sync::mpsc::unbounded_channel();
        outbound.set_test(Some(test.clone()));
        assert_eq!(way(&outbound, "example.com", 443), "test");
        assert_eq!(way(&outbound, "localhost", 4000), "network");
        let (other, _more) = tokio::sync::mpsc::unbounded_channel();
        outbound.set_test(Some(other));
        outbound.end_test(&test);
        assert_eq!(way(&outbound, "example.com", 443), "test", "the later one");
        let open = Outbound::new(4000, true);
        assert_eq!(way(&open, "example.com", 443), "network");
    }
}
