//! A text file that `init` adds to, decided before it is written.

use std::path::PathBuf;

/// What becomes of one file.
#[derive(Debug)]
pub struct TextChange {
    pub path: PathBuf,
    /// All of the text that the file will have.
    pub text: String,
    /// What it did not have, as it is told.
    pub added: Vec<String>,
}

impl TextChange {
    /// What is added, in one phrase.
    pub fn phrase(&self) -> String {
        match self.added.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [more @ .., last] => format!("{} and {last}", more.join(", ")),
        }
    }
}
