//! Opens the file that a path means, and no other: links that lead out of the folder, or to what is not
//! served by its own name, do not exist.

use std::fmt::Write as _;
use std::fs::{self, File, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::path;

/// An open file.
pub struct Found {
    pub file: File,
    /// The name it was asked for by, which decides its type.
    pub name: PathBuf,
    pub length: u64,
    /// Differs whenever the content may.
    pub tag: String,
}

/// The file below `root` that the decoded `path` means.
pub fn file(root: &Path, path: &str) -> Option<Found> {
    let name = path::relative(path)?;
    // The folder itself may be a link, and what it leads to may change.
    let root = root.canonicalize().ok()?;
    let real = root.join(&name).canonicalize().ok()?;
    let inside = real.strip_prefix(&root).ok()?;
    // Opening a pipe would wait for its writer.
    if !path::is_shown(inside) || !fs::metadata(&real).ok()?.is_file() {
        return None;
    }
    let file = File::open(&real).ok()?;
    let metadata = file.metadata().ok()?;
    Some(Found {
        name,
        length: metadata.len(),
        tag: tag(&metadata),
        file,
    })
}

fn tag(metadata: &Metadata) -> String {
    let modified = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .unwrap_or_default();
    let mut tag = format!("{:x}-{:x}", metadata.len(), modified.as_nanos());
    // A file that another was moved over, or whose time was set back.
    let changed = (metadata.ctime(), metadata.ctime_nsec());
    write!(tag, "-{:x}-{:x}{:x}", metadata.ino(), changed.0, changed.1)
        .expect("writing to a String");
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a scratch folder");
        fs::create_dir_all(folder.path().join("public/sub")).expect("writable");
        for (name, text) in [
            ("secret.txt", "secret"),
            ("public/a.txt", "a"),
            ("public/sub/b.txt", "b"),
        ] {
            fs::write(folder.path().join(name), text).expect("writable");
        }
        folder
    }

    fn found(folder: &tempfile::TempDir, path: &str) -> bool {
        file(&folder.path().join("public"), path).is_some()
    }

    #[test]
    fn folders_are_no_files() {
        let folder = folder();
        assert!(found(&folder, "/a.txt"));
        assert!(!found(&folder, "/sub"));
        assert!(!found(&folder, "/a.txt/"));
        assert!(!found(&folder, "/sub/"));
    }

    #[test]
    fn links_must_stay_inside() {
        use std::os::unix::fs::symlink;
        let folder = folder();
        let at = |name: &str| folder.path().join(name);
        symlink(at("secret.txt"), at("public/out.txt")).expect("linked");
        symlink(at(""), at("public/up")).expect("linked");
        symlink("sub/b.txt", at("public/in.txt")).expect("linked");
        symlink(at("public"), at("alias")).expect("linked");
        assert!(!found(&folder, "/out.txt"));
        assert!(!found(&folder, "/up/secret.txt"));
        assert!(found(&folder, "/up/public/a.txt"), "it leads back inside");
        assert!(found(&folder, "/in.txt"));
        assert!(file(&at("alias"), "/a.txt").is_some());
    }

    #[test]
    fn links_to_what_is_hidden_do_not_exist() {
        use std::os::unix::ffi::OsStrExt as _;
        use std::os::unix::fs::symlink;
        let folder = folder();
        let at = |name: &str| folder.path().join("public").join(name);
        for hidden in [
            ".env",
            ".git/config",
            "sub/.secret/f.txt",
            "node_modules/m/i.js",
        ] {
            fs::create_dir_all(at(hidden).parent().expect("in a folder")).expect("writable");
            fs::write(at(hidden), "secret").expect("writable");
        }
        for (target, name) in [
            (".env", "env.txt"),
            ("env.txt", "twice.txt"),
            (".git", "git"),
            ("git/config", "through.txt"),
            ("../.secret/f.txt", "sub/up.txt"),
            ("sub/.secret", "s"),
            ("node_modules", "vendor"),
            ("node_modules/m/i.js", "i.js"),
        ] {
            symlink(target, at(name)).expect("linked");
        }
        symlink(at(".env"), at("absolute.txt")).expect("linked");
        for path in [
            "/env.txt",
            "/twice.txt",
            "/absolute.txt",
            "/git/config",
            "/through.txt",
            "/sub/up.txt",
            "/s/f.txt",
            "/vendor/m/i.js",
            "/i.js",
        ] {
            assert!(!found(&folder, path), "{path}");
        }
        // The folder itself may be anywhere, and may hide.
        symlink(at("sub"), folder.path().join(".alias")).expect("linked");
        assert!(file(&folder.path().join(".alias"), "/b.txt").is_some());
        // A name that is no UTF-8 is not hidden.
        let odd = at("").join(std::ffi::OsStr::from_bytes(b"a\xff.txt"));
        fs::write(&odd, "odd").expect("writable");
        symlink(&odd, at("odd.txt")).expect("linked");
        assert!(found(&folder, "/odd.txt"));
    }

    #[test]
    fn every_write_changes_the_tag() {
        let folder = folder();
        let tag = || {
            let found = file(&folder.path().join("public"), "/a.txt");
            found.expect("it is there").tag
        };
        let first = tag();
        assert_eq!(first, tag());
        fs::write(folder.path().join("public/new.txt"), "b").expect("writable");
        fs::rename(
            folder.path().join("public/new.txt"),
            folder.path().join("public/a.txt"),
        )
        .expect("renamed");
        assert_ne!(first, tag());
    }
}
