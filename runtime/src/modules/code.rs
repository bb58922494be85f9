//! V8's code of a module's text: kept from one isolate for those to come, so that they compile nothing.
//! Owns which isolate gives it and when; never asks V8 for it.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use deno_core::FastString;

use super::compiled::Compiled;

/// When code is taken from an isolate: it holds the functions that have been called by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The project has been loaded.
    Evaluated,
    /// A room has answered its first event as well.
    Used,
}

/// The code of one text. Never freed, as V8 reads it in place.
#[derive(Default)]
pub(super) struct Code {
    evaluated: OnceLock<&'static [u8]>,
    used: OnceLock<&'static [u8]>,
    /// An isolate is about to give the second.
    is_claimed: AtomicBool,
}

impl Code {
    /// What isolates are given.
    pub(super) fn data(&self) -> Option<&'static [u8]> {
        self.used.get().or_else(|| self.evaluated.get()).copied()
    }

    fn is_wanted(&self, moment: Moment) -> bool {
        match moment {
            Moment::Evaluated => self.data().is_none(),
            Moment::Used => self.used.get().is_none(),
        }
    }

    /// Rooms that start at the same time all could give it.
    fn claim(&self, moment: Moment) -> bool {
        moment == Moment::Evaluated || !self.is_claimed.swap(true, Ordering::Relaxed)
    }

    /// What holds no more than there is already is not kept.
    fn keep(&self, moment: Moment, data: &[u8]) {
        let known = self.data().filter(|known| known.len() >= data.len());
        let keep = || known.unwrap_or_else(|| Box::leak(data.to_vec().into_boxed_slice()));
        match moment {
            Moment::Evaluated => self.evaluated.get_or_init(keep),
            Moment::Used => self.used.get_or_init(keep),
        };
    }
}

/// How V8 compiles a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Module,
    /// The body of a CommonJS file's function.
    Function,
}

/// How an isolate came by the code of what it has loaded: the project's files, and the program's own
/// scripts that are not in the snapshot.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct CodeCounts {
    /// Taken from what was kept.
    pub kept: usize,
    /// Compiled, as there was nothing to take.
    pub compiled: usize,
    /// Compiled, as V8 refused what was kept. Never, unless this program is at fault.
    pub refused: usize,
}

/// What one isolate has loaded.
#[derive(Default)]
pub struct Loaded {
    counts: Cell<CodeCounts>,
    /// What others would load faster with code from here.
    wanted: RefCell<Vec<(Arc<Compiled>, Form)>>,
}

impl Loaded {
    /// A module of the project is about to be compiled; returns the code that is kept of it.
    pub(super) fn load(&self, module: &Arc<Compiled>, form: Form) -> Option<&'static [u8]> {
        if module.code.is_wanted(Moment::Used) {
            self.wanted.borrow_mut().push((module.clone(), form));
        }
        let data = module.code.data();
        self.note(data.is_some());
        data
    }

    /// One more script, or module, with code that is kept or without.
    pub fn note(&self, is_kept: bool) {
        let mut counts = self.counts.get();
        match is_kept {
            true => counts.kept += 1,
            false => counts.compiled += 1,
        }
        self.counts.set(counts);
    }

    /// V8 has refused kept code that was counted as taken.
    pub fn note_refusal(&self) {
        let mut counts = self.counts.get();
        counts.kept = counts.kept.saturating_sub(1);
        counts.refused += 1;
        self.counts.set(counts);
    }

    pub fn counts(&self) -> CodeCounts {
        self.counts.get()
    }

    /// Whether code of this isolate is worth taking.
    pub fn is_wanted(&self) -> bool {
        !self.wanted.borrow().is_empty()
    }

    /// The next text whose code is to be taken at `moment`. Each is named once.
    pub fn next_wanted(&self, moment: Moment) -> Option<Wanted> {
        loop {
            let (module, form) = self.wanted.borrow_mut().pop()?;
            if module.code.is_wanted(moment) && module.code.claim(moment) {
                return Some(Wanted {
                    module,
                    form,
                    moment,
                });
            }
        }
    }
}

/// A text whose code is to be taken.
pub struct Wanted {
    module: Arc<Compiled>,
    pub form: Form,
    moment: Moment,
}

impl Wanted {
    pub fn url(&self) -> &str {
        self.module.url.as_str()
    }

    pub fn text(&self) -> FastString {
        self.module.source_code()
    }

    pub fn keep(&self, data: &[u8]) {
        self.module.code.keep(self.moment, data);
    }
}

#[cfg(test)]
mod tests {
    use deno_core::ModuleSpecifier;

    use super::super::shape::Shape;
    use super::*;

    fn module() -> Arc<Compiled> {
        let url = ModuleSpecifier::parse("file:///a.js").expect("URL is valid");
        Arc::new(Compiled::new(
            url,
            "1".into(),
            "1".into(),
            Vec::new(),
            Shape::default(),
        ))
    }

    fn take(loaded: &Loaded, moment: Moment, data: &[u8]) -> bool {
        let wanted = loaded.next_wanted(moment);
        wanted.iter().for_each(|wanted| wanted.keep(data));
        wanted.is_some()
    }

    #[test]
    fn code_is_taken_after_loading_and_once_more_after_use() {
        let module = module();
        let [worker, first, second, third] = [(); 4].map(|()| Loaded::default());
        assert_eq!(worker.load(&module, Form::Module), None);
        assert!(take(&worker, Moment::Evaluated, b"one"));
        assert!(!worker.is_wanted());
        assert_eq!(first.load(&module, Form::Module), Some(&b"one"[..]));
        assert_eq!(second.load(&module, Form::Module), Some(&b"one"[..]));
        assert!(take(&first, Moment::Used, b"longer"));
        assert!(!take(&second, Moment::Used, b"the longest"));
        assert_eq!(third.load(&module, Form::Module), Some(&b"longer"[..]));
        assert!(!third.is_wanted());
    }

    #[test]
    fn code_with_nothing_more_in_it_is_not_kept() {
        let module = module();
        let loaded = Loaded::default();
        loaded.load(&module, Form::Module);
        assert!(take(&loaded, Moment::Evaluated, b"one"));
        let before = module.code.data().expect("kept a moment ago");
        loaded.load(&module, Form::Module);
        assert!(take(&loaded, Moment::Used, b"two"));
        let after = module.code.data().expect("there is some");
        assert!(std::ptr::eq(before, after));
    }

    #[test]
    fn refused_code_is_counted_as_that() {
        let loaded = Loaded::default();
        loaded.note(true);
        loaded.note(true);
        loaded.note(false);
        loaded.note_refusal();
        let counts = CodeCounts {
            kept: 1,
            compiled: 1,
            refused: 1,
        };
        assert_eq!(loaded.counts(), counts);
    }
}
