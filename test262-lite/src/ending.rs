//! How a run ended, and whether that is what the test asks for.

use crate::front_matter::{FrontMatter, Phase};

/// How one run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It ran to its end; an asynchronous test said that it passed.
    Completed,
    Threw {
        when: When,
        /// Name of the error's constructor.
        kind: String,
        message: String,
    },
    /// An asynchronous test said that it failed.
    AsyncFailure(String),
    /// Anything that no test may ask for: no end in time, no memory, a panic of ours.
    Broken(String),
}

/// When something was thrown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Parse,
    /// While modules were loaded and linked: V8 does not tell which of the two refused one.
    Early,
    Resolution,
    Runtime,
    /// In the harness, before the test began.
    Harness,
}

impl When {
    fn is(self, phase: Phase) -> bool {
        match self {
            When::Parse => phase == Phase::Parse,
            When::Early => phase != Phase::Runtime,
            When::Resolution => phase == Phase::Resolution,
            When::Runtime => phase == Phase::Runtime,
            When::Harness => false,
        }
    }

    fn words(self) -> &'static str {
        match self {
            When::Parse => "while it was parsed",
            When::Early => "while its modules were loaded",
            When::Resolution => "while its imports were looked up",
            When::Runtime => "while it ran",
            When::Harness => "in the harness",
        }
    }
}

/// Why the run is a failure, if it is one.
pub fn judge(front: &FrontMatter, ending: &Ending) -> Option<String> {
    let wanted = front.negative.as_ref();
    match ending {
        Ending::Completed => {
            wanted.map(|negative| format!("It ended without an error: `{}`", negative.kind))
        }
        Ending::Threw {
            when,
            kind,
            message,
        } => {
            if wanted.is_some_and(|negative| when.is(negative.phase) && negative.kind == *kind) {
                return None;
            }
            Some(format!("Threw {}: {kind}: {message}", when.words()))
        }
        Ending::AsyncFailure(message) => Some(format!("$DONE was told: {message}")),
        Ending::Broken(reason) => Some(reason.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn front(text: &str) -> FrontMatter {
        FrontMatter::read(&format!("/*---\n{text}\n---*/")).expect("is valid")
    }

    fn threw(when: When, kind: &str) -> Ending {
        Ending::Threw {
            when,
            kind: kind.into(),
            message: "x".into(),
        }
    }

    #[test]
    fn a_negative_test_passes_only_with_its_error_in_its_phase() {
        let front = front("negative: { phase: parse, type: SyntaxError }");
        assert_eq!(judge(&front, &threw(When::Parse, "SyntaxError")), None);
        assert_eq!(judge(&front, &threw(When::Early, "SyntaxError")), None);
        assert!(judge(&front, &threw(When::Runtime, "SyntaxError")).is_some());
        assert!(judge(&front, &threw(When::Parse, "TypeError")).is_some());
        assert!(judge(&front, &threw(When::Harness, "SyntaxError")).is_some());
        assert!(judge(&front, &Ending::Completed).is_some());
    }

    #[test]
    fn any_other_test_passes_only_by_ending() {
        let front = front("flags: [async]");
        assert_eq!(judge(&front, &Ending::Completed), None);
        assert!(judge(&front, &threw(When::Runtime, "Test262Error")).is_some());
        assert!(judge(&front, &Ending::AsyncFailure("x".into())).is_some());
        assert!(judge(&front, &Ending::Broken("x".into())).is_some());
    }
}
