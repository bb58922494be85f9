//! How the system lets the threads run that serve.

/// Has the calling thread, when it is woken while all processors are taken, wait until whoever runs has had its turn:
/// a client that sends to many rooms has sent to all of them before the first of them answers, where each would take
/// the processor from it for one message. A processor that is free is taken at once as before. What somebody has
/// chosen for the process stays.
#[cfg(target_os = "linux")]
pub fn let_others_finish() {
    let parameters = libc::sched_param { sched_priority: 0 };
    // SAFETY: zero is the calling thread; the parameters are only read. A system that refuses leaves it as it was.
    unsafe {
        if libc::sched_getscheduler(0) == libc::SCHED_OTHER {
            libc::sched_setscheduler(0, libc::SCHED_BATCH, &raw const parameters);
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub fn let_others_finish() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn policy_after(begin: fn()) -> libc::c_int {
        let thread = std::thread::spawn(move || {
            begin();
            let_others_finish();
            // SAFETY: zero is the calling thread.
            unsafe { libc::sched_getscheduler(0) }
        });
        thread.join().expect("it does not panic")
    }

    #[test]
    fn thread_does_not_interrupt_others_and_keeps_what_was_chosen() {
        assert_eq!(policy_after(|| {}), libc::SCHED_BATCH);
        let chosen = policy_after(|| {
            let parameters = libc::sched_param { sched_priority: 0 };
            // SAFETY: as above.
            let failed =
                unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const parameters) };
            assert_eq!(failed, 0);
        });
        assert_eq!(chosen, libc::SCHED_IDLE);
    }
}
