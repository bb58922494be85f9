//! `SHA256SUMS`: what `sha256sum --check` reads, for all files of a folder.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::files;
use crate::error::Failure;

pub const NAME: &str = "SHA256SUMS";

/// SHA-256 in hexadecimal.
pub fn of(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes the sums of all files of `folder` into it.
pub fn write(folder: &Path) -> Result<(), Failure> {
    let mut names = files::names(folder)?;
    names.retain(|name| name != NAME);
    let mut text = String::new();
    for name in names {
        text.push_str(&line(&of(&files::read(&folder.join(&name))?), &name));
    }
    files::write(&folder.join(NAME), &text)
}

fn line(sum: &str, name: &str) -> String {
    format!("{sum}  {name}\n")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn all_files_are_listed_but_the_list() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["b.tar.gz", "a.tgz"] {
            fs::write(folder.path().join(name), "abc").expect("writable");
        }
        for _ in 0..2 {
            write(folder.path()).expect("written");
            let text = fs::read_to_string(folder.path().join(NAME)).expect("readable");
            let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
            assert_eq!(text, format!("{sum}  a.tgz\n{sum}  b.tar.gz\n"));
        }
    }
}
