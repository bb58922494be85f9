//! Digests of bytes that come in pieces: MD5, which every object has as its etag, and at most one more.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use md5::Md5;
use sha1::Sha1;
use sha2::Digest;
use sha2::Sha256;
use sha2::Sha384;
use sha2::Sha512;
use sha2::digest::DynDigest;

/// Digests under way.
pub struct Digests {
    md5: Md5,
    other: Option<(String, Box<dyn DynDigest>)>,
}

impl Digests {
    /// `other` is one of `sha1`, `sha256`, `sha384` and `sha512`; anything else adds nothing.
    pub fn new(other: Option<&str>) -> Self {
        let digest: Option<Box<dyn DynDigest>> = match other {
            Some("sha1") => Some(Box::new(Sha1::new())),
            Some("sha256") => Some(Box::new(Sha256::new())),
            Some("sha384") => Some(Box::new(Sha384::new())),
            Some("sha512") => Some(Box::new(Sha512::new())),
            _ => None,
        };
        Digests {
            md5: Md5::new(),
            other: other.map(str::to_owned).zip(digest),
        }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        Digest::update(&mut self.md5, bytes);
        if let Some((_, digest)) = &mut self.other {
            digest.update(bytes);
        }
    }

    /// Names of algorithms and digests in hexadecimal; `md5` is always among them.
    pub fn finish(self) -> BTreeMap<String, String> {
        let mut digests = BTreeMap::from([("md5".to_owned(), hex(&self.md5.finalize()))]);
        if let Some((name, digest)) = self.other {
            digests.insert(name, hex(&digest.finalize()));
        }
        digests
    }
}

/// Hexadecimal digits, lower case.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a String");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_count_as_a_whole() {
        let mut digests = Digests::new(Some("sha1"));
        digests.update(b"hel");
        digests.update(b"lo");
        let digests = digests.finish();
        assert_eq!(digests["md5"], "5d41402abc4b2a76b9719d911017c592");
        assert_eq!(digests["sha1"], "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d");
        assert_eq!(Digests::new(None).finish().len(), 1);
    }
}
