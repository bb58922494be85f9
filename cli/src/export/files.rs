//! The static files of an export: a copy of `serve.path` and of what `serve.build` makes of client code. Owns
//! which files there are; serves none.

use std::fs;
use std::path::Path;

use super::failure::Failure;

/// The engine's own file of response headers.
const HEADERS: &str = "_headers";
/// As the original answers for every file.
const RULE: &str = "/*\n  Access-Control-Allow-Origin: *\n";
/// The platform takes no larger file.
const LARGEST: u64 = 25 * 1024 * 1024;
/// Names that the engine takes for its own, and the original for files.
const REFUSED: [&str; 2] = ["_worker.js", "_redirects"];

/// What was copied.
#[derive(Debug, Default, PartialEq)]
pub struct Copied {
    pub files: usize,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// Copies the folder `from`, without what the original hides, but for `skipped` in it.
pub fn copy(from: &Path, to: &Path, skipped: &Path) -> Result<Copied, Failure> {
    let mut copied = Copied::default();
    let mut faults = Vec::new();
    visit(from, from, to, skipped, &mut copied, &mut faults)?;
    if faults.is_empty() {
        headers(to)?;
        return Ok(copied);
    }
    Err(Failure(faults))
}

/// Copies a folder without hidden names, into one that may be there.
pub fn copy_all(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to).map_err(|error| Failure::unwritable(to, &error))?;
    let entries = fs::read_dir(from).map_err(|error| Failure::unreadable(from, &error))?;
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().unwrap_or_default();
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        let target = to.join(name);
        if path.is_dir() {
            copy_all(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(|error| Failure::unwritable(&target, &error))?;
        }
    }
    Ok(())
}

fn visit(
    root: &Path,
    from: &Path,
    to: &Path,
    skipped: &Path,
    copied: &mut Copied,
    faults: &mut Vec<String>,
) -> Result<(), Failure> {
    fs::create_dir_all(to).map_err(|error| Failure::unwritable(to, &error))?;
    let entries = fs::read_dir(from).map_err(|error| Failure::unreadable(from, &error))?;
    let mut paths: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default();
        let text = name.to_string_lossy();
        if text.starts_with('.') || text == "node_modules" || path == skipped {
            continue;
        }
        let target = to.join(name);
        let metadata = fs::metadata(&path).map_err(|error| Failure::unreadable(&path, &error))?;
        if metadata.is_dir() {
            visit(root, &path, &target, skipped, copied, faults)?;
            continue;
        }
        let shown = path
            .strip_prefix(root)
            .unwrap_or(&path)
            .display()
            .to_string();
        if metadata.len() > LARGEST {
            faults.push(format!("Static files have 25 MiB at most on this platform, and this one has more: `{shown}`"));
            continue;
        }
        if from == root && REFUSED.contains(&text.as_ref()) {
            copied.notes.push(format!(
                "The engine reads this static file itself, so it is left out: `{shown}`"
            ));
            continue;
        }
        fs::copy(&path, &target).map_err(|error| Failure::unwritable(&target, &error))?;
        copied.files += 1;
    }
    Ok(())
}

/// The original's header comes first, so that what a user's file says of it stands.
fn headers(to: &Path) -> Result<(), Failure> {
    let path = to.join(HEADERS);
    let own = fs::read_to_string(&path).unwrap_or_default();
    let gap = if own.is_empty() { "" } else { "\n" };
    fs::write(&path, format!("{RULE}{gap}{own}"))
        .map_err(|error| Failure::unwritable(&path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_original_hides_is_not_copied() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (from, to) = (folder.path().join("public"), folder.path().join("out"));
        for file in [
            "a.txt",
            ".env",
            "sub/b.txt",
            "sub/.git/c",
            "node_modules/d",
            "_redirects",
        ] {
            let path = from.join(file);
            fs::create_dir_all(path.parent().expect("in a folder")).expect("writable");
            fs::write(path, file).expect("writable");
        }
        let copied = copy(&from, &to, Path::new("/none")).expect("copied");
        assert_eq!(copied.files, 2);
        assert!(
            copied.notes[0].contains("`_redirects`"),
            "{:?}",
            copied.notes
        );
        assert!(to.join("sub/b.txt").is_file());
        for hidden in [".env", "sub/.git", "node_modules", "_redirects"] {
            assert!(!to.join(hidden).exists(), "{hidden}");
        }
        assert_eq!(fs::read_to_string(to.join(HEADERS)).expect("written"), RULE);
    }

    #[test]
    fn a_file_over_the_limit_is_named() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let from = folder.path().join("public");
        fs::create_dir(&from).expect("writable");
        let file = fs::File::create(from.join("film.mp4")).expect("writable");
        file.set_len(LARGEST + 1).expect("a sparse file");
        let failure =
            copy(&from, &folder.path().join("out"), Path::new("/none")).expect_err("refused");
        assert!(failure.0[0].ends_with("`film.mp4`"), "{}", failure.0[0]);
    }
}
