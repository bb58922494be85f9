//! How much the program says of its own accord. Owns the names.

use clap::ValueEnum;

/// How much the program says of its own accord; what user code prints always passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Verbosity {
    None,
    Error,
    Warn,
    Info,
    Log,
    Debug,
}

impl Verbosity {
    /// The environment variable that sets it, as the original names it (specification 9.6).
    pub const VARIABLE: &str = "PARTYKIT_LOG";

    /// Its values, least first.
    pub const NAMES: [(&str, Verbosity); 6] = [
        ("none", Verbosity::None),
        ("error", Verbosity::Error),
        ("warn", Verbosity::Warn),
        ("info", Verbosity::Info),
        ("log", Verbosity::Log),
        ("debug", Verbosity::Debug),
    ];

    pub fn named(name: &str) -> Option<Verbosity> {
        let mut names = Verbosity::NAMES.iter();
        names
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, verbosity)| *verbosity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbosity_has_the_names_of_the_original() {
        assert_eq!(Verbosity::named("Warn"), Some(Verbosity::Warn));
        assert_eq!(Verbosity::named("all"), None);
        assert!(Verbosity::None < Verbosity::Error && Verbosity::Info < Verbosity::Log);
    }
}
