//! Notices that nothing has come for a while: the moment for work that would make whoever comes wait. Never
//! does any.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

/// Longer than most pauses of people who are at it, and than those between the requests of a page.
const QUIET: Duration = Duration::from_secs(1);

pub(super) struct Rest {
    timer: Pin<Box<Sleep>>,
    /// The timer runs. It ends with each rest, so that a room in which nothing happens is never woken by it.
    is_awaited: bool,
    /// Something else than the timer has woken the loop.
    was_woken: bool,
}

impl Rest {
    pub(super) fn new() -> Self {
        Rest {
            timer: Box::pin(sleep(QUIET)),
            is_awaited: true,
            was_woken: false,
        }
    }

    /// Called whenever the loop has been woken, which has `cx` woken once more after the quiet: whether that is
    /// over, and nothing else has woken the loop meanwhile.
    pub(super) fn has_come(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.is_awaited {
            self.await_anew(cx);
            return false;
        }
        if self.timer.as_mut().poll(cx).is_pending() {
            self.was_woken = true;
            return false;
        }
        // Moved only here: most turns leave the timer alone.
        if self.was_woken {
            self.await_anew(cx);
            return false;
        }
        self.is_awaited = false;
        true
    }

    fn await_anew(&mut self, cx: &mut Context<'_>) {
        self.timer.as_mut().reset(Instant::now() + QUIET);
        self.is_awaited = true;
        self.was_woken = false;
        // It has hardly run out by now; if it has, the loop is woken.
        if let Poll::Ready(()) = self.timer.as_mut().poll(cx) {
            cx.waker().wake_by_ref();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    /// Whether the rest has come, if the quiet `is_over` or not.
    async fn has_come(rest: &mut Rest, is_over: bool) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        if is_over {
            rest.timer.as_mut().reset(Instant::now());
            rest.timer.as_mut().await;
        }
        rest.has_come(&mut cx)
    }

    #[tokio::test]
    async fn it_comes_once_after_a_quiet_in_which_nothing_has_woken_the_loop() {
        let rest = &mut Rest::new();
        assert!(!has_come(rest, false).await);
        assert!(!has_come(rest, true).await, "something had woken the loop");
        assert!(has_come(rest, true).await);
        assert!(!has_come(rest, true).await, "no timer ran");
        assert!(has_come(rest, true).await);
    }
}
