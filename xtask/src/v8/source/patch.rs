//! What must change in V8's build files for a released compiler, as texts. V8 is built upstream with a
//! clang of its own, days old. Never touches a file.

use super::super::error::Problem;

/// A build file and what is replaced in it.
pub struct Patch {
    /// Path below the sources.
    pub file: &'static str,
    edits: &'static [Edit],
}

/// From the first text up to and with the second, which may be the same place.
struct Edit {
    from: &'static str,
    to: &'static str,
    by: &'static str,
}

/// All of them.
pub const PATCHES: &[Patch] = &[
    // Flags that clang 22 does not know.
    Patch {
        file: "build/config/compiler/BUILD.gn",
        edits: &[
            Edit::whole(
                r#"      cflags += [ "-fdiagnostics-show-inlining-chain" ]"#,
                "",
            ),
            Edit::whole(r#"      cflags += [ "-fno-lifetime-dse" ]"#, ""),
        ],
    },
    // The hardening of single constructs: the flag that keeps V8 from taking itself for a build with
    // all of UBSan is unknown to clang 22, so the other two must go with it.
    Patch {
        file: "build/config/sanitizers/sanitizers.gni",
        edits: &[Edit {
            from: "      cflags = [\n        \"-fsanitize=${invoker.sanitizer}\",",
            to: "\"-fsanitize-ignore-for-ubsan-feature=${invoker.sanitizer}\",\n      ]",
            by: "      cflags = []",
        }],
    },
    // Precompiled headers and named modules exclude each other; nothing here is a module.
    Patch {
        file: "build/toolchain/gcc_toolchain.gni",
        edits: &[Edit::whole(
            r#"module_name_flag = " -fmodule-name=\"{{cc_module_name}}_Private\"""#,
            r#"module_name_flag = """#,
        )],
    },
];

impl Edit {
    const fn whole(text: &'static str, by: &'static str) -> Edit {
        Edit {
            from: text,
            to: "",
            by,
        }
    }
}

impl Patch {
    /// The changed text of the file.
    ///
    /// # Errors
    /// [`Problem::OtherSources`] when it is not the text that the recipe was made for.
    pub fn apply(&self, text: &str) -> Result<String, Problem> {
        self.edits.iter().try_fold(text.to_owned(), |text, edit| {
            let missing = |what: &str| Problem::OtherSources {
                file: self.file,
                missing: what.trim().lines().next().unwrap_or_default().to_owned(),
            };
            let start = text.find(edit.from).ok_or_else(|| missing(edit.from))?;
            let after = start + edit.from.len();
            let end = text[after..]
                .find(edit.to)
                .ok_or_else(|| missing(edit.to))?;
            let end = after + end + edit.to.len();
            Ok([&text[..start], edit.by, &text[end..]].concat())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(file: &str) -> &'static Patch {
        PATCHES
            .iter()
            .find(|patch| patch.file.ends_with(file))
            .expect("one of the patches")
    }

    #[test]
    fn unknown_flags_go_and_their_neighbours_stay() {
        let text = r#"
    if (!is_win) {
      cflags += [ "-fdiagnostics-show-inlining-chain" ]
    } else {
      cflags += [ "/clang:-fdiagnostics-show-inlining-chain" ]
    }
    if (!is_wasm) {
      cflags += [ "-fno-lifetime-dse" ]
    }
"#;
        let changed = patch("BUILD.gn").apply(text).expect("as expected");
        assert!(!changed.contains("\"-f"));
        assert!(changed.contains("/clang:-f"));
    }

    #[test]
    fn the_three_flags_of_the_sanitizers_go_together() {
        let text = "    if (is_clang) {\n      cflags = [\n        \"-fsanitize=${invoker.sanitizer}\",\n        \"-fsanitize-trap=${invoker.sanitizer}\",\n\n        # Why.\n        \"-fsanitize-ignore-for-ubsan-feature=${invoker.sanitizer}\",\n      ]\n      if (x) {\n";
        assert_eq!(
            patch("sanitizers.gni").apply(text).expect("as expected"),
            "    if (is_clang) {\n      cflags = []\n      if (x) {\n"
        );
    }

    #[test]
    fn other_sources_are_told_with_what_they_lack() {
        let problem = patch("gcc_toolchain.gni")
            .apply("")
            .expect_err("there is no such line");
        assert!(
            problem.to_string().ends_with(
                r#"It has no: module_name_flag = " -fmodule-name=\"{{cc_module_name}}_Private\"""#
            ),
            "{problem}"
        );
    }
}
