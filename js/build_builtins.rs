//! Makes the builtin modules' scripts: installs the npm packages of `node/`, bundles each module with
//! esbuild, and asks an isolate what each of them exports. Never part of the snapshot.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use deno_core::{JsRuntime, RuntimeOptions};

use crate::extensions;

/// What the specifiers of the modules' scripts start with; js/src/60_builtins.js has it too.
const SCRIPTS: &str = "ext:partyrun/builtin/";

/// What the ids of modules start with that only other builtin modules ask for.
const INSIDE: &str = "inside:";

/// Bundles the modules; answers their scripts by specifier.
pub fn bundle(folder: &Path) -> BTreeMap<String, String> {
    println!("cargo:rerun-if-changed=node");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("node");
    let files = files_below(&source);
    fs::create_dir_all(folder).expect("OUT_DIR is writable");
    let packages = ["package.json", "package-lock.json"].map(Path::new);
    let packages = hash(
        files
            .iter()
            .filter(|(path, _)| packages.contains(&path.as_path())),
    );
    let all = hash(files.iter());
    if stamp(folder, "packages") != packages.to_string() {
        copy(&files, folder);
        run(Command::new("npm").current_dir(folder).args([
            "ci",
            "--prefer-offline",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
        ]));
        write_stamp(folder, "packages", packages);
    }
    let out = folder.join("out");
    if stamp(folder, "bundle") != all.to_string() {
        for old in ["src", "out"] {
            // Absent in a new folder.
            let _ = fs::remove_dir_all(folder.join(old));
        }
        copy(&files, folder);
        run(Command::new("node")
            .current_dir(folder)
            .args(["bundle.mjs", "out"]));
        write_stamp(folder, "bundle", all);
    }
    let mut scripts = BTreeMap::new();
    for (path, text) in files_below(&out) {
        let name = path.to_str().expect("bundle.mjs writes ASCII names");
        if let Some(name) = name.strip_suffix(".js") {
            let id = name.replacen("--", ":", 1).replace("__", "/");
            scripts.insert(format!("{SCRIPTS}{id}"), text);
        }
    }
    scripts
}

/// The licences of what the bundles contain.
pub fn licenses(folder: &Path) -> PathBuf {
    folder.join("out/licenses.txt")
}

/// The clock that can be set is loaded by isolates that go by one. Its functions run here too, last, as `Date` goes by the
/// pretended clock then.
const LOAD_CLOCK: &str = "
    globalThis.__partyrun_clock = Deno.core.loadExtScript('ext:partyrun/47_clock.js');
    undefined";
const USE_CLOCK: &str = "{
    const ops = new Proxy({}, { get: () => () => -1 });
    const takeTimersFrom = (timers) => timers.cancel(timers.create(() => {}, 1));
    globalThis.__partyrun_clock({ onException() {}, ops, timers: { takeTimersFrom } });
    Date.now();
    undefined;
}";

/// The text of a table: each module's URL, how it may be named, and what it exports. The isolate is
/// made as rooms make theirs, so a module that does not evaluate fails the build; it has run every one.
pub fn write_table(
    path: &Path,
    snapshot: Box<[u8]>,
    scripts: &'static [(&'static str, &'static str)],
) -> JsRuntime {
    let mut runtime = JsRuntime::new(RuntimeOptions {
        extensions: extensions::for_runtime(),
        startup_snapshot: Some(Box::leak(snapshot)),
        residual_lazy_js_sources: scripts,
        skip_op_registration: true,
        ..Default::default()
    });
    let ids: Vec<&str> = scripts
        .iter()
        .filter_map(|(specifier, _)| specifier.strip_prefix(SCRIPTS))
        .collect();
    let mut text = String::from("pub static BUILTINS: &[(&str, &[&str])] = &[\n");
    runtime
        .execute_script("ext:partyrun/clock", LOAD_CLOCK)
        .expect("the clock's script loads");
    runtime
        .execute_script("ext:partyrun/start", "__partyrun_start(); undefined")
        .expect("the snapshot starts");
    for id in ids {
        let names = format!(
            "Object.keys(globalThis[Symbol.for('partyrun.builtin')]({id:?})).sort().join()"
        );
        let names = runtime
            .execute_script("ext:partyrun/names", names)
            .unwrap_or_else(|error| panic!("The builtin module `{id}` does not evaluate: {error}"));
        if id.starts_with(INSIDE) {
            continue;
        }
        deno_core::scope!(scope, runtime);
        let names = deno_core::v8::Local::new(scope, names).to_rust_string_lossy(scope);
        let names: Vec<&str> = names.split(',').filter(|name| *name != "default").collect();
        writeln!(text, "  ({id:?}, &{names:?}),").expect("writing to a String");
    }
    text.push_str("];\n");
    fs::write(path, text).expect("OUT_DIR is writable");
    runtime
        .execute_script("ext:partyrun/clock", USE_CLOCK)
        .expect("the clock takes a pretended one");
    runtime
}

fn run(command: &mut Command) {
    let shown = format!("{command:?}");
    let output = command.output().unwrap_or_else(|error| {
        panic!(
            "Building partyrun needs Node.js 18 or newer with npm, to bundle the modules of Node.js \
             that party servers import: `{shown}` did not start: {error}"
        )
    });
    assert!(
        output.status.success(),
        "`{shown}` failed: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}

/// Path below `folder` and text, sorted.
fn files_below(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let entries = fs::read_dir(&next).expect("the folder is readable");
        for entry in entries {
            let path = entry.expect("the folder is readable").path();
            if path.ends_with("node_modules") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).expect("the file is readable text");
            let short = path
                .strip_prefix(folder)
                .expect("it was found below the folder");
            files.push((short.to_owned(), text));
        }
    }
    files.sort();
    files
}

fn copy(files: &[(PathBuf, String)], folder: &Path) {
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder"))
            .and_then(|()| fs::write(&path, text))
            .expect("OUT_DIR is writable");
    }
}

fn hash<'a>(files: impl Iterator<Item = &'a (PathBuf, String)>) -> u64 {
    let mut hasher = DefaultHasher::new();
    files.for_each(|file| file.hash(&mut hasher));
    hasher.finish()
}

fn stamp(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(format!("{name}.stamp"))).unwrap_or_default()
}

fn write_stamp(folder: &Path, name: &str, hash: u64) {
    fs::write(folder.join(format!("{name}.stamp")), hash.to_string()).expect("OUT_DIR is writable");
}
