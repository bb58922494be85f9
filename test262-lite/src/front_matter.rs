//! The YAML at the top of a test: how it is to be run and what must come of it, as test262's
//! `INTERPRETING.md` defines. Never runs anything.

use saphyr::{LoadableYamlNode as _, Yaml};

const OPEN: &str = "/*---";
const CLOSE: &str = "---*/";

/// What a test says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FrontMatter {
    pub flags: Flags,
    /// Files of the harness that it needs beside those that every test has.
    pub includes: Vec<String>,
    pub negative: Option<Negative>,
    pub features: Vec<String>,
}

/// The flags that decide how a test is run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    pub only_strict: bool,
    pub no_strict: bool,
    pub module: bool,
    /// As it is: without the harness, without a directive.
    pub raw: bool,
    /// Over when it calls `$DONE`.
    pub is_async: bool,
    /// `Atomics.wait` must throw.
    pub cannot_block: bool,
}

/// The error that a test must end with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negative {
    pub phase: Phase,
    /// Name of the error's constructor.
    pub kind: String,
}

/// How far a test came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Parse,
    /// Of a module: its imports were looked up.
    Resolution,
    Runtime,
}

/// Why a file is no test.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrontMatterError {
    #[error("There is no front matter (`/*---` to `---*/`)")]
    Missing,
    #[error("The front matter is not valid YAML: {0}")]
    Yaml(String),
    #[error("The front matter has no mapping at its top")]
    NoMapping,
    #[error("This flag is not known: `{0}`")]
    Flag(String),
    #[error("`negative` has neither `parse`, `resolution` nor `runtime` as its `phase`: `{0}`")]
    Phase(String),
}

impl FrontMatter {
    /// Reads the front matter of a test's source.
    ///
    /// # Errors
    /// When there is none, or when it asks for what this runner does not know.
    pub fn read(source: &str) -> Result<Self, FrontMatterError> {
        let (_, rest) = source.split_once(OPEN).ok_or(FrontMatterError::Missing)?;
        let (text, _) = rest.split_once(CLOSE).ok_or(FrontMatterError::Missing)?;
        // YAML takes a lone carriage return for the end of a line, its parser does not everywhere.
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let documents = Yaml::load_from_str(&text)
            .map_err(|error| FrontMatterError::Yaml(error.to_string()))?;
        let yaml = documents.first().ok_or(FrontMatterError::NoMapping)?;
        if yaml.as_mapping().is_none() {
            return Err(FrontMatterError::NoMapping);
        }
        Ok(Self {
            flags: Flags::read(&strings(yaml, "flags"))?,
            includes: strings(yaml, "includes"),
            negative: yaml.as_mapping_get("negative").map(negative).transpose()?,
            features: strings(yaml, "features"),
        })
    }
}

impl Flags {
    fn read(names: &[String]) -> Result<Self, FrontMatterError> {
        let mut flags = Self::default();
        for name in names {
            match name.as_str() {
                "onlyStrict" => flags.only_strict = true,
                "noStrict" => flags.no_strict = true,
                "module" => flags.module = true,
                "raw" => flags.raw = true,
                "async" => flags.is_async = true,
                "CanBlockIsFalse" => flags.cannot_block = true,
                // Threads here may block; the other two tell where a test comes from and what to
                // make of a failure.
                "CanBlockIsTrue" | "generated" | "non-deterministic" => {}
                _ => return Err(FrontMatterError::Flag(name.clone())),
            }
        }
        Ok(flags)
    }
}

fn strings(yaml: &Yaml<'_>, key: &str) -> Vec<String> {
    let Some(list) = yaml
        .as_mapping_get(key)
        .and_then(|value| value.as_sequence())
    else {
        return Vec::new();
    };
    let names = list.iter().filter_map(|value| value.as_str());
    names.map(str::to_owned).collect()
}

fn negative(yaml: &Yaml<'_>) -> Result<Negative, FrontMatterError> {
    let text = |key| {
        let value = yaml.as_mapping_get(key).and_then(|value| value.as_str());
        value.unwrap_or("").to_owned()
    };
    let phase = match text("phase").as_str() {
        "parse" => Phase::Parse,
        "resolution" => Phase::Resolution,
        "runtime" => Phase::Runtime,
        other => return Err(FrontMatterError::Phase(other.to_owned())),
    };
    Ok(Negative {
        phase,
        kind: text("type"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_decides_a_run_is_read() {
        let source = "// (c)\r\n/*---\r\ndescription: >\r\n  Folded: with a colon\r\nflags: [module, async]\r\n\
                      includes: [a.js,\r\n  b.js]\r\nfeatures:\r\n  - class\r\nnegative:\r\n  phase: resolution\r\n  \
                      type: SyntaxError\r\n---*/\r\nimport './x.js';";
        let read = FrontMatter::read(source).expect("is valid");
        assert!(read.flags.module && read.flags.is_async && !read.flags.raw);
        assert_eq!(read.includes, ["a.js", "b.js"]);
        assert_eq!(read.features, ["class"]);
        let negative = read.negative.expect("is there");
        assert_eq!(
            (negative.phase, negative.kind.as_str()),
            (Phase::Resolution, "SyntaxError")
        );
    }

    #[test]
    fn a_misspelt_flag_is_an_error_and_not_a_test_that_runs_otherwise() {
        let read = |text: &str| FrontMatter::read(&format!("/*---\n{text}\n---*/"));
        let flag = FrontMatterError::Flag("onlystrict".into());
        assert_eq!(read("flags: [onlystrict]"), Err(flag));
        let phase = FrontMatterError::Phase("early".into());
        assert_eq!(
            read("negative: { phase: early, type: SyntaxError }"),
            Err(phase)
        );
        assert_eq!(read("- 1"), Err(FrontMatterError::NoMapping));
        assert_eq!(FrontMatter::read("1;"), Err(FrontMatterError::Missing));
        assert!(matches!(read("a: [1"), Err(FrontMatterError::Yaml(_))));
    }
}
