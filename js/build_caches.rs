//! Makes the code caches of the scripts that isolates load when they need them, from an isolate in
//! which they have run: what V8 keeps of a script that has not run lacks every function that running it
//! calls. V8 takes a cache only from the same V8, with the same flags and the same snapshot.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use deno_core::{FastString, JsRuntime, v8};
use partyrun_ops::script;

/// Writes a table of the caches, and a file for each beside it. `runtime` has run the scripts.
///
/// V8 copies data that does not start at a multiple of eight bytes, in every isolate.
pub fn write(
    folder: &Path,
    runtime: &mut JsRuntime,
    scripts: &'static [(&'static str, &'static str)],
) {
    let mut statics =
        String::from("#[repr(align(16))]\nstruct Aligned<const N: usize>([u8; N]);\n");
    let mut table = String::from("pub static CODE_CACHES: &[(&str, &[u8])] = &[\n");
    fs::create_dir_all(folder.join("caches")).expect("OUT_DIR is writable");
    for (index, (specifier, source)) in scripts.iter().enumerate() {
        let data = cache(runtime, specifier, source);
        let file = folder.join("caches").join(format!("{index}.bin"));
        fs::write(&file, &data).expect("OUT_DIR is writable");
        let length = data.len();
        writeln!(
            statics,
            "static CACHE_{index}: Aligned<{length}> = Aligned(*include_bytes!({file:?}));"
        )
        .expect("writing to a String");
        writeln!(table, "  ({specifier:?}, &CACHE_{index}.0),").expect("writing to a String");
    }
    table.push_str("];\n");
    fs::write(folder.join("caches.rs"), statics + &table).expect("OUT_DIR is writable");
}

/// The cache of one script. Compiled again as deno_core compiles it, the script is found in the
/// isolate's own cache, with every function that has been called.
fn cache(runtime: &mut JsRuntime, specifier: &str, source: &'static str) -> Vec<u8> {
    deno_core::scope!(scope, runtime);
    let name = v8::String::new(scope, specifier).expect("a specifier is short");
    let source = FastString::from_static(source);
    script::compile_function(scope, name, &source, &["__bootstrap"], None)
        .expect("the script is shorter than V8's longest string")
        .function
        .unwrap_or_else(|| panic!("`{specifier}` compiles"))
        .create_code_cache()
        .unwrap_or_else(|| panic!("V8 can keep the code of `{specifier}`"))
        .to_vec()
}
