//! Where a value stands in the configuration, and how that is written. Knows no text and no file.

use std::fmt;

/// One step from a value to one inside of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// Where a value stands in the file, written as a user would: `serve.build.loader[".x"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPath(Vec<Step>);

impl KeyPath {
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    pub fn key(&self, key: &str) -> KeyPath {
        self.step(Step::Key(key.to_owned()))
    }

    pub fn index(&self, index: usize) -> KeyPath {
        self.step(Step::Index(index))
    }

    /// This path inside of the value at `outer`.
    pub fn inside(&self, outer: &KeyPath) -> KeyPath {
        KeyPath([&outer.0[..], &self.0[..]].concat())
    }

    /// `other`, seen from the object that this path's last step is in.
    pub fn beside(&self, other: &KeyPath) -> KeyPath {
        let object = self.0.split_last().map_or(&[][..], |(_, object)| object);
        other.inside(&KeyPath(object.to_vec()))
    }

    fn step(&self, step: Step) -> KeyPath {
        KeyPath(self.0.iter().cloned().chain([step]).collect())
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '-');
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if !key.is_empty() && key.chars().all(is_plain) => {
                    let dot = if position == 0 { "" } else { "." };
                    write!(formatter, "{dot}{key}")?;
                }
                Step::Key(key) => write!(formatter, "[{key:?}]")?,
                Step::Index(index) => write!(formatter, "[{index}]")?,
            }
        }
        Ok(())
    }
}
