//! V8 takes the code that the build script has kept. A process of its own: V8 shares what never changes
//! between isolates, so those of the snapshot do not go with others in one process.

use deno_core::{FastString, JsRuntime, RuntimeOptions, v8};
use partyrun_js::{RESIDUAL_SCRIPTS, SNAPSHOT, code_cache, extensions};
use partyrun_ops::script;

/// Whether V8 refuses `data` for a script.
fn refuses(runtime: &mut JsRuntime, specifier: &str, source: &'static str, data: &[u8]) -> bool {
    deno_core::scope!(scope, runtime);
    let name = v8::String::new(scope, specifier).expect("a specifier is short");
    let source = FastString::from_static(source);
    script::compile_function(scope, name, &source, &["__bootstrap"], Some(data))
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
