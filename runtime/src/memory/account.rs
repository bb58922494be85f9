//! Counts what Rust has allocated on the thread of an isolate and not freed, whoever frees it: bodies,
//! blobs, compressors, messages on their way. V8 knows nothing of it, so one room could have all of the
//! machine's. Counts only: it refuses nothing.
//!
//! Each allocation that counts begins with the account it belongs to. Small ones do not count: they
//! would be a fifth larger, and JavaScript has an object for each few of them, which V8 counts.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::Thread;

/// Smallest allocation that counts.
const COUNTED_FROM: usize = 256;
/// Bytes in front of it that name its account. They keep the alignment that C's `malloc` has.
const NAME: usize = 16;
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
        let unused = free.iter().position(|account| account.held() == 0);
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
    fn take(&self, bytes: usize) {
        let bytes = bytes as i64;
        let held = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if held > self.look_at.load(Ordering::Relaxed) {
            self.look_at.store(held + STEP, Ordering::Relaxed);
            call_watcher();
        }
    }

    fn give_back(&self, bytes: usize) {
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

/// The system's allocator, with accounts.
pub struct Accounting;

/// The allocation behind one that counts, with room for the name; `None` for one that does not count.
/// The same for the same layout, which is how it is freed as it was made.
fn named(layout: Layout) -> Option<Option<Layout>> {
    let counts = layout.size() >= COUNTED_FROM && layout.align() <= NAME;
    counts.then(|| with_name(layout.size()))
}

/// `None`: no address space is that large.
fn with_name(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(NAME)?, NAME).ok()
}

/// Names the account of this thread in front of an allocation and counts it.
///
/// SAFETY: `start` must be null, or the start of a live allocation of `size + NAME` bytes, aligned to
/// `NAME`, that nobody else uses yet.
unsafe fn name(start: *mut u8, size: usize) -> *mut u8 {
    if start.is_null() {
        return start;
    }
    let account = CURRENT.with(Cell::get);
    if let Some(account) = account {
        account.take(size);
    }
    // SAFETY: by this function's own condition the first `NAME` bytes may be written, are aligned for a
    // pointer, and what follows them is in the allocation.
    unsafe {
        start.cast::<Option<&'static Account>>().write(account);
        start.add(NAME)
    }
}

/// Where an allocation that counts begins, and its account.
///
/// SAFETY: `data` must come from [`name`], and its allocation be live.
unsafe fn named_start(data: *mut u8) -> (*mut u8, Option<&'static Account>) {
    // SAFETY: `name` has put `data` so far behind the start and written the account there.
    unsafe {
        let start = data.sub(NAME);
        (start, start.cast::<Option<&'static Account>>().read())
    }
}

// SAFETY: every allocation is one of the system's allocator, whose conditions the callers meet, or lies
// `NAME` bytes into a larger one of it, aligned to `NAME`, which is at least what was asked for. Which of
// both is decided by the layout alone, so memory goes back as it came. Nothing here unwinds: a thread's
// account is a cell without a destructor, and calling the watcher only stores and unparks.
unsafe impl GlobalAlloc for Accounting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match named(layout) {
            // SAFETY: the caller's own conditions.
            None => unsafe { System.alloc(layout) },
            Some(None) => ptr::null_mut(),
            // SAFETY: the size is not zero, and what comes back is as `name` wants it.
            Some(Some(outer)) => unsafe { name(System.alloc(outer), layout.size()) },
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match named(layout) {
            // SAFETY: the caller's own conditions.
            None => unsafe { System.alloc_zeroed(layout) },
            Some(None) => ptr::null_mut(),
            // SAFETY: as in `alloc`; what follows the name stays zero.
            Some(Some(outer)) => unsafe { name(System.alloc_zeroed(outer), layout.size()) },
        }
    }

    unsafe fn dealloc(&self, data: *mut u8, layout: Layout) {
        let Some(outer) = named(layout) else {
            // SAFETY: the caller's own conditions; it was made so.
            return unsafe { System.dealloc(data, layout) };
        };
        let outer = outer.expect("the layout was allocated");
        // SAFETY: `data` was made by one of the above with this layout, and so by `name`, from an
        // allocation with the layout `outer`.
        unsafe {
            let (start, account) = named_start(data);
            if let Some(account) = account {
                account.give_back(layout.size());
            }
            System.dealloc(start, outer);
        }
    }

    unsafe fn realloc(&self, data: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Ok(wanted) = Layout::from_size_align(size, layout.align()) else {
            return ptr::null_mut();
        };
        match (named(layout), named(wanted)) {
            // SAFETY: the caller's own conditions; it was made so.
            (None, None) => unsafe { System.realloc(data, layout, size) },
            (Some(outer), Some(larger)) => {
                let outer = outer.expect("the layout was allocated");
                let Some(larger) = larger else {
                    return ptr::null_mut();
                };
                // SAFETY: as in `dealloc`; the name moves with the bytes, so `data` is as far behind
                // the new start as behind the old one.
                unsafe {
                    let (start, account) = named_start(data);
                    let moved = System.realloc(start, outer, larger.size());
                    if moved.is_null() {
                        return moved;
                    }
                    if let Some(account) = account {
                        account.give_back(layout.size());
                        account.take(size);
                    }
                    moved.add(NAME)
                }
            }
            // SAFETY: both layouts are valid and not of size zero; the old bytes are live until they
            // have been copied, and the new ones are nobody's.
            _ => unsafe {
                let new = self.alloc(wanted);
                if !new.is_null() {
                    ptr::copy_nonoverlapping(data, new, layout.size().min(size));
                    self.dealloc(data, layout);
                }
                new
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// The account of a thread of its own while `work` runs there.
    fn on_a_thread<T: Send>(work: impl FnOnce(&'static Account) -> T + Send) -> T {
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

    #[test]
    fn no_address_space_is_that_large() {
        let layout = Layout::from_size_align(isize::MAX as usize - 8, 1).expect("it is one");
        // SAFETY: the size is not zero; nothing is made.
        assert!(unsafe { Accounting.alloc(layout) }.is_null());
    }

    #[test]
    fn aligned_memory_is_left_to_the_system() {
        let layout = Layout::from_size_align(4096, 4096).expect("it is one");
        on_a_thread(|account| {
            let before = account.held();
            // SAFETY: the size is not zero; it goes back with the same layout.
            unsafe {
                let page = Accounting.alloc(layout);
                assert!(page.is_aligned_to_page());
                Accounting.dealloc(page, layout);
            }
            assert_eq!(account.held(), before);
        });
    }

    trait Aligned {
        fn is_aligned_to_page(&self) -> bool;
    }

    impl Aligned for *mut u8 {
        fn is_aligned_to_page(&self) -> bool {
            !self.is_null() && self.addr() % 4096 == 0
        }
    }
}
