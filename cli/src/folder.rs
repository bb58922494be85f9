//! The folder `.partykit` of a project, which is kept out of version control. Owns its `.gitignore` only.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// The folder's name.
const NAME: &str = ".partykit";
/// Leaves out everything in the folder, this file too.
const ALL: &str = "*\n";

/// Has git leave out the folder in `root`, if it is there and says nothing of it yet.
pub fn leave_out(root: &Path) {
    let folder = root.join(NAME);
    if !folder.is_dir() {
        return;
    }
    let mut options = OpenOptions::new();
    // Who cannot have the file can have the storage, which matters more.
    if let Ok(mut file) = options
        .write(true)
        .create_new(true)
        .open(folder.join(".gitignore"))
    {
        let _ = file.write_all(ALL.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn git_is_told_once_and_only_of_a_folder_that_is_there() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let file = scratch.path().join(".partykit/.gitignore");
        leave_out(scratch.path());
        assert!(!scratch.path().join(".partykit").exists());
        fs::create_dir(scratch.path().join(".partykit")).expect("writable");
        leave_out(scratch.path());
        assert_eq!(fs::read_to_string(&file).expect("it is there"), "*\n");
        fs::write(&file, "mine").expect("writable");
        leave_out(scratch.path());
        assert_eq!(fs::read_to_string(&file).expect("it is there"), "mine");
    }
}
