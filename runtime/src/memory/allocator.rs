//! The allocator of the process, with a name in front of each allocation that counts: that of the account it
//! belongs to. Small ones do not count: they would be a fifth larger, and JavaScript has an object for each
//! few of them, which V8 counts.

use std::alloc::{GlobalAlloc, Layout};
use std::ptr;

use super::Account;
use super::native::Native;

/// Smallest allocation that counts.
const COUNTED_FROM: usize = 256;
/// Bytes in front of it that name its account: the alignment that C's `malloc` has.
const NAME: usize = 16;

/// The allocator of the process, with accounts.
pub struct Accounting;

/// Bytes in front of an allocation that counts: as many as keep its alignment.
fn margin(align: usize) -> usize {
    align.max(NAME)
}

/// The allocation behind one that counts, with room for the name; `None` for one that does not count.
/// The same for the same layout, which is how it is freed as it was made.
fn named(layout: Layout) -> Option<Option<Layout>> {
    let counts = layout.size() >= COUNTED_FROM;
    counts.then(|| with_name(layout))
}

/// `None`: no address space is that large.
fn with_name(layout: Layout) -> Option<Layout> {
    let margin = margin(layout.align());
    Layout::from_size_align(layout.size().checked_add(margin)?, margin).ok()
}

/// Names the account of this thread in front of an allocation for `layout` and counts it.
///
/// SAFETY: `start` must be null, or the start of a live allocation with the layout `with_name(layout)`
/// that nobody else uses yet.
unsafe fn name(start: *mut u8, layout: Layout) -> *mut u8 {
    if start.is_null() {
        return start;
    }
    let account = Account::current();
    if let Some(account) = account {
        account.take(layout.size());
    }
    // SAFETY: by this function's own condition the margin may be written and ends within the allocation;
    // it has at least `NAME` bytes, and both its ends are aligned to `NAME`, which suffices for a pointer.
    unsafe {
        let data = start.add(margin(layout.align()));
        let place = data.sub(NAME).cast::<Option<&'static Account>>();
        place.write(account);
        data
    }
}

/// Where an allocation that counts begins, and its account.
///
/// SAFETY: `data` must come from [`name`] with this layout, and its allocation be live.
unsafe fn named_start(data: *mut u8, layout: Layout) -> (*mut u8, Option<&'static Account>) {
    // SAFETY: `name` has put `data` so far behind the start and written the account just before it.
    unsafe {
        let place = data.sub(NAME).cast::<Option<&'static Account>>();
        (data.sub(margin(layout.align())), place.read())
    }
}

// SAFETY: every allocation is one of the process's allocator, whose conditions the callers meet, or lies
// behind a margin in a larger one of it, aligned to that margin, which is a multiple of the alignment
// that was asked for. Which of both is decided by the layout alone, so memory goes back as it came.
// Nothing here unwinds: a thread's account is a cell without a destructor, and calling the watcher only
// stores and unparks.
unsafe impl GlobalAlloc for Accounting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match named(layout) {
            // SAFETY: the caller's own conditions.
            None => unsafe { Native.alloc(layout) },
            Some(None) => ptr::null_mut(),
            // SAFETY: the size is not zero, and what comes back is as `name` wants it.
            Some(Some(outer)) => unsafe { name(Native.alloc(outer), layout) },
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match named(layout) {
            // SAFETY: the caller's own conditions.
            None => unsafe { Native.alloc_zeroed(layout) },
            Some(None) => ptr::null_mut(),
            // SAFETY: as in `alloc`; what follows the name stays zero.
            Some(Some(outer)) => unsafe { name(Native.alloc_zeroed(outer), layout) },
        }
    }

    unsafe fn dealloc(&self, data: *mut u8, layout: Layout) {
        let Some(outer) = named(layout) else {
            // SAFETY: the caller's own conditions; it was made so.
            return unsafe { Native.dealloc(data, layout) };
        };
        let outer = outer.expect("the layout was allocated");
        // SAFETY: `data` was made by one of the above with this layout, and so by `name`, from an
        // allocation with the layout `outer`.
        unsafe {
            let (start, account) = named_start(data, layout);
            if let Some(account) = account {
                account.give_back(layout.size());
            }
            Native.dealloc(start, outer);
        }
    }

    unsafe fn realloc(&self, data: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Ok(wanted) = Layout::from_size_align(size, layout.align()) else {
            return ptr::null_mut();
        };
        match (named(layout), named(wanted)) {
            // SAFETY: the caller's own conditions; it was made so.
            (None, None) => unsafe { Native.realloc(data, layout, size) },
            (Some(outer), Some(larger)) => {
                let outer = outer.expect("the layout was allocated");
                let Some(larger) = larger else {
                    return ptr::null_mut();
                };
                // SAFETY: as in `dealloc`; the alignment and so the margin stay, and the name moves with
                // the bytes.
                unsafe {
                    let (start, account) = named_start(data, layout);
                    let moved = Native.realloc(start, outer, larger.size());
                    if moved.is_null() {
                        return moved;
                    }
                    if let Some(account) = account {
                        account.give_back(layout.size());
                        account.take(size);
                    }
                    moved.add(margin(layout.align()))
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
    use super::*;
    use crate::memory::account::tests::on_a_thread;

    #[test]
    fn no_address_space_is_that_large() {
        let layout = Layout::from_size_align(isize::MAX as usize - 8, 1).expect("it is one");
        // SAFETY: the size is not zero; nothing is made.
        assert!(unsafe { Accounting.alloc(layout) }.is_null());
    }

    #[test]
    fn alignment_is_kept_and_counted() {
        on_a_thread(|account| {
            let before = account.held();
            for align in [1, 16, 64, 4096] {
                let layout = Layout::from_size_align(10_000, align).expect("it is one");
                let larger = Layout::from_size_align(30_000, align).expect("it is one");
                // SAFETY: the sizes are not zero; each is written and read within its size, and goes back
                // with the layout that it has.
                unsafe {
                    let made = Accounting.alloc(layout);
                    assert!(!made.is_null() && made.addr().is_multiple_of(align));
                    made.write_bytes(7, 10_000);
                    assert_eq!(account.held() - before, 10_000);
                    let made = Accounting.realloc(made, layout, 30_000);
                    assert!(!made.is_null() && made.addr().is_multiple_of(align));
                    assert_eq!((made.read(), made.add(9_999).read()), (7, 7));
                    assert_eq!(account.held() - before, 30_000);
                    Accounting.dealloc(made, larger);
                }
                assert_eq!(account.held(), before);
            }
        });
    }
}
