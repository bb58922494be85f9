//! The clock by which hyper waits for the head of a request. One connection has one, whichever thread serves it.
//! Decides nothing.
//!
//! hyper makes a timer for each request and drops it when the head has come, which is at once. Here all of a
//! connection's share one of the runtime's, which is set again only when it fires too early.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep as HyperSleep, Timer};
use tokio::time::{Sleep, sleep_until};

/// A connection's timers.
#[derive(Default)]
pub struct HeadTimer {
    shared: Shared,
}

/// The timer of the runtime, and whose thread's it is: no other may ask it, and it ends with that thread.
type Shared = Arc<Mutex<Option<(ThreadId, Pin<Box<Sleep>>)>>>;

struct Until {
    deadline: tokio::time::Instant,
    shared: Shared,
}

impl Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn HyperSleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn HyperSleep>> {
        Box::pin(Until {
            deadline: deadline.into(),
            shared: self.shared.clone(),
        })
    }

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into()
    }
}

impl HyperSleep for Until {}

impl Future for Until {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let here = thread::current().id();
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.as_ref().is_none_or(|(of, _)| *of != here) {
            *shared = Some((here, Box::pin(sleep_until(self.deadline))));
        }
        let (_, sleep) = shared.as_mut().expect("it was made where there was none");
        if sleep.deadline() > self.deadline {
            sleep.as_mut().reset(self.deadline);
        }
        loop {
            ready!(sleep.as_mut().poll(cx));
            if sleep.deadline() >= self.deadline {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(self.deadline);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use deno_core::futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn each_wait_ends_at_its_own_time() {
        const WHILE: Duration = Duration::from_millis(40);
        let timer = HeadTimer::default();
        let begun = timer.now();
        for wait in [WHILE * 50, WHILE, WHILE * 2, WHILE * 3] {
            let mut waiting = timer.sleep_until(begun + wait);
            assert!((&mut waiting).now_or_never().is_none());
            if wait <= WHILE * 3 {
                waiting.await;
                assert!(timer.now() >= begun + wait);
            }
        }
        assert!(timer.now() < begun + WHILE * 50);
    }

    #[test]
    fn it_goes_on_where_the_connection_does() {
        let timer = HeadTimer::default();
        let mut waiting = timer.sleep(Duration::from_millis(20));
        let runtime = || {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            builder.enable_time().build().expect("a runtime")
        };
        let waiting = thread::spawn(move || {
            runtime().block_on(async {
                assert!((&mut waiting).now_or_never().is_none());
            });
            waiting
        });
        let waiting = waiting.join().expect("it does not panic");
        runtime().block_on(waiting);
    }
}
