//! Counts what Rust has allocated on the thread of an isolate and not freed, whoever frees it: bodies,
//! blobs, compressors, messages on their way. V8 knows nothing of it, so one room could have all of the
//! machine's. Counts only: it refuses nothing.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::Thread;

/// What a thread may leave behind in its account, as it does in answers that are on their way and in what
/// it has made for all, for the next thread to take it.
const LEFT: usize = 4 << 20;
/// An account that has grown by so much is worth a look.
const STEP: i64 = 32 << 20;

/// What one thread has taken. Never freed: accounts that nobody uses are taken again.
#[repr(align(64))]
pub struct Account {
    bytes: AtomicI64,
    /// Beyond so many bytes somebody should look.
    look_at: AtomicI64,
}

/// Accounts of threads that are gone.
static FREE: Mutex<Vec<&'static Account>> = Mutex::new(Vec::new());

thread_local! {
    static CURRENT: Cell<Option<&'static Account>> = const { Cell::new(None) };
}

/// The one who looks.
static WATCHER: OnceLock<Thread> = OnceLock::new();
static IS_CALLED: AtomicBool = AtomicBool::new(false);

/// Makes this thread the one that is called when an account has grown. The first one stays it.
pub fn watch() {
    // Another watches already, which is the same to everybody.
    let _ = WATCHER.set(std::thread::current());
}

/// Whether an account, or what a buffer's budget counts, has grown since the last call.
pub fn is_called() -> bool {
    IS_CALLED.swap(false, Ordering::Relaxed)
}

/// Has the watching thread look at once. Allocates nothing.
#[cold]
pub fn call_watcher() {
    IS_CALLED.store(true, Ordering::Relaxed);
    if let Some(watcher) = WATCHER.get() {
        watcher.unpark();
    }
}

/// Counts the allocations of the thread that made it for an account, until it is dropped.
pub struct Entered {
    account: &'static Account,
    before: Option<&'static Account>,
    is_owner: bool,
    /// It belongs to its thread.
    of_thread: PhantomData<*const ()>,
}

impl Account {
    const fn new() -> Self {
        Account {
            bytes: AtomicI64::new(0),
            look_at: AtomicI64::new(STEP),
        }
    }

    /// Opens an account for what this thread allocates from here on.
    pub fn open() -> Entered {
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        let unused = free.iter().position(|account| account.held() < LEFT);
        let taken = unused.map(|at| free.swap_remove(at));
        drop(free);
        let account = taken.unwrap_or_else(|| Box::leak(Box::new(Account::new())));
        account.seen();
        account.entered(true)
    }

    /// The account of this thread.
    pub fn current() -> Option<&'static Account> {
        CURRENT.with(Cell::get)
    }

    /// Counts what this thread allocates for it, until the result is dropped: work of another thread.
    pub fn enter(&'static self) -> Entered {
        self.entered(false)
    }

    fn entered(&'static self, is_owner: bool) -> Entered {
        Entered {
            account: self,
            before: CURRENT.replace(Some(self)),
            is_owner,
            of_thread: PhantomData,
        }
    }

    /// Bytes that were taken and not given back.
    pub fn held(&self) -> usize {
        usize::try_from(self.bytes.load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// Somebody has looked: the next look is due when it has grown again.
    pub fn seen(&self) {
        let held = self.bytes.load(Ordering::Relaxed);
        self.look_at.store(held + STEP, Ordering::Relaxed);
    }

    // Relaxed throughout: the counters guard no other memory. Sizes are at most `isize::MAX`.
    pub(super) fn take(&self, bytes: usize) {
        let bytes = bytes as i64;
        let held = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if held > self.look_at.load(Ordering::Relaxed) {
            self.look_at.store(held + STEP, Ordering::Relaxed);
            call_watcher();
        }
    }

    pub(super) fn give_back(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes as i64, Ordering::Relaxed);
    }
}

#[cfg(test)]
impl Entered {
    fn account(&self) -> &'static Account {
        self.account
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.before);
        if self.is_owner {
            let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
            free.push(self.account);
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::thread;

    use super::*;

    /// The account of a thread of its own while `work` runs there.
    pub(in crate::memory) fn on_a_thread<T: Send>(
        work: impl FnOnce(&'static Account) -> T + Send,
    ) -> T {
        thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let entered = Account::open();
                work(entered.account())
            });
            thread.join().expect("it holds")
        })
    }

    #[test]
    fn what_a_thread_takes_and_frees_is_counted() {
        on_a_thread(|account| {
            let before = account.held();
            let bytes = vec![1_u8; 100_000];
            assert_eq!(account.held() - before, 100_000);
            drop(bytes);
            assert_eq!(account.held(), before);
        });
    }

    #[test]
    fn who_frees_it_makes_no_difference() {
        on_a_thread(|account| {
            let before = account.held();
            let bytes = vec![1_u8; 50_000];
            let zeroes = vec![0_u8; 50_000];
            thread::spawn(move || drop((bytes, zeroes)))
                .join()
                .expect("it only drops");
            assert!(account.held() < before + 10_000, "{}", account.held());
        });
    }

    #[test]
    fn growing_and_shrinking_keeps_contents_and_count() {
        on_a_thread(|account| {
            let before = account.held();
            let mut bytes = Vec::new();
            for number in 0..200_000_u32 {
                bytes.push(number);
            }
            assert_eq!(account.held() - before, bytes.capacity() * 4);
            bytes.truncate(1000);
            bytes.shrink_to_fit();
            assert_eq!(account.held() - before, 4000);
            bytes.truncate(10);
            bytes.shrink_to_fit();
            assert_eq!(account.held(), before, "too small to count");
            assert!(bytes.iter().copied().eq(0..10));
            bytes.extend(10..1000);
            assert!(bytes.iter().copied().eq(0..1000));
        });
    }

    #[test]
    fn work_of_another_thread_counts_for_whom_it_is_done() {
        on_a_thread(|account| {
            let before = account.held();
            let made = thread::spawn(move || {
                let _entered = account.enter();
                vec![1_u8; 70_000]
            });
            let made = made.join().expect("it only allocates");
            assert!(account.held() - before >= 70_000);
            drop(made);
        });
    }

    #[test]
    fn a_thread_without_an_account_counts_for_nobody() {
        assert!(Account::current().is_none());
        let bytes = vec![1_u8; 100_000];
        on_a_thread(move |account| {
            let before = account.held();
            drop(bytes);
            assert_eq!(account.held(), before);
        });
    }
}
