//! The files of a project as the module graph sees them: what lies in archives has paths too
//! (`x.zip/node_modules/x/index.js`, as Yarn has packages), and names may have a `?` or `#`.
//!
//! Never decides what a path is for.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use oxc_resolver::{FileMetadata, FileSystem, FileSystemOs, ResolveError};

use super::archive::Archive;
use super::json_levels::is_deep;
use super::tsconfig::Bases;

/// Stand in specifiers for characters at which the resolver would cut them.
const VEILS: [(char, char); 2] = [('?', '\u{f03f}'), ('#', '\u{f023}')];

/// Yarn's name for a folder below which packages are that it has made up: a package for each set of
/// neighbours, all with the same files.
const VIRTUAL: [&str; 2] = ["__virtual__", "$$virtual"];

type Archives = HashMap<PathBuf, Option<Arc<Archive>>>;

/// The archives that are open; `None` for a file that is none.
static ARCHIVES: LazyLock<Mutex<Archives>> = LazyLock::new(Mutex::default);

fn archives() -> MutexGuard<'static, Archives> {
    ARCHIVES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn archive(path: &Path) -> Option<Arc<Archive>> {
    let mut archives = archives();
    if let Some(known) = archives.get(path) {
        return known.clone();
    }
    let archive = Archive::open(path).ok().map(Arc::new);
    archives.insert(path.to_owned(), archive.clone());
    archive
}

/// Closes all archives, so that they are opened anew.
pub(super) fn close_archives() {
    archives().clear();
}

/// Where the bytes of a path are.
enum Spot<'a> {
    File(Cow<'a, Path>),
    /// The archive, its own path, and the name in it.
    Archived(Arc<Archive>, PathBuf, String),
}

/// Most paths have no part that can be an archive, or that Yarn has made up.
fn spot(path: &Path) -> Spot<'_> {
    let Some(text) = path.to_str() else {
        return Spot::File(path.into());
    };
    let is_made_up = VIRTUAL.iter().any(|name| text.contains(name));
    if !is_made_up && !text.contains(".zip/") {
        return Spot::File(path.into());
    }
    let real = match is_made_up {
        true => real(path),
        false => Cow::Borrowed(path),
    };
    for file in real.ancestors().skip(1) {
        let is_archive = file.extension().is_some_and(|extension| extension == "zip");
        if is_archive
            && file.is_file()
            && let Some(archive) = archive(file)
            && let Ok(inner) = real.strip_prefix(file)
            && let Some(inner) = without_dots(inner).to_str()
        {
            return Spot::Archived(archive, file.to_owned(), inner.to_owned());
        }
    }
    Spot::File(real)
}

/// The path without what Yarn has made up: `a/b/__virtual__/x/1/c` is `a/c`.
fn real(path: &Path) -> Cow<'_, Path> {
    let parts: Vec<_> = path.components().collect();
    let is_virtual =
        |part: &std::path::Component<'_>| VIRTUAL.iter().any(|name| part.as_os_str() == *name);
    let Some(at) = parts.iter().position(is_virtual) else {
        return path.into();
    };
    let depth = parts
        .get(at + 2)
        .and_then(|part| part.as_os_str().to_str()?.parse().ok());
    let Some(depth) = depth else {
        return path.into();
    };
    let before = parts[..at].iter().collect::<PathBuf>();
    let above = before.ancestors().nth(depth).unwrap_or(Path::new("/"));
    let rest = parts[at + 3..].iter().collect::<PathBuf>();
    above.join(rest).into()
}

/// `path` without `.` and `..`, read as text, and without a slash at the end. What links lead to is not asked.
pub fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// The bytes of a file.
///
/// # Errors
/// The operating system's, or that there is no such file in the archive.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    match spot(path) {
        Spot::File(path) => std::fs::read(path),
        Spot::Archived(archive, _, name) => archive.read(&name),
    }
}

/// The file that changes when `path` does: the archive, for what is in one.
pub(super) fn on_disk(path: &Path) -> PathBuf {
    match spot(path) {
        Spot::File(path) => path.into_owned(),
        Spot::Archived(_, file, _) => file,
    }
}

/// The names in a folder, and whether each is a folder.
///
/// # Errors
/// The operating system's, or that there is no such folder in the archive.
pub(super) fn entries(folder: &Path) -> io::Result<Vec<(String, bool)>> {
    let folder = match spot(folder) {
        Spot::Archived(archive, _, name) => return archive.entries(&name),
        Spot::File(folder) => folder,
    };
    let entries = std::fs::read_dir(folder)?.flatten();
    let named = |entry: std::fs::DirEntry| {
        Some((entry.file_name().into_string().ok()?, entry.path().is_dir()))
    };
    Ok(entries.filter_map(named).collect())
}

fn metadata(path: &Path) -> io::Result<FileMetadata> {
    let path = match spot(path) {
        Spot::File(path) => path,
        Spot::Archived(archive, _, name) => {
            let is_file = archive.is_file(&name).ok_or(io::ErrorKind::NotFound)?;
            return Ok(FileMetadata::new(is_file, !is_file, false));
        }
    };
    let metadata = FileSystemOs::metadata(&path)?;
    // An archive of packages is the folder that their `node_modules` is in.
    let holds_packages = metadata.is_file()
        && path.extension().is_some_and(|extension| extension == "zip")
        && archive(&path).is_some_and(|archive| archive.is_file("node_modules") == Some(false));
    Ok(match holds_packages {
        true => FileMetadata::new(false, true, false),
        false => metadata,
    })
}

