//! Gives memory back once the process has fallen quiet: what the allocator holds free, and pages of
//! the program's own file that only starting, building or a burst of requests has read. Never touches
//! what an isolate uses.

use std::sync::{Mutex, TryLockError};
use std::time::{Duration, Instant};

use crate::isolate::return_pages;
use crate::memory::return_memory;

/// Work that is worth tidying up after: less than this since the last time leaves things alone.
const WORTH: Duration = Duration::from_millis(10);
/// A process that computes no more than this in one look is quiet.
const STILL: Duration = Duration::from_millis(3);
/// How many quiet looks in a row mean that the work is over.
const LOOKS: u32 = 3;

/// Notices the end of work by the processor time of the whole process.
#[derive(Default)]
pub struct Quiet {
    spent: Duration,
    tidied_at: Duration,
    still: u32,
}

impl Quiet {
    /// One look, to be made at even intervals of some hundred milliseconds, always on the same thread, which does
    /// not count. Returns whether nothing has been computed since the last one, as far as the system tells.
    pub fn look(&mut self) -> bool {
        if self.is_over(processor_time()) {
            return_pages();
            return_memory();
            forget_program_pages();
            // Not counted as work itself.
            self.tidied_at = processor_time();
        }
        self.is_still()
    }

    fn is_still(&self) -> bool {
        self.still > 0 && !self.spent.is_zero()
    }

    /// Whether work has ended that nobody has tidied up after. `spent`: processor time until now.
    fn is_over(&mut self, spent: Duration) -> bool {
        let since = spent.saturating_sub(self.spent);
        self.spent = spent;
        self.still = if since <= STILL { self.still + 1 } else { 0 };
        self.still == LOOKS && spent.saturating_sub(self.tidied_at) >= WORTH
    }
}

/// How often a thread that ends gives memory back in a process that is not quiet: the next one may come at
/// once, and have use for it.
const OFTEN: Duration = Duration::from_secs(1);

/// As [`return_memory`], unless that was done a moment ago. For the end of every thread.
pub fn return_memory_at_times() {
    static LATEST: Mutex<Option<Instant>> = Mutex::new(None);
    let mut latest = match LATEST.try_lock() {
        Ok(latest) => latest,
        Err(TryLockError::Poisoned(latest)) => latest.into_inner(),
        // Another does it.
        Err(TryLockError::WouldBlock) => return,
    };
    if latest.is_none_or(|latest| latest.elapsed() >= OFTEN) {
        *latest = Some(Instant::now());
        return_memory();
    }
}

/// That of the process without this thread.
#[cfg(target_os = "linux")]
fn processor_time() -> Duration {
    let own = time_by(libc::CLOCK_THREAD_CPUTIME_ID);
    time_by(libc::CLOCK_PROCESS_CPUTIME_ID).saturating_sub(own)
}

#[cfg(target_os = "linux")]
fn time_by(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: writes the structure that it is given.
    unsafe { libc::clock_gettime(clock, &mut time) };
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(seconds, nanos)
}

#[cfg(not(target_os = "linux"))]
fn processor_time() -> Duration {
    Duration::ZERO
}

/// Unmaps the pages of the program's code and constants. The kernel keeps the file in its page cache
/// and maps them again, sixteen at a time, when they are used: about a millisecond for all of them.
#[cfg(target_os = "linux")]
fn forget_program_pages() {
    // SAFETY: the callback is called before this returns, with a valid structure.
    unsafe { libc::dl_iterate_phdr(Some(forget_pages_of_first), std::ptr::null_mut()) };
}

#[cfg(not(target_os = "linux"))]
fn forget_program_pages() {}

/// The first object is the program itself; the answer ends the iteration.
#[cfg(target_os = "linux")]
unsafe extern "C" fn forget_pages_of_first(
    info: *mut libc::dl_phdr_info,
    _size: libc::size_t,
    _data: *mut libc::c_void,
) -> libc::c_int {
    const PAGE: usize = 4096;
    // SAFETY: the loader's description of the program, valid for the length it states.
    let (base, headers) = unsafe {
        let info = &*info;
        let headers = std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum));
        (info.dlpi_addr as usize, headers)
    };
    for header in headers {
        // Only what was never writable equals the file. Relocated constants are in writable segments.
        if header.p_type != libc::PT_LOAD || header.p_flags & libc::PF_W != 0 {
            continue;
        }
        let start = (base + header.p_vaddr as usize).next_multiple_of(PAGE);
        let end = (base + (header.p_vaddr + header.p_filesz) as usize) / PAGE * PAGE;
        if start < end {
            // SAFETY: whole pages of a private mapping of the file that nobody has written to: their
            // contents are the file's, before and after. Failure leaves them mapped.
            unsafe { libc::madvise(start as *mut _, end - start, libc::MADV_DONTNEED) };
        }
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(quiet: &mut Quiet, spent: &[u64]) -> Vec<bool> {
        let spent = spent.iter().copied().map(Duration::from_millis);
        spent.map(|spent| quiet.is_over(spent)).collect()
    }

    #[test]
    fn work_is_over_after_three_quiet_looks_and_once() {
        let mut quiet = Quiet::default();
        let seen = looks(&mut quiet, &[100, 250, 251, 252, 253, 254, 255]);
        assert_eq!(seen, [false, false, false, false, true, false, false]);
    }

    #[test]
    fn process_that_computes_or_does_not_tell_does_not_stand_still() {
        let is_still = |spent: [u64; 2]| {
            let mut quiet = Quiet::default();
            looks(&mut quiet, &spent);
            quiet.is_still()
        };
        assert!(is_still([100, 102]));
        assert!(!is_still([100, 104]));
        assert!(!is_still([0, 0]));
    }

    #[test]
    fn little_work_is_left_alone() {
        let mut quiet = Quiet::default();
        assert_eq!(looks(&mut quiet, &[8, 8, 8, 8, 8]), [false; 5]);
    }

    #[test]
    fn code_runs_and_constants_read_the_same_after_their_pages_went() {
        forget_program_pages();
        let text = "a constant of the program".to_owned();
        assert_eq!(text.len(), 25);
        assert!(processor_time() > Duration::ZERO);
    }
}
