//! What the system calls a thread: tools that list threads show it. Panics are told by the name that the thread had
//! first, and by its room.

/// Has the calling thread listed as a room's. It was a worker's.
#[cfg(target_os = "linux")]
pub(super) fn is_of_a_room() {
    // SAFETY: the name is a constant that ends with a zero and is shorter than 16 bytes; it is copied.
    unsafe { libc::pthread_setname_np(libc::pthread_self(), c"room".as_ptr()) };
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_of_a_room() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn thread_is_listed_as_a_rooms() {
        let named = std::thread::spawn(|| {
            is_of_a_room();
            std::fs::read_to_string("/proc/thread-self/comm")
        });
        let name = named
            .join()
            .expect("it does not panic")
            .expect("it is told");
        assert_eq!(name, "room\n");
    }
}
