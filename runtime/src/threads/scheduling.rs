//! How the system lets the threads run that serve: which of them take the processor from whoever runs when they are
//! woken, and which wait. A processor that is free is taken at once by all. What somebody has chosen for the process
//! stays.

/// Has the calling thread wait, when it is woken while all processors are taken, until whoever runs has had its turn. For
/// rooms that have much to do: a client that sends to many of them has sent to all before the first answers, where each
/// would take the processor from it for one message. And for what is made ahead, which nobody waits for.
pub fn let_others_finish() {
    system::change(system::INTERRUPTS, system::WAITS);
}

/// Has the calling thread take the processor when it is woken, as threads do that nothing was said of: somebody waits
/// for what it does.
pub fn interrupt_others() {
    if system::of_the_process() == system::INTERRUPTS {
        system::change(system::WAITS, system::INTERRUPTS);
    }
}

#[cfg(target_os = "linux")]
mod system {
    pub const INTERRUPTS: libc::c_int = libc::SCHED_OTHER;
    pub const WAITS: libc::c_int = libc::SCHED_BATCH;

    /// Has the calling thread go by `to`, if it goes by `from`.
    pub fn change(from: libc::c_int, to: libc::c_int) {
        let parameters = libc::sched_param { sched_priority: 0 };
        // SAFETY: zero is the calling thread; the parameters are only read. A system that refuses leaves it as it was.
        unsafe {
            if libc::sched_getscheduler(0) == from {
                libc::sched_setscheduler(0, to, &raw const parameters);
            }
        }
    }

    /// That of the first thread, of which nothing here is said.
    pub fn of_the_process() -> libc::c_int {
        // SAFETY: asks about a thread that exists for as long as the process.
        unsafe { libc::sched_getscheduler(libc::getpid()) }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    pub const INTERRUPTS: i32 = 0;
    pub const WAITS: i32 = 1;

    pub fn change(_from: i32, _to: i32) {}

    pub fn of_the_process() -> i32 {
        INTERRUPTS
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn policy_after(steps: fn()) -> libc::c_int {
        let thread = std::thread::spawn(move || {
            steps();
            // SAFETY: zero is the calling thread.
            unsafe { libc::sched_getscheduler(0) }
        });
        thread.join().expect("it does not panic")
    }

    #[test]
    fn thread_waits_and_interrupts_as_it_is_told() {
        assert_eq!(policy_after(let_others_finish), libc::SCHED_BATCH);
        let both = policy_after(|| {
            let_others_finish();
            interrupt_others();
        });
        assert_eq!(both, libc::SCHED_OTHER);
    }

    #[test]
    fn thread_keeps_what_was_chosen_for_it() {
        let chosen = policy_after(|| {
            system::change(libc::SCHED_OTHER, libc::SCHED_IDLE);
            let_others_finish();
            interrupt_others();
        });
        assert_eq!(chosen, libc::SCHED_IDLE);
    }
}
