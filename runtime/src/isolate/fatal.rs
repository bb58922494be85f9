//! What becomes of an isolate in which V8 gives up: on an array beyond the longest that it can make, on
//! memory that it must have and does not get, on a check of its own. V8 then ends the process, and every
//! room with it. An isolate shares nothing with others, so only its thread stops here, for good; another
//! takes its place. Its memory is lost until the process ends: nobody can free what V8 left half done.

use std::cell::RefCell;
use std::ffi::{c_char, c_int};
use std::thread;

use deno_core::v8;

/// How V8 ends a process. It has said why by then.
const ENDS: [c_int; 3] = [libc::SIGTRAP, libc::SIGILL, libc::SIGABRT];

/// Is told that V8 has given up, and why. Returns false if the isolate is gone already.
pub(super) type OnEnd = Box<dyn Fn(&str) -> bool>;

thread_local! {
    /// What is called for the latest isolate of this thread.
    static ON_END: RefCell<Option<OnEnd>> = const { RefCell::new(None) };
}

/// Has V8 come here before it ends the process. Call it once.
pub fn catch() {
    v8::V8::set_fatal_error_handler(|_: &str, _: i32, message: &str| give_up(Some(message)));
    for signal in ENDS {
        // SAFETY: an action without flags and with an empty mask is valid when it is all zeros.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = on_end as *const () as usize;
        // SAFETY: `on_end` has the signature of a handler. A failure leaves the process as it was.
        unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) };
    }
}

/// Sets what is called when V8 gives up on this thread.
pub(super) fn when_given_up(on_end: OnEnd) {
    ON_END.set(Some(on_end));
}

/// V8's own out-of-memory, which does not come by way of the handler of the process.
pub(super) unsafe extern "C" fn out_of_memory(_: *const c_char, _: &v8::OomDetails) {
    give_up(Some("out of memory"));
}

/// What V8 gives up without asking any handler comes here. The thread itself raises these signals, between
/// two of its own instructions, so it may allocate.
extern "C" fn on_end(signal: c_int) {
    give_up(None);
    // SAFETY: restores what the system does by default, and has it done.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}

/// Parks the thread of an isolate for ever. Returns, and so has V8 end the process, on a thread that has
/// none: one of V8's own, which work for all isolates.
fn give_up(message: Option<&str>) {
    let message = message.unwrap_or("see above");
    let is_ours = ON_END.try_with(|on_end| {
        let on_end = on_end.borrow();
        on_end.as_ref().is_some_and(|on_end| on_end(message))
    });
    while is_ours == Ok(true) {
        thread::park();
    }
}
