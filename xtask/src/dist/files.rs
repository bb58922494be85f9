//! Files and folders, with errors that name them.

use std::fs;
use std::path::Path;

use crate::error::Failure;

/// The bytes of a file.
pub fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(file).map_err(|error| Failure::Unreadable {
        file: file.to_owned(),
        reason: error.to_string(),
    })
}

/// The text of a file.
pub fn text(file: &Path) -> Result<String, Failure> {
    String::from_utf8(read(file)?).map_err(|error| Failure::Unreadable {
        file: file.to_owned(),
        reason: error.to_string(),
    })
}

/// Writes a file, and the folders above it.
pub fn write(file: &Path, bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(file, bytes))
        .map_err(|source| Failure::Unwritable {
            file: file.to_owned(),
            source,
        })
}

/// The names of the files in a folder, sorted.
pub fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    entries(folder, Path::is_file)
}

/// The names of the folders in a folder, sorted.
pub fn folders(folder: &Path) -> Result<Vec<String>, Failure> {
    entries(folder, Path::is_dir)
}

fn entries(folder: &Path, is_wanted: fn(&Path) -> bool) -> Result<Vec<String>, Failure> {
    let unreadable = |error: std::io::Error| Failure::Unreadable {
        file: folder.to_owned(),
        reason: error.to_string(),
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if is_wanted(&entry.path()) {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The paths of all files below a folder, sorted, with `/`; what `skipped` says of a name is left out.
pub fn below(folder: &Path, skipped: &impl Fn(&str) -> bool) -> Result<Vec<String>, Failure> {
    let mut paths = names(folder)?;
    paths.retain(|name| !skipped(name));
    let unreadable = |error: std::io::Error| Failure::Unreadable {
        file: folder.to_owned(),
        reason: error.to_string(),
    };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() && !skipped(&name) {
            let inside = below(&path, skipped)?;
            paths.extend(inside.into_iter().map(|file| format!("{name}/{file}")));
        }
    }
    paths.sort();
    Ok(paths)
}
