//! Loads modules without their source maps. For each import deno_core works out where it stands in the user's
//! file, for loaders that want to know, and decodes the importer's map for that and keeps it: in every isolate,
//! and before anything has gone wrong. Ours has no use for it.
//!
//! Never changes what an error says of its place.

use deno_core::error::CoreError;
use deno_core::{JsRuntime, ModuleId, ModuleSpecifier};

use super::loader::AssignedLoader;

/// As many files as deno_core remembers the maps of, or that they have none.
const REMEMBERED: usize = 64;

/// Loads `specifier` with all that it imports.
pub(super) async fn load_without(
    runtime: &mut JsRuntime,
    loader: &AssignedLoader,
    specifier: &ModuleSpecifier,
) -> Result<ModuleId, CoreError> {
    loader.hide_maps();
    let loaded = runtime.load_side_es_module(specifier).await;
    if loader.show_maps() {
        forget_files(runtime);
    }
    match loaded {
        Ok(module) => Ok(module),
        // Its place was told without maps. What fails here fails again.
        Err(_) => runtime.load_side_es_module(specifier).await,
    }
}

/// Has deno_core forget which files it was told to have no map: those are remembered in the place of others that
/// were asked for last, and here come as many more as it has places for.
fn forget_files(runtime: &mut JsRuntime) {
    let mapper = runtime.source_mapper();
    let mut mapper = mapper.borrow_mut();
    for index in 0..REMEMBERED {
        mapper.apply_source_map(&index.to_string(), 1, 1);
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use deno_core::RuntimeOptions;

    use super::*;
    use crate::modules::{GraphBuilder, GraphOptions};

    const FILES: usize = REMEMBERED + 6;

    /// Files in a row that import each other. Each adds a function that fails in the fifth line; in what V8 has
    /// it is another line.
    fn write_files(root: &std::path::Path) {
        for index in 0..FILES {
            let import = match index + 1 < FILES {
                true => format!("import './m{}';", index + 1),
                false => String::new(),
            };
            let text = format!(
                "{import}\ninterface Gone {{\n  x: 1;\n}}\n\
                 const fail = (): Gone => {{ throw new Error('boom'); }};\n\
                 (globalThis as any).fail{index} = fail;\nexport default {{}};\n"
            );
            std::fs::write(root.join(format!("m{index}.ts")), text).expect("writable");
        }
    }

    #[tokio::test]
    async fn loading_reads_no_map_and_errors_after_it_have_theirs() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("it was just made");
        write_files(&root);
        let options = GraphOptions {
            entries: vec![("main".into(), "m0.ts".into())],
            root,
            ..Default::default()
        };
        let graph = GraphBuilder::new().build(&options);
        let graph = graph.expect("there is nothing wrong with it");
        let loader = Rc::new(AssignedLoader::default());
        loader.assign(graph.clone());
        let mut runtime = JsRuntime::new(RuntimeOptions {
            module_loader: Some(loader.clone()),
            ..Default::default()
        });
        let url = graph.entry("main").expect("there is a main module");
        let loaded = load_without(&mut runtime, &loader, url).await;
        assert_eq!(loader.maps_read(), 0);
        let evaluated = runtime.mod_evaluate(loaded.expect("all is there"));
        let events = runtime.run_event_loop(Default::default()).await;
        events.expect("nothing is thrown");
        evaluated.await.expect("it evaluates");
        // Those that were asked for last are remembered.
        for index in (0..FILES).rev() {
            let call = runtime.execute_script("call", format!("fail{index}()"));
            let error = call.expect_err("it fails").to_string();
            assert!(error.contains(&format!("m{index}.ts:5:34")), "{error}");
        }
        assert_eq!(loader.maps_read(), FILES);
    }
}
