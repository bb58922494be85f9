//! One use of a content, and what its end comes to.

use super::contents;
use super::project::ProjectBindings;

/// One use of a content, which ends when this is dropped.
pub(super) struct Pin {
    pub(super) content: i64,
    pub(super) bindings: ProjectBindings,
}

impl Drop for Pin {
    fn drop(&mut self) {
        let (content, pins) = (self.content, self.bindings.pins.clone());
        if pins.unpin(content) {
            // Whatever this comes to, the next start of the program sweeps too.
            drop(
                self.bindings
                    .job(move |sql| contents::sweep(sql, &pins, content)),
            );
        }
    }
}
