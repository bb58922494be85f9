//! Archives that are the same bytes whenever and wherever the same files are packed: no times, owners
//! or order of the machine. Never reads a file.

use std::io::{self, Read as _};
use std::path::Path;

use flate2::read::GzDecoder;
use libdeflater::{CompressionLvl, Compressor};
use tar::{EntryType, Header};

/// The time of every file: the one that npm gives to files of its packages, in 1985, because programs
/// exist that do not take 1970.
const TIME: u64 = 499_162_500;

/// One file of an archive.
#[derive(Clone, Debug)]
pub struct Entry {
    pub path: String,
    pub bytes: Vec<u8>,
    pub is_program: bool,
}

impl Entry {
    pub fn file(path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Entry {
        Entry {
            path: path.into(),
            bytes: bytes.into(),
            is_program: false,
        }
    }

    pub fn program(path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Entry {
        Entry {
            is_program: true,
            ..Entry::file(path, bytes)
        }
    }
}

/// Packs the files below `folder` as `.tar.gz`, in the order of their paths.
pub fn pack(folder: &str, mut entries: Vec<Entry>) -> io::Result<Vec<u8>> {
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let mut archive = tar::Builder::new(Vec::new());
    for entry in &entries {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(if entry.is_program { 0o755 } else { 0o644 });
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(TIME);
        header.set_size(entry.bytes.len() as u64);
        let path = format!("{folder}/{}", entry.path);
        archive.append_data(&mut header, path, entry.bytes.as_slice())?;
    }
    Ok(gzip(&archive.into_inner()?))
}

/// The bytes of one file of an archive, if it is there.
pub fn file_of(packed: &[u8], path: &str) -> io::Result<Option<Vec<u8>>> {
    let mut archive = tar::Archive::new(GzDecoder::new(packed));
    for entry in archive.entries()? {
        let mut entry = entry?;
        if entry.path().is_ok_and(|it| it == Path::new(path)) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

/// Compresses as far as gzip's format allows in reasonable time, because npm takes no other format and
/// each user downloads what is packed once. The header that libdeflate writes has no time.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::best());
    let mut packed = vec![0; compressor.gzip_compress_bound(bytes.len())];
    let length = compressor
        .gzip_compress(bytes, &mut packed)
        .expect("a buffer as long as the bound is long enough");
    packed.truncate(length);
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Vec<Entry> {
        vec![
            Entry::program("run", "#!/bin/sh\n"),
            Entry::file("doc/a.txt", "text"),
        ]
    }

    #[test]
    fn order_and_time_leave_no_trace() {
        let mut other = entries();
        other.reverse();
        let first = pack("x-1", entries()).expect("packed");
        assert_eq!(first, pack("x-1", other).expect("packed"));
        assert_eq!(first[4..8], [0; 4], "gzip has a time");
    }

    #[test]
    fn one_file_is_read_without_the_others() {
        let packed = pack("x-1", entries()).expect("packed");
        let read = |path: &str| file_of(&packed, path).expect("readable");
        assert_eq!(read("x-1/doc/a.txt"), Some(b"text".to_vec()));
        assert_eq!(read("doc/a.txt"), None);
    }

    #[test]
    fn programs_can_be_run_and_files_be_read() {
        let packed = pack("x-1", entries()).expect("packed");
        let mut archive = tar::Archive::new(GzDecoder::new(packed.as_slice()));
        let found: Vec<_> = archive
            .entries()
            .expect("readable")
            .map(|entry| {
                let mut entry = entry.expect("readable");
                let mut text = String::new();
                entry.read_to_string(&mut text).expect("readable");
                let header = entry.header();
                let path = entry.path().expect("it has one").display().to_string();
                (path, header.mode().expect("it has one"), text)
            })
            .collect();
        assert_eq!(
            found,
            [
                ("x-1/doc/a.txt".to_owned(), 0o644, "text".to_owned()),
                ("x-1/run".to_owned(), 0o755, "#!/bin/sh\n".to_owned()),
            ]
        );
    }
}
