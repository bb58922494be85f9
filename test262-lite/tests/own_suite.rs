//! The project's own suite, run by the program itself: everything passes but what is listed.

use std::path::Path;
use std::process::{Command, Output};

fn run(flags: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_test262-lite"))
        .args(flags)
        .output()
        .expect("the program was built for this test")
}

/// The exit code and everything that was printed.
fn outcome(output: &Output) -> (Option<i32>, String) {
    let printed = [&output.stdout[..], &output.stderr[..]].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&printed).into_owned(),
    )
}

#[test]
fn the_suite_passes_as_it_is_written() {
    let (code, text) = outcome(&run(&[]));
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn the_suite_passes_when_the_transpiler_prints_everything() {
    let (code, text) = outcome(&run(&["--javascript", "printed"]));
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn the_suite_passes_by_a_clock_that_can_be_set() {
    let (code, text) = outcome(&run(&["--clock"]));
    assert_eq!(code, Some(0), "{text}");
}

/// Writes a suite with our harness, and the tests by path.
fn suite(tests: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("the temporary folder is writable");
    let harness = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/harness");
    std::os::unix::fs::symlink(harness, folder.path().join("harness")).expect("the link is new");
    for (path, text) in tests {
        let path = folder.path().join("test").join(path);
        let parent = path.parent().expect("it is in a folder at least");
        std::fs::create_dir_all(parent).expect("the temporary folder is writable");
        std::fs::write(path, text).expect("the temporary folder is writable");
    }
    folder
}

fn run_suite(folder: &tempfile::TempDir, flags: &[&str]) -> (Option<i32>, String) {
    let root = folder.path().to_str().expect("temporary folders are UTF-8");
    let flags = [&["--suite", root, "--jobs", "1"], flags].concat();
    outcome(&run(&flags))
}

#[test]
fn whatever_a_test_does_the_others_are_run() {
    let folder = suite(&[
        (
            "a/claim.js",
            "/*---\nflags: [noStrict]\n---*/\nassert.sameValue(1, 2);",
        ),
        (
            "a/early.js",
            "/*---\nnegative: { phase: runtime, type: SyntaxError }\nflags: [noStrict]\n---*/\nvar var;",
        ),
        ("a/loop.js", "/*---\nflags: [noStrict]\n---*/\nfor (;;);"),
        (
            "a/memory.js",
            "/*---\nflags: [noStrict]\n---*/\nvar all = []; for (;;) all.push(new Array(100000).fill(all));",
        ),
        (
            "a/never.js",
            "/*---\nflags: [module]\n---*/\nawait new Promise(() => {});",
        ),
        (
            "a/passes.js",
            "/*---\nflags: [async, noStrict]\n---*/\nPromise.resolve().then(() => $DONE());",
        ),
        (
            "a/reject.js",
            "/*---\nflags: [async, noStrict]\n---*/\nPromise.resolve().then(() => $DONE('no'));",
        ),
        ("a/silent.js", "/*---\nflags: [async, noStrict]\n---*/\n1;"),
    ]);
    let (code, text) = run_suite(&folder, &["--timeout", "2"]);
    assert_eq!(code, Some(1), "{text}");
    let failed = |name: &str, reason: &str| {
        let line = format!("FAILED  a/{name}");
        let mut lines = text.lines().skip_while(|found| !found.starts_with(&line));
        let found = (lines.next(), lines.next());
        assert!(
            found.1.is_some_and(|found| found.contains(reason)),
            "{name}: {found:?}\n{text}"
        );
    };
    failed("claim.js (sloppy)", "Test262Error: expected 2, found 1");
    failed(
        "early.js (sloppy)",
        "Threw while it was parsed: SyntaxError",
    );
    failed("loop.js (sloppy)", "It was stopped");
    failed("memory.js (sloppy)", "memory");
    failed("never.js (module)", "never");
    failed("reject.js (sloppy)", "$DONE was told: no");
    failed("silent.js (sloppy)", "$DONE was not called");
    let mut rows = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    assert!(rows.any(|row| row == ["a", "1", "7", "0"]), "{text}");
    assert!(!text.contains("FAILED  a/passes.js"), "{text}");
}

#[test]
fn a_list_of_known_failures_must_be_true() {
    let folder = suite(&[
        (
            "a/fails.js",
            "/*---\nflags: [onlyStrict]\n---*/\nassert(false);",
        ),
        (
            "a/passes.js",
            "/*---\nflags: [onlyStrict]\n---*/\nassert(true);",
        ),
    ]);
    let list = folder.path().join("expectations.txt");
    let write = |text: &str| std::fs::write(&list, text).expect("the temporary folder is writable");
    write("# Why\na/fails.js (strict)\n");
    let (code, text) = run_suite(&folder, &[]);
    assert_eq!(code, Some(0), "{text}");
    write("a/fails.js\na/passes.js\n");
    let (code, text) = run_suite(&folder, &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("PASSED  a/passes.js (strict)"), "{text}");
    write("a/fails.js\na/gone.js\n");
    let (code, text) = run_suite(&folder, &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("MISSING a/gone.js"), "{text}");
}

#[test]
fn v8_alone_is_compared_with_partyrun() {
    let folder = suite(&[
        (
            "a/both.js",
            "/*---\nflags: [onlyStrict]\n---*/\nassert(true);",
        ),
        (
            "a/lost.js",
            "/*---\nflags: [onlyStrict]\n---*/\nassert.sameValue(typeof fetch, 'undefined');",
        ),
        (
            "a/gained.js",
            "/*---\nflags: [module]\n---*/\nclass A { @((f) => () => 2) a() {} }\nassert.sameValue(new A().a(), 2);",
        ),
    ]);
    let (code, text) = run_suite(&folder, &["--compare"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("LOST    a/lost.js (strict)"), "{text}");
    assert!(text.contains("GAINED  a/gained.js (module)"), "{text}");
    assert!(
        text.contains("1 of the 2 runs that V8 alone passes"),
        "{text}"
    );
}

#[test]
fn nothing_to_run_is_no_success() {
    let folder = suite(&[("a/wrong.js", "1;")]);
    let (code, text) = run_suite(&folder, &[]);
    assert_eq!(code, Some(2), "{text}");
    assert!(
        text.contains("`a/wrong.js`: There is no front matter"),
        "{text}"
    );
    let (code, text) = run_suite(&folder, &["--filter", "nowhere"]);
    assert_eq!(code, Some(2), "{text}");
    let (code, text) = outcome(&run(&["--suite", "/nonexistent"]));
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("no `test`"), "{text}");
}
