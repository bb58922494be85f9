//! One classic script by the passes that a project's files go through, for conformance tests: projects
//! consist of modules and CommonJS only.
//!
//! Never reads files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::outcome::Failure;
use super::settings::{JavaScript, Settings};
use super::transpile::{Goal, Input, transpile};

/// Why a script has no text for V8.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// All syntax errors that were found, one per line.
    #[error("Syntax error: {0}")]
    Syntax(String),
    #[error("The transpiler gave up on this script: {0}")]
    Transpiler(String),
}

/// What V8 gets for `source`, which is read as a script. `name` is a file name: its extension decides
/// the language.
///
/// # Errors
/// When the script is refused. The transpiler asserts what it believes of its input: it can panic.
pub fn transpile_script(
    name: &Path,
    source: &str,
    javascript: JavaScript,
) -> Result<String, ScriptError> {
    let settings = Settings::new(name, None).with_javascript(javascript);
    let input = Input {
        url: &name.to_string_lossy(),
        source: source.strip_prefix('\u{feff}').unwrap_or(source),
        settings: &settings,
        define: &BTreeMap::new(),
        types: &BTreeSet::new(),
        goal: Goal::Script,
    };
    match transpile(&input) {
        Ok(output) => Ok(output.text),
        Err(Failure::Refused(refused)) => {
            let messages: Vec<String> = refused.into_iter().map(|one| one.message).collect();
            Err(ScriptError::Syntax(messages.join("\n")))
        }
        Err(Failure::Crashed(reason)) => Err(ScriptError::Transpiler(reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_may_be_sloppy_and_keeps_its_text() {
        let source = "with ({ await: 1 }) await;";
        let text = transpile_script(Path::new("a.js"), source, JavaScript::AsWritten);
        assert_eq!(text.as_deref(), Ok(source));
        let text = transpile_script(Path::new("a.js"), source, JavaScript::Printed);
        assert_eq!(text.as_deref(), Ok("with ({\n    await: 1\n})await;\n"));
    }

    #[test]
    fn a_sloppy_script_may_have_a_function_as_the_body_of_an_if() {
        let source = "if (true) function f() {}";
        let text = transpile_script(Path::new("a.js"), source, JavaScript::AsWritten);
        assert_eq!(text.as_deref(), Ok(source));
    }

    #[test]
    fn a_script_is_no_module() {
        let refused = transpile_script(Path::new("a.js"), "export {};", JavaScript::AsWritten);
        assert!(
            matches!(refused, Err(ScriptError::Syntax(_))),
            "{refused:?}"
        );
    }
}
