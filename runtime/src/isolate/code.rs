//! Takes V8's code of modules that an isolate has loaded. Never decides which and when.

use std::time::{Duration, Instant};

use deno_core::{FastString, JsRuntime, v8};
use partyrun_ops::code_of_function;

use crate::modules::{Form, Loaded, Moment};

/// Keeps the code of what is wanted, one text after the other until `patience` is over.
pub fn keep(runtime: &mut JsRuntime, loaded: &Loaded, moment: Moment, patience: Duration) {
    let begun = Instant::now();
    while let Some(wanted) = loaded.next_wanted(moment) {
        deno_core::scope!(scope, runtime);
        // What is thrown when the isolate is being stopped is nobody's.
        v8::tc_scope!(let scope, scope);
        let code = match wanted.form {
            Form::Module => code_of_module(scope, wanted.url(), &wanted.text()),
            Form::Function => code_of_function(scope, wanted.url(), &wanted.text()),
        };
        if let Some(code) = code {
            wanted.keep(&code);
        }
        if begun.elapsed() >= patience {
            return;
        }
    }
}

/// Compiled again as deno_core compiles it, V8 finds the text among those that it has compiled, with
/// every function that has been called.
fn code_of_module(
    scope: &mut v8::PinScope<'_, '_>,
    url: &str,
    text: &FastString,
) -> Option<v8::UniqueRef<v8::CachedData<'static>>> {
    let text = text.v8_string(scope).ok()?;
    let name = v8::String::new(scope, url)?;
    let origin = v8::ScriptOrigin::new(
        scope,
        name.into(),
        0,
        0,
        false,
        0,
        None,
        false,
        false,
        true,
        None,
    );
    let mut source = v8::script_compiler::Source::new(text, Some(&origin));
    let module = v8::script_compiler::compile_module(scope, &mut source)?;
    module.get_unbound_module_script(scope).create_code_cache()
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::sync::Arc;

    use deno_core::{
        ModuleLoadOptions, ModuleLoadResponse, ModuleLoader, RequestedModuleType, RuntimeOptions,
    };

    use super::*;
    use crate::modules::{CodeCounts, GraphBuilder, GraphLoader, GraphOptions, ModuleGraph};

    fn graph(text: &str) -> (tempfile::TempDir, Arc<ModuleGraph>) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("it was just made");
        std::fs::write(root.join("main.js"), text).expect("writable");
        let options = GraphOptions {
            entries: vec![("main".into(), "main.js".into())],
            root,
            ..Default::default()
        };
        let graph = GraphBuilder::new().build(&options);
        (folder, graph.expect("there is nothing wrong with it"))
    }

    /// An isolate that has evaluated the main module.
    async fn load(graph: &Arc<ModuleGraph>) -> (JsRuntime, Rc<Loaded>) {
        let loaded = Rc::new(Loaded::default());
        let mut runtime = JsRuntime::new(RuntimeOptions {
            module_loader: Some(Rc::new(GraphLoader::new(graph.clone(), loaded.clone()))),
            ..Default::default()
        });
        let url = graph.entry("main").expect("there is a main module");
        let id = runtime.load_main_es_module(url).await.expect("it loads");
        let evaluated = runtime.mod_evaluate(id);
        runtime
            .run_event_loop(Default::default())
            .await
            .expect("nothing is thrown");
        evaluated.await.expect("it evaluates");
        (runtime, loaded)
    }

    /// Bytes of the code that an isolate would be given now.
    fn length(graph: &Arc<ModuleGraph>) -> usize {
        let url = graph.entry("main").expect("there is a main module");
        let options = ModuleLoadOptions {
            is_dynamic_import: false,
            is_synchronous: false,
            requested_module_type: RequestedModuleType::None,
        };
        let loader = GraphLoader::new(graph.clone(), Rc::default());
        let ModuleLoadResponse::Sync(Ok(source)) = loader.load(url, None, options) else {
            panic!("the graph has its entry");
        };
        let data = source.code_cache.and_then(|code| code.data);
        data.map_or(0, |data| data.len())
    }

    /// Code of the functions that evaluation calls is kept, then that of those called later; V8 takes both.
    #[tokio::test]
    async fn kept_code_holds_what_has_been_called() {
        let (_folder, graph) = graph(
            "function early() { return [1, 2, 3].map((n) => n * 2); }\n\
             globalThis.late = () => ({ a: [4, 5, 6].filter((n) => n > 4), b: `${early()}` });\n\
             export default early();",
        );
        let kept = CodeCounts {
            kept: 1,
            ..CodeCounts::default()
        };
        let (mut first, loaded) = load(&graph).await;
        assert_eq!(loaded.counts().compiled, 1);
        keep(&mut first, &loaded, Moment::Evaluated, Duration::MAX);

        let (mut second, loaded) = load(&graph).await;
        assert_eq!(loaded.counts(), kept);
        let evaluated = length(&graph);
        second
            .execute_script("call", "late(); undefined")
            .expect("it is there");
        keep(&mut second, &loaded, Moment::Used, Duration::MAX);
        assert!(!loaded.is_wanted());

        let (_third, loaded) = load(&graph).await;
        assert_eq!(loaded.counts(), kept);
        assert!(length(&graph) > evaluated);
    }
}
