//! Runs the main task of a thread beside the thread's other tasks, to its end. Knows nothing of what they do.

use std::future::poll_fn;
use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use deno_core::futures::task::AtomicWaker;
use deno_core::unsync;
use tokio::runtime::Runtime;
use tokio::task::LocalSet;

/// Runs `main`, and what it spawns with `spawn_local`, until `main` has ended; what is left of the others is
/// dropped then. `runtime` must be one of the calling thread's own.
///
/// Whoever wakes the future that a runtime blocks on writes to a file descriptor, also from the runtime's own
/// thread: for a loop that readers of the same thread wake, that would be a system call for each message. Tasks
/// are woken by an entry in a queue, so all of this is one.
pub fn run(runtime: &Runtime, main: impl Future<Output = ()> + 'static) {
    runtime.block_on(async {
        let all = unsync::spawn(async move { LocalSet::new().run_until(first(main)).await });
        if let Err(error) = all.await {
            // A task catches what its thread is to end by.
            match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(_) => unreachable!("nobody aborts it, and its runtime is here"),
            }
        }
    });
}

/// Polls `main` before the other tasks, and only when it was woken itself: what others have sent to the thread is
/// seen before what its readers find.
async fn first(main: impl Future<Output = ()>) {
    let mut main = pin!(main);
    let roused = Arc::new(Roused {
        is_due: AtomicBool::new(true),
        all: AtomicWaker::new(),
    });
    let waker = Waker::from(roused.clone());
    poll_fn(|cx| {
        roused.all.register(cx.waker());
        match roused.is_due.swap(false, Ordering::AcqRel) {
            true => main.as_mut().poll(&mut Context::from_waker(&waker)),
            false => Poll::Pending,
        }
    })
    .await;
}

/// Wakes the main task.
struct Roused {
    is_due: AtomicBool,
    /// The task that everything is.
    all: AtomicWaker,
}

impl Wake for Roused {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_due.swap(true, Ordering::AcqRel) {
            self.all.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::rc::Rc;

    use tokio::sync::oneshot;
    use tokio::task::{spawn_local, yield_now};

    use super::*;

    fn runtime() -> Runtime {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.build().expect("a runtime without anything")
    }

    #[test]
    fn others_run_until_the_main_task_ends() {
        struct Dropped(Rc<Cell<u32>>);
        impl Drop for Dropped {
            fn drop(&mut self) {
                self.0.set(self.0.get() + 1);
            }
        }
        let ended = Rc::new(Cell::new(0));
        let others = ended.clone();
        run(&runtime(), async move {
            let (said, heard) = oneshot::channel();
            let (first, second) = (Dropped(others.clone()), Dropped(others.clone()));
            spawn_local(async move {
                let _first = first;
                let _ = said.send(());
            });
            spawn_local(async move {
                let _second = second;
                std::future::pending::<()>().await;
            });
            heard.await.expect("the other task says something");
            assert_eq!(others.get(), 1);
        });
        assert_eq!(ended.get(), 2);
    }

    #[test]
    fn the_main_task_comes_first_and_only_when_it_is_woken() {
        let polls = Rc::new(Cell::new(0));
        let counted = polls.clone();
        run(&runtime(), async move {
            let (woken, wakes) = oneshot::channel();
            let seen = polls.clone();
            spawn_local(async move {
                for _ in 0..10 {
                    yield_now().await;
                }
                assert_eq!(seen.get(), 1);
                let _ = woken.send(());
            });
            let mut wakes = pin!(wakes);
            poll_fn(|cx| {
                polls.set(polls.get() + 1);
                wakes.as_mut().poll(cx)
            })
            .await
            .expect("the other task wakes it");
        });
        assert_eq!(counted.get(), 2);
    }

    #[test]
    fn a_panic_of_the_main_task_is_its_threads() {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            run(&runtime(), async { panic!("on purpose") });
        }));
        let panic = panicked.expect_err("it panicked");
        assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
    }
}
