//! Makes the V8 startup snapshot: every extension script evaluated once, at build time, and the heap
//! written out. Also the table of the lazy scripts that the snapshot did not take in, which isolates
//! load from the program's own text.

mod build_builtins;
mod build_caches;
mod build_chance;
#[path = "src/extensions.rs"]
mod extensions;

use std::collections::HashSet;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use deno_core::Extension;
use deno_core::ExtensionFileSource;
use deno_core::snapshot::CreateSnapshotOptions;
use deno_core::snapshot::create_snapshot;
use deno_core::wrap_lazy_ext_script;

/// The snapshot is restored in every room, so each byte of it is paid for in every room. When it
/// must grow, raise this on purpose, with the new size of a room measured. Not to be reached by chance:
/// builds of V8 with other features differ by some 100 KB, and the names of folders are in it.
const MAX_SNAPSHOT_BYTES: usize = 2_300_000;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=build_builtins.rs");
    println!("cargo:rerun-if-changed=build_caches.rs");
    println!("cargo:rerun-if-changed=build_chance.rs");
    println!("cargo:rerun-if-changed=src");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    extensions::set_v8_flags();
    build_chance::exclude();
    // V8 asks for work to be done later, which deno_core has tokio do.
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("the system gives what a runtime needs");
    let _context = tokio.enter();

    let snapshot = create_snapshot(
        CreateSnapshotOptions {
            cargo_manifest_dir: env!("CARGO_MANIFEST_DIR"),
            startup_snapshot: None,
            skip_op_registration: false,
            extensions: extensions::for_snapshot(),
            extension_transpiler: None,
            with_runtime_cb: Some(Box::new(|runtime| {
                // Classes that initialise on first use would do it again in every room.
                runtime
                    .execute_script("ext:partyrun/warm_up.js", include_str!("warm_up.js"))
                    .expect("the warm-up script uses only what the snapshot installs");
            })),
        },
        None,
    )
    .expect("the extension scripts evaluate");

    for file in &snapshot.files_loaded_during_snapshot {
        println!("cargo:rerun-if-changed={}", file.display());
    }
    assert!(
        snapshot.output.len() <= MAX_SNAPSHOT_BYTES,
        "the snapshot has grown to {} bytes, over the {MAX_SNAPSHOT_BYTES} that js/build.rs allows",
        snapshot.output.len(),
    );
    fs::write(out.join("partyrun.snapshot"), &snapshot.output).expect("OUT_DIR is writable");

    let consumed: HashSet<String> = snapshot.consumed_lazy_specifiers.into_iter().collect();
    let mut scripts = residual_scripts(&extensions::for_snapshot(), &consumed);
    let builtins = out.join("builtins");
    for (specifier, source) in build_builtins::bundle(&builtins) {
        scripts.push((specifier, wrap_lazy_ext_script(&source)));
    }
    scripts.sort();
    write_residual_table(&out.join("residual.rs"), &scripts);
    fs::copy(
        build_builtins::licenses(&builtins),
        out.join("licenses.txt"),
    )
    .expect("the bundles have a file of licences");
    let scripts = leak(scripts);
    let mut runtime =
        build_builtins::write_table(&out.join("builtins.rs"), snapshot.output, scripts);
    build_caches::write(&out, &mut runtime, scripts);
}

/// The lazy scripts of the extensions that isolates may still ask for.
fn residual_scripts(extensions: &[Extension], consumed: &HashSet<String>) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    for extension in extensions {
        for file in extension.lazy_loaded_js_files.iter() {
            if !consumed.contains(file.specifier) {
                let source = wrap_lazy_ext_script(&source_of(file));
                rows.push((file.specifier.to_owned(), source));
            }
        }
    }
    rows
}

/// An isolate holds its scripts for the life of the process.
fn leak(scripts: Vec<(String, String)>) -> &'static [(&'static str, &'static str)] {
    let leak = |(specifier, source): (String, String)| -> (&'static str, &'static str) {
        (specifier.leak(), source.leak())
    };
    scripts.into_iter().map(leak).collect::<Vec<_>>().leak()
}

/// Writes `RESIDUAL_SCRIPTS`, sorted by specifier.
fn write_residual_table(path: &Path, rows: &[(String, String)]) {
    let mut text = String::from("pub static RESIDUAL_SCRIPTS: &[(&str, &str)] = &[\n");
    for (specifier, source) in rows {
        assert!(
            source.is_ascii(),
            "{specifier} must be ASCII to be shared between isolates"
        );
        writeln!(text, "  ({specifier:?}, {source:?}),").expect("writing to a String");
    }
    text.push_str("];\n");
    fs::write(path, text).expect("OUT_DIR is writable");
}

fn source_of(file: &ExtensionFileSource) -> String {
    file.load()
        .expect("the script was read a moment ago")
        .as_str()
        .to_owned()
}
