//! What was printed and is not shown, or not yet: the last of it, up to a bound. Writes nothing itself.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// More than that of a log is nothing that anybody reads; its end says what went wrong.
const MOST_BYTES: usize = 1 << 20;

/// Texts in the order in which they came.
#[derive(Debug, Default)]
pub struct Held(Mutex<Texts>);

#[derive(Debug, Default)]
struct Texts {
    texts: VecDeque<String>,
    bytes: usize,
    dropped: usize,
}

impl Held {
    pub fn add(&self, text: String) {
        let mut held = self.lock();
        held.bytes += text.len();
        held.texts.push_back(text);
        while held.bytes > MOST_BYTES && held.texts.len() > 1 {
            if let Some(first) = held.texts.pop_front() {
                held.bytes -= first.len();
                held.dropped += 1;
            }
        }
    }

    /// All that is there, and how many texts before it are not.
    pub fn take(&self) -> (Vec<String>, usize) {
        let held = std::mem::take(&mut *self.lock());
        (held.texts.into(), held.dropped)
    }

    fn lock(&self) -> MutexGuard<'_, Texts> {
        // A list of texts is whole after any step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_texts_are_kept_and_the_others_counted() {
        let held = Held::default();
        held.add("first".to_owned());
        held.add("x".repeat(MOST_BYTES));
        held.add("last".to_owned());
        let (texts, dropped) = held.take();
        assert_eq!(texts, ["last"]);
        assert_eq!(dropped, 2);
        assert_eq!(held.take(), (Vec::new(), 0));
    }
}
