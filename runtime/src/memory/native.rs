//! The allocator of all that is not JavaScript's: of Rust, of V8 and of SQLite. On Linux that is jemalloc, elsewhere the system's.
//!
//! V8's bindings keep a few small allocations for each address at which an isolate has been, and eight bytes for each
//! isolate, for good. Each holds its page. glibc's allocator strews them over the whole heap, a page for nearly each;
//! jemalloc puts each into the lowest page that has a place, as long as threads do not hoard places ([`thread_cache`]).

#[cfg(not(target_os = "linux"))]
pub use std::alloc::System as Native;
#[cfg(target_os = "linux")]
pub use tikv_jemallocator::Jemalloc as Native;

/// Few arenas, because each has pages of its own that lasting allocations hold. Threads that allocate much meet
/// there seldom: they have a cache.
#[cfg(target_os = "linux")]
const SETTINGS: &std::ffi::CStr = c"narenas:2,dirty_decay_ms:1000,muzzy_decay_ms:0";

/// Read by jemalloc before `main`.
#[cfg(target_os = "linux")]
#[unsafe(no_mangle)]
// SAFETY: no other symbol of the program has this name but the one that jemalloc declares weak for it; what it points to lasts.
pub static malloc_conf: Option<&'static libc::c_char> = Some(unsafe { &*SETTINGS.as_ptr() });

/// Gives the memory back to the system that is free.
pub fn return_memory() {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: a name that ends with a zero byte; the call takes no value and returns none. It touches nothing that is in use.
        let failed = unsafe {
            tikv_jemalloc_sys::mallctl(
                ALL_ARENAS.as_ptr(),
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                0,
            )
        };
        debug_assert_eq!(failed, 0, "jemalloc has this control");
    }
}

/// 4096 stands for all of them (`MALLCTL_ARENAS_ALL`).
#[cfg(target_os = "linux")]
const ALL_ARENAS: &std::ffi::CStr = c"arena.4096.purge";

/// The cache that each thread has of free places, from its beginning until it is turned off.
pub mod thread_cache {
    /// From so many events on, a thread is worth a cache.
    const OFTEN: u32 = 64;

    /// For threads of which there may be many, and for those that make and end isolates, of which something lasts:
    /// without a cache, that is put together with what has lasted. What is in the cache goes back.
    pub fn turn_off() {
        set(false);
    }

    /// A thread whose cache was turned off, and is turned on once the thread has done enough that others would wait
    /// for it at the arenas.
    #[derive(Default)]
    pub struct Earned {
        /// Up to [`OFTEN`].
        events: u32,
    }

    impl Earned {
        /// The calling thread, which is the one that this belongs to, has had an event.
        pub fn count(&mut self) {
            if self.events < OFTEN {
                self.events += 1;
                if self.events == OFTEN {
                    set(true);
                }
            }
        }
    }

    #[cfg(target_os = "linux")]
    fn set(mut is_on: bool) {
        // SAFETY: a name that ends with a zero byte, and the place and the length of a boolean, which is what
        // the control takes.
        let failed = unsafe {
            tikv_jemalloc_sys::mallctl(
                c"thread.tcache.enabled".as_ptr(),
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                std::ptr::from_mut(&mut is_on).cast(),
                size_of::<bool>(),
            )
        };
        debug_assert_eq!(failed, 0, "jemalloc has this control");
    }

    #[cfg(not(target_os = "linux"))]
    fn set(_is_on: bool) {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// The value of a control.
    fn read<T: Default>(name: &std::ffi::CStr) -> T {
        let mut value = T::default();
        let mut length = size_of::<T>();
        // SAFETY: the name ends with a zero byte; value and length are places of their types, and jemalloc refuses another length.
        let failed = unsafe {
            tikv_jemalloc_sys::mallctl(
                name.as_ptr(),
                std::ptr::from_mut(&mut value).cast(),
                &raw mut length,
                std::ptr::null_mut(),
                0,
            )
        };
        assert_eq!(failed, 0, "{name:?}");
        value
    }

    #[test]
    fn settings_are_those_of_the_process() {
        assert_eq!(read::<libc::c_uint>(c"opt.narenas"), 2);
        assert_eq!(read::<isize>(c"opt.dirty_decay_ms"), 1000);
    }

    #[test]
    fn thread_earns_its_cache_back_by_many_events() {
        let is_on = || read::<bool>(c"thread.tcache.enabled");
        let thread = std::thread::spawn(move || {
            assert!(is_on(), "a thread begins with one");
            thread_cache::turn_off();
            let mut earned = thread_cache::Earned::default();
            (0..63).for_each(|_| earned.count());
            assert!(!is_on(), "these were few");
            earned.count();
            assert!(is_on());
            thread_cache::turn_off();
            earned.count();
            assert!(!is_on(), "it is turned on once");
        });
        thread.join().expect("it does not panic");
    }

    /// Otherwise V8's and SQLite's memory is glibc's.
    #[test]
    fn allocator_is_that_of_c_too() {
        // SAFETY: the size is not zero; what comes back is freed as it was made, and only asked for its arena.
        let arena = unsafe {
            let mut made = libc::malloc(100);
            let mut arena = libc::c_uint::MAX;
            let mut length = size_of_val(&arena);
            let failed = tikv_jemalloc_sys::mallctl(
                c"arenas.lookup".as_ptr(),
                std::ptr::from_mut(&mut arena).cast(),
                &raw mut length,
                std::ptr::from_mut(&mut made).cast(),
                size_of_val(&made),
            );
            libc::free(made);
            (failed == 0).then_some(arena)
        };
        assert!(arena.is_some_and(|arena| arena < 2), "{arena:?}");
    }

    #[test]
    fn memory_that_is_free_goes_back() {
        let before = crate::memory::resident().expect("the system tells");
        let large = vec![1_u8; 256 << 20];
        let much = crate::memory::resident().expect("the system tells");
        drop(std::hint::black_box(large));
        return_memory();
        let after = crate::memory::resident().expect("the system tells");
        assert!(much > before + (200 << 20), "{before}, {much}");
        assert!(after < much - (200 << 20), "{much}, {after}");
    }
}
