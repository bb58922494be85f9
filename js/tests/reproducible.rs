//! The build script makes the same files each time. Runs it as cargo ran it, but for its output folder.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::Command;

/// Where cargo had the build script write.
const FIRST: &str = env!("OUT_DIR");

#[test]
fn snapshot_and_code_caches_are_the_same_bytes_each_time() {
    let second = Path::new(env!("CARGO_TARGET_TMPDIR")).join("snapshot-again");
    // Absent, unless an earlier run failed.
    let _ = fs::remove_dir_all(&second);
    // Bundles that are there are not made anew, which would take Node.js.
    copy(
        &Path::new(FIRST).join("builtins"),
        &second.join("builtins"),
        &["node_modules", "src"],
    );
    let output = Command::new(env!("PARTYRUN_BUILD_SCRIPT"))
        .env("OUT_DIR", &second)
        .output()
        .expect("cargo keeps the build script");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let mut compared = 0;
    for name in files(Path::new(FIRST)) {
        // It names the files beside it.
        if name == "caches.rs" {
            continue;
        }
        let [first, second] = [Path::new(FIRST), &second]
            .map(|folder| fs::read(folder.join(&name)).expect("both have the file"));
        let difference = first.iter().zip(&second).position(|(a, b)| a != b);
        assert_eq!(difference, None, "the first byte of `{name}` that differs");
        assert_eq!(first.len(), second.len(), "the length of `{name}`");
        compared += 1;
    }
    assert!(compared > 50, "only {compared} files were compared");
    fs::remove_dir_all(&second).expect("the folder is this test's own");
}

/// What the build script writes: the files in its folder, and the code caches.
fn files(folder: &Path) -> Vec<String> {
    let names = |folder: &Path, before: &str| -> Vec<String> {
        let entries = fs::read_dir(folder).expect("the build script made it");
        entries
            .map(|entry| entry.expect("the folder is readable"))
            .filter(|entry| entry.path().is_file())
            .map(|entry| format!("{before}{}", entry.file_name().to_string_lossy()))
            .collect()
    };
    [names(folder, ""), names(&folder.join("caches"), "caches/")].concat()
}

fn copy(from: &Path, to: &Path, but: &[&str]) {
    fs::create_dir_all(to).expect("the folder is writable");
    for entry in fs::read_dir(from).expect("the folder is readable") {
        let path = entry.expect("the folder is readable").path();
        let name = path.file_name().expect("it is in a folder");
        if but.iter().any(|but| name == *but) {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name), but);
        } else {
            fs::copy(&path, to.join(name)).expect("the folder is writable");
        }
    }
}
