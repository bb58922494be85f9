//! What every way of running a test has in common: the texts, in the order in which V8 gets them.

use crate::front_matter::{FrontMatter, FrontMatterError};
use crate::suite::{Suite, SuiteError, Variant};

/// What every test has, but raw ones.
const ALWAYS: [&str; 2] = ["assert.js", "sta.js"];
/// Defines `$DONE`.
const ASYNC: &str = "doneprintHandle.js";
const STRICT: &str = "\"use strict\";\n";

/// One run, read from its files.
pub struct Preparation {
    pub front: FrontMatter,
    pub variant: Variant,
    /// Relative to the suite's tests.
    pub path: String,
    /// Names and texts, in order.
    pub harness: Vec<(String, String)>,
    /// The test, behind its directive.
    pub source: String,
}

/// Why a run cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum PreparationError {
    #[error(transparent)]
    Suite(#[from] SuiteError),
    #[error(transparent)]
    FrontMatter(#[from] FrontMatterError),
}

impl Preparation {
    /// # Errors
    /// When the test or a file of its harness cannot be read.
    pub fn read(suite: &Suite, path: &str, variant: Variant) -> Result<Self, PreparationError> {
        let mut source = suite.source(path)?;
        let front = FrontMatter::read(&source)?;
        let mut harness = Vec::new();
        if variant != Variant::Raw {
            let own = front.includes.iter().map(String::as_str);
            let names = ALWAYS
                .into_iter()
                .chain(front.flags.is_async.then_some(ASYNC))
                .chain(own);
            for name in names {
                harness.push((name.to_owned(), suite.harness(name)?));
            }
        }
        if variant == Variant::Strict {
            source.insert_str(0, STRICT);
        }
        Ok(Self {
            front,
            variant,
            path: path.to_owned(),
            harness,
            source,
        })
    }
}
