//! The JavaScript of partyrun as isolates start with it: the startup snapshot, and the scripts that
//! are loaded later. Both are made by this crate's build script. [`extensions`] lists what the snapshot
//! and the runtime must agree on.

pub mod extensions;
#[cfg(test)]
mod storage_testing;
#[cfg(test)]
mod storage_tests;

include!(concat!(env!("OUT_DIR"), "/residual.rs"));
// Each builtin module by its URL, with the names it exports; sorted.
include!(concat!(env!("OUT_DIR"), "/builtins.rs"));
// The code of each residual script, as V8 keeps it once the script has run; sorted.
include!(concat!(env!("OUT_DIR"), "/caches.rs"));

/// The heap of an isolate in which every extension script has run.
pub static SNAPSHOT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/partyrun.snapshot"));

/// The licence texts of the npm packages that the builtin modules contain.
pub static LICENSES: &str = include_str!(concat!(env!("OUT_DIR"), "/licenses.txt"));

/// What V8 takes in place of compiling the residual script `specifier`.
pub fn code_cache(specifier: &str) -> Option<&'static [u8]> {
    let index = CODE_CACHES
        .binary_search_by_key(&specifier, |(name, _)| name)
        .ok()?;
    Some(CODE_CACHES[index].1)
}

#[cfg(test)]
mod tests {
    use deno_core::{JsRuntime, RuntimeOptions};
    use partyrun_ops::script;

    use super::*;

    /// Whether V8 refuses `data` for a script.
    fn refuses(
        runtime: &mut JsRuntime,
        specifier: &str,
        source: &'static str,
        data: &[u8],
    ) -> bool {
        deno_core::scope!(scope, runtime);
        script::compile_function(scope, specifier, source, &["__bootstrap"], Some(data))
            .expect("the script is shorter than V8's longest string")
            .is_code_refused
    }

    #[test]
    fn v8_takes_the_code_of_every_script() {
        extensions::set_v8_flags();
        // V8 asks for work to be done later, which deno_core has tokio do.
        let tokio = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("the system gives what a runtime needs");
        let _context = tokio.enter();
        let mut runtime = JsRuntime::new(RuntimeOptions {
            extensions: extensions::for_runtime(),
            startup_snapshot: Some(SNAPSHOT),
            residual_lazy_js_sources: RESIDUAL_SCRIPTS,
            skip_op_registration: true,
            ..Default::default()
        });
        for (specifier, source) in RESIDUAL_SCRIPTS {
            let data = code_cache(specifier).expect("every script has code");
            assert!(data.as_ptr().cast::<u64>().is_aligned(), "{specifier}");
            assert!(
                !refuses(&mut runtime, specifier, source, data),
                "{specifier}"
            );
        }
        // What is refused is seen.
        let other = code_cache(RESIDUAL_SCRIPTS[0].0).expect("every script has code");
        let source = "return (function () { return 1; })();";
        assert!(refuses(&mut runtime, "ext:other", source, other));
    }
}