/// The file system of the resolver.
pub(super) struct Disk {
    bases: Arc<Bases>,
}

impl Disk {
    pub(super) fn new(bases: Arc<Bases>) -> Self {
        Self { bases }
    }
}

impl FileSystem for Disk {
    fn new() -> Self {
        Self::new(Arc::default())
    }

    /// A `package.json` is read so, by a parser that recurses.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let bytes = read(&shown(path))?;
        if is_deep(&bytes) {
            let error = format!("It is nested too deeply: `{}`", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        Ok(bytes)
    }

    /// Only configurations are read so.
    fn read_to_string(&self, path: &Path) -> io::Result<String> {
        let path = shown(path);
        let text = FileSystemOs::validate_string(read(&path)?)?;
        Ok(self
            .bases
            .with_those_that_exist(&text, &path)
            .unwrap_or(text))
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        metadata(&shown(path))
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        let path = shown(path);
        match spot(&path) {
            Spot::File(file) => match FileSystemOs::symlink_metadata(&file)? {
                link if link.is_symlink() => Ok(link),
                _ => metadata(&path),
            },
            Spot::Archived(..) => metadata(&path),
        }
    }

    fn read_link(&self, path: &Path) -> Result<PathBuf, ResolveError> {
        match spot(&shown(path)) {
            Spot::File(path) => FileSystemOs::read_link(&path),
            Spot::Archived(_, file, name) => Ok(file.join(name)),
        }
    }

    /// What Yarn has made up stays: a package with other neighbours is another one.
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        let path = shown(path);
        match spot(&path) {
            Spot::File(Cow::Borrowed(path)) => FileSystemOs::canonicalize(path),
            Spot::File(Cow::Owned(_)) | Spot::Archived(..) => Ok(path.into_owned()),
        }
    }
}

/// `specifier` with the characters that would cut it veiled; `None` when it has none. The first letter
/// may be a `#` of its own right.
pub(super) fn veiled(specifier: &str) -> Option<String> {
    let first = specifier.chars().next()?;
    let rest = &specifier[first.len_utf8()..];
    if !rest.contains(['?', '#']) {
        return None;
    }
    let mut veiled = rest.to_owned();
    for (plain, veil) in VEILS {
        veiled = veiled.replace(plain, veil.encode_utf8(&mut [0; 4]));
    }
    Some(format!("{first}{veiled}"))
}

/// A path of the resolver as it is on disk.
pub(super) fn shown(path: &Path) -> Cow<'_, Path> {
    let Some(text) = path.to_str() else {
        return path.into();
    };
    if !text.contains(VEILS.map(|(_, veil)| veil)) {
        return path.into();
    }
    let mut plain = text.to_owned();
    for (character, veil) in VEILS {
        plain = plain.replace(veil, character.encode_utf8(&mut [0; 4]));
    }
    PathBuf::from(plain).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn veils_are_lifted_again() {
        let specifier = veiled("./a?b#c.json").expect("has both");
        assert!(!specifier.contains(['?', '#']));
        assert_eq!(*shown(Path::new(&specifier)), *Path::new("./a?b#c.json"));
        assert_eq!(veiled("#inner"), None);
        assert_eq!(veiled("./plain"), None);
        assert_eq!(veiled(""), None);
    }

    #[test]
    fn paths_lose_their_dots() {
        let plain = |path| without_dots(Path::new(path));
        assert_eq!(plain("/a/b/../../c/./d/"), Path::new("/c/d"));
        assert_eq!(plain("/../a"), Path::new("/a"));
    }

    #[test]
    fn a_folder_that_is_named_like_an_archive_is_a_folder() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let folder = scratch.path().join("my.zip/src");
        std::fs::create_dir_all(&folder).expect("writable");
        std::fs::write(folder.join("a.ts"), "text").expect("writable");
        assert_eq!(read(&folder.join("a.ts")).expect("is there"), b"text");
        assert_eq!(on_disk(&folder.join("a.ts")), folder.join("a.ts"));
        assert_eq!(
            entries(&folder).expect("is there"),
            [("a.ts".to_owned(), false)]
        );
    }

    #[test]
    fn what_yarn_has_made_up_is_taken_out() {
        let real = |path| real(Path::new(path)).into_owned();
        assert_eq!(
            real("/p/.yarn/__virtual__/x/0/cache/a.zip"),
            Path::new("/p/.yarn/cache/a.zip")
        );
        assert_eq!(real("/p/.yarn/__virtual__/x/2/a/b"), Path::new("/a/b"));
        assert_eq!(
            real("/p/__virtual__/x/none/a"),
            Path::new("/p/__virtual__/x/none/a")
        );
        assert_eq!(real("/p/__virtual__"), Path::new("/p/__virtual__"));
    }

    #[test]
    fn a_file_that_is_only_named_like_an_archive_is_a_file() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let file = scratch.path().join("x.zip");
        std::fs::write(&file, "no archive").expect("writable");
        assert!(read(&file.join("a.js")).is_err());
        assert!(metadata(&file).expect("is there").is_file());
    }
}
