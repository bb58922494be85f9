//! Archives of packages, as Yarn keeps them: which files are in a zip file, and their bytes. Knows the
//! two ways in which they are stored, no encryption and no more than 4 GiB.
//!
//! Never unpacks more than it is asked for.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use flate2::bufread::DeflateDecoder;

/// Signature and length of what stands at the end, before a comment of at most 64 KiB.
const END: &[u8] = b"PK\x05\x06";
const END_LENGTH: usize = 22;
const LONGEST_END: u64 = END_LENGTH as u64 + 0xffff;

/// Signature and length of an entry of the directory, before its name.
const ENTRY: &[u8] = b"PK\x01\x02";
const ENTRY_LENGTH: usize = 46;

/// Signature and length of what stands before a file's bytes, before the name.
const FILE: &[u8] = b"PK\x03\x04";
const FILE_LENGTH: usize = 30;

/// An open archive.
pub(super) struct Archive {
    file: Mutex<File>,
    files: HashMap<String, Entry>,
    /// Without slashes at the end.
    folders: BTreeSet<String>,
}

#[derive(Clone, Copy)]
struct Entry {
    is_deflated: bool,
    length: usize,
    /// Where what stands before the bytes begins.
    start: u64,
}

impl Archive {
    /// Reads the directory of the archive.
    ///
    /// # Errors
    /// The operating system's, or that it is no such archive.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let length = file.seek(SeekFrom::End(0))?;
        let tail = bytes_at(&mut file, length.saturating_sub(LONGEST_END), length)?;
        let at = (0..=tail.len().saturating_sub(END_LENGTH))
            .rev()
            .find(|at| tail[*at..].starts_with(END))
            .ok_or_else(broken)?;
        let end = Fields(&tail[at..]);
        let (size, start) = (end.long(12)?, end.long(16)?);
        let directory = bytes_at(
            &mut file,
            u64::from(start),
            u64::from(start) + u64::from(size),
        )?;
        let mut archive = Self {
            file: Mutex::new(file),
            files: HashMap::new(),
            folders: BTreeSet::new(),
        };
        archive.take(&directory)?;
        Ok(archive)
    }

    fn take(&mut self, mut directory: &[u8]) -> io::Result<()> {
        while directory.starts_with(ENTRY) {
            let entry = Fields(directory);
            let name_length = usize::from(entry.short(28)?);
            let rest = usize::from(entry.short(30)?) + usize::from(entry.short(32)?);
            let name = directory.get(ENTRY_LENGTH..ENTRY_LENGTH + name_length);
            let name = String::from_utf8_lossy(name.ok_or_else(broken)?).into_owned();
            let method = entry.short(10)?;
            let folders = name.match_indices('/').map(|(at, _)| name[..at].to_owned());
            self.folders.extend(folders);
            if matches!(method, 0 | 8) && !name.ends_with('/') {
                let entry = Entry {
                    is_deflated: method == 8,
                    length: entry.long(20)? as usize,
                    start: u64::from(entry.long(42)?),
                };
                self.files.insert(name, entry);
            }
            let next = ENTRY_LENGTH + name_length + rest;
            directory = directory.get(next..).ok_or_else(broken)?;
        }
        Ok(())
    }

    /// Whether there is such a file, or such a folder; `None` when there is neither.
    pub(super) fn is_file(&self, name: &str) -> Option<bool> {
        let name = name.trim_end_matches('/');
        if self.folders.contains(name) {
            return Some(false);
        }
        self.files.contains_key(name).then_some(true)
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// That there is none, or that it cannot be read.
    pub(super) fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let entry = *self.files.get(name).ok_or(io::ErrorKind::NotFound)?;
        let stored = {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            let head = bytes_at(&mut file, entry.start, entry.start + FILE_LENGTH as u64)?;
            if !head.starts_with(FILE) {
                return Err(broken());
            }
            let head = Fields(&head);
            let before =
                FILE_LENGTH as u64 + u64::from(head.short(26)?) + u64::from(head.short(28)?);
            let start = entry.start + before;
            bytes_at(&mut file, start, start + entry.length as u64)?
        };
        if !entry.is_deflated {
            return Ok(stored);
        }
        let mut bytes = Vec::new();
        DeflateDecoder::new(&*stored).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The names in a folder, and whether each is a folder.
    ///
    /// # Errors
    /// That there is no such folder.
    pub(super) fn entries(&self, folder: &str) -> io::Result<Vec<(String, bool)>> {
        if self.is_file(folder) != Some(false) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let prefix = format!("{}/", folder.trim_end_matches('/'));
        let inside = |name: &str| {
            let rest = name.strip_prefix(&prefix)?;
            (!rest.is_empty() && !rest.contains('/')).then(|| rest.to_owned())
        };
        let folders = self
            .folders
            .iter()
            .filter_map(|name| Some((inside(name)?, true)));
        let files = self
            .files
            .keys()
            .filter_map(|name| Some((inside(name)?, false)));
        Ok(folders.chain(files).collect())
    }
}

/// Little-endian numbers by their place.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn short(&self, at: usize) -> io::Result<u16> {
        let bytes = self.0.get(at..at + 2).ok_or_else(broken)?;
        Ok(u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    fn long(&self, at: usize) -> io::Result<u32> {
        Ok(u32::from(self.short(at)?) | u32::from(self.short(at + 2)?) << 16)
    }
}

fn bytes_at(file: &mut File, start: u64, end: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(end.saturating_sub(start))
        .read_to_end(&mut bytes)?;
    match bytes.len() as u64 == end.saturating_sub(start) {
        true => Ok(bytes),
        false => Err(broken()),
    }
}

fn broken() -> io::Error {
    io::Error::other("it is no archive that can be read")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;

    use super::*;
    use crate::modules::testing::{zip, zip_of};

    fn opened(bytes: &[u8]) -> io::Result<Archive> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), bytes)?;
        Archive::open(file.path())
    }

    #[test]
    fn files_are_read_and_folders_are_listed() {
        let archive = opened(&zip(&[("a/b/c.js", "text"), ("a/d.js", "")])).expect("an archive");
        assert_eq!(archive.read("a/b/c.js").expect("is there"), b"text");
        assert_eq!(archive.read("a/d.js").expect("is there"), b"");
        assert!(archive.read("a/b").is_err());
        assert_eq!(
            ["a", "a/b/", "a/d.js", "c"].map(|name| archive.is_file(name)),
            [Some(false), Some(false), Some(true), None]
        );
        let entries = [("b".to_owned(), true), ("d.js".to_owned(), false)];
        assert_eq!(archive.entries("a").expect("is there"), entries);
        assert!(archive.entries("a/d.js").is_err());
    }

    #[test]
    fn what_is_deflated_is_inflated() {
        let text = "again and again ".repeat(100);
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).expect("to memory");
        let stored = encoder.finish().expect("to memory");
        assert!(stored.len() < text.len());
        let archive = opened(&zip_of(&[("a.js", &stored)], 8)).expect("an archive");
        assert_eq!(archive.read("a.js").expect("is there"), text.as_bytes());
    }

    #[test]
    fn what_is_cut_or_none_is_an_error() {
        let whole = zip(&[("a.js", "text")]);
        for length in 0..whole.len() {
            assert!(opened(&whole[..length]).is_err(), "{length}");
        }
        assert!(opened(&[b'x'; 100]).is_err());
        let mut moved = whole.clone();
        moved[0] = b'x';
        let archive = opened(&moved).expect("the directory is whole");
        assert!(archive.read("a.js").is_err());
    }
}
