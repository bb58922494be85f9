//! Versions of glibc, as symbols and people write them.

use std::fmt;
use std::str::FromStr;

/// `2.28`, or `2.2.5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version([u16; 3]);

impl Version {
    /// The version in a symbol's: `GLIBC_2.17`. What is private to glibc has none.
    pub fn of_symbol(text: &str) -> Option<Version> {
        text.strip_prefix("GLIBC_")?.parse().ok()
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Version, String> {
        let mut parts = [0; 3];
        let words: Vec<_> = text.split('.').collect();
        if !(2..=3).contains(&words.len()) {
            return Err("it looks like 2.28".to_owned());
        }
        for (part, word) in parts.iter_mut().zip(words) {
            *part = word.parse().map_err(|_| "it looks like 2.28".to_owned())?;
        }
        Ok(Version(parts))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Version([major, minor, patch]) = self;
        write!(f, "{major}.{minor}")?;
        match patch {
            0 => Ok(()),
            patch => write!(f, ".{patch}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let version = |text: &str| text.parse::<Version>().expect("it is one");
        assert!(version("2.4") < version("2.28"));
        assert!(version("2.2.5") < version("2.3"));
        assert_eq!(version("2.2.5").to_string(), "2.2.5");
        assert_eq!(version("2.28").to_string(), "2.28");
        for text in ["", "2", "2.x", "2.28.1.0", "v2.28"] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_private_to_glibc_has_no_version() {
        assert_eq!(Version::of_symbol("GLIBC_2.17"), "2.17".parse().ok());
        assert_eq!(Version::of_symbol("GLIBC_PRIVATE"), None);
        assert_eq!(Version::of_symbol("GCC_3.0"), None);
    }
}
