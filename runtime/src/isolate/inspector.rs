//! V8's inspector of one isolate, on the isolate's own thread. V8 shows debuggers only the scripts that it
//! compiled while it had one, so it comes before the first module; it is heard only while a debugger is
//! there. What other threads have of it is `debugging`'s.

use std::rc::Rc;
use std::task::{Context, Waker};

use deno_core::{JsRuntime, JsRuntimeInspector};

use super::debugging::Debugging;

/// Must be dropped before the runtime whose isolate it is of. The runtime does not know of it: one that does
/// looks for debuggers whenever it is polled.
pub(super) struct Inspector {
    inspector: Rc<JsRuntimeInspector>,
    /// Whom those wake that knock.
    waker: Option<Waker>,
    has_visitors: bool,
}

impl Inspector {
    pub fn new(runtime: &mut JsRuntime, debugging: &Debugging) -> Self {
        // SAFETY: the pointer is used as long as the inspector is there, which is shorter than the isolate.
        let isolate = unsafe { runtime.v8_isolate().as_raw_isolate_ptr() };
        deno_core::scope!(scope, runtime);
        let context = scope.get_current_context();
        let inspector = JsRuntimeInspector::new(isolate, scope, context, false, None);
        debugging.open(inspector.get_session_sender());
        Inspector {
            inspector,
            waker: None,
            has_visitors: false,
        }
    }

    /// Hears what debuggers say; returns whether there are any.
    pub fn poll(
        &mut self,
        runtime: &mut JsRuntime,
        debugging: &Debugging,
        cx: &mut Context<'_>,
    ) -> bool {
        if !self.has_visitors && !self.somebody_knocked(debugging, cx) {
            return false;
        }
        // What they say may be to run something.
        deno_core::scope!(_scope, runtime);
        self.inspector.poll_sessions_from_event_loop(cx);
        self.has_visitors = self.inspector.sessions_state().has_active;
        self.has_visitors
    }

    fn somebody_knocked(&mut self, debugging: &Debugging, cx: &Context<'_>) -> bool {
        if debugging.take_knock() {
            return true;
        }
        if self
            .waker
            .as_ref()
            .is_some_and(|known| known.will_wake(cx.waker()))
        {
            return false;
        }
        self.waker = Some(cx.waker().clone());
        debugging.wake_by(cx.waker());
        // Whoever knocked meanwhile may have woken nobody.
        debugging.take_knock()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use deno_core::RuntimeOptions;
    use deno_core::futures::{FutureExt, StreamExt};

    use super::*;
    use crate::isolate::Health;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[tokio::test]
    async fn an_isolate_listens_while_a_debugger_is_there() {
        let mut runtime = JsRuntime::new(RuntimeOptions::default());
        let health = Health::alone(&mut runtime);
        let mut inspector = Inspector::new(&mut runtime, health.debugging());
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(woken.clone());
        let mut cx = Context::from_waker(&waker);
        let mut listens = || inspector.poll(&mut runtime, health.debugging(), &mut cx);
        assert!(!listens());
        for _ in 0..2 {
            let before = woken.0.load(Ordering::Relaxed);
            let mut session = health.attach_debugger().expect("it lets debuggers in");
            assert!(woken.0.load(Ordering::Relaxed) > before);
            let ask = r#"{"id":1,"method":"Runtime.evaluate","params":{"expression":"6 * 7"}}"#;
            let sent = session.to.unbounded_send(ask.to_owned());
            sent.expect("it is open");
            assert!(listens());
            let answer = session.from.next().now_or_never().flatten();
            let answer = answer.expect("it is answered").content;
            assert!(answer.contains("\"value\":42"), "{answer}");
            drop(session);
            assert!(!listens());
        }
    }
}
