//! Graphs loaded into a real isolate.

use std::rc::Rc;

use deno_core::{JsRuntime, RuntimeOptions, v8};

use super::super::testing::Project;
use super::*;

/// Evaluates the main module and returns `String(default export)`, or the error as printed.
fn run(graph: &Arc<ModuleGraph>) -> Result<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime can be made").block_on(async {
        let mut isolate = JsRuntime::new(RuntimeOptions {
            module_loader: Some(Rc::new(GraphLoader::new(graph.clone(), Rc::default()))),
            ..Default::default()
        });
        let url = graph.entry("main").expect("the graph has a main module");
        let id = isolate
            .load_main_es_module(url)
            .await
            .map_err(|e| e.to_string())?;
        let evaluated = isolate.mod_evaluate(id);
        isolate
            .run_event_loop(Default::default())
            .await
            .map_err(|e| e.to_string())?;
        evaluated.await.map_err(|e| e.to_string())?;
        let namespace = isolate
            .get_module_namespace(id)
            .map_err(|e| e.to_string())?;
        deno_core::scope!(scope, &mut isolate);
        let namespace = v8::Local::new(scope, namespace);
        let key = v8::String::new(scope, "default").expect("the name is short");
        let value = namespace
            .get(scope, key.into())
            .expect("a namespace has no getters");
        Ok(value.to_rust_string_lossy(scope))
    })
}

#[test]
fn a_project_of_many_kinds_of_modules_runs() {
    let mut project = Project::new(&[
        (
            "s.ts",
            "import * as types from 'partykit/server';\nimport json, { a } from './j.json';\n\
             import ignored, { gone } from 'pkg';\nimport { tagged } from './d';\n\
             const { late } = await import('./late');\nconst name = './late' + '';\n\
             const computed = await import(name);\n\
             const failed = await import('./no' + 'pe').catch((e) => e.constructor.name);\n\
             export default [Object.keys(types), a, json.b, typeof gone, typeof ignored, late,\n\
             computed.late, failed, tagged, '\u{1F388}'].join();",
        ),
        ("j.json", r#"{"a":"\u2028","b":"x"}"#),
        ("late.ts", "export const late = 7;"),
        (
            "d.ts",
            "const tag = (_: unknown, c: any) => function (this: any) { return c.name };\n\
             class A { @tag f(): string { return '' } accessor x = 1 }\n\
             export const tagged = new A().f() + new A().x;",
        ),
        (
            "node_modules/pkg/package.json",
            r#"{"main":"m.js","browser":{"./m.js":false}}"#,
        ),
        ("node_modules/pkg/m.js", "throw 1"),
    ]);
    let result = run(&project.graph());
    let expected = ",\u{2028},x,undefined,object,7,7,TypeError,f1,\u{1F388}";
    assert_eq!(result.as_deref(), Ok(expected));
}

#[test]
fn text_outside_of_ascii_means_what_it_says() {
    let mut project = Project::new(&[(
        "s.ts",
        "const o = { é: '\u{1F388}' }; class K { ü = `\u{1F388}ß` }\n\
         const r = [/^[\u{1F388}]$/u.test('\u{1F388}'), /^\u{1F388}$/.test('\u{1F388}')];\n\
         export default [o.é, new K().ü, String.raw`é\\u`, r].join();",
    )]);
    let result = run(&project.graph());
    assert_eq!(result.as_deref(), Ok("\u{1F388},\u{1F388}ß,é\\u,true,true"));
}

#[test]
fn stack_traces_name_the_users_file_and_line() {
    let mut project = Project::new(&[
        ("s.ts", "import { f } from './f';\nexport default f();"),
        (
            "f.ts",
            "interface A {\n  x: 1;\n}\n\nexport function f(): A {\n  throw new Error('boom');\n}",
        ),
    ]);
    let error = run(&project.graph()).expect_err("the module throws");
    assert!(error.contains("boom"), "{error}");
    assert!(
        error.contains(&format!("{}:6:9", project.url("f.ts"))),
        "{error}"
    );
    assert!(
        error.contains(&format!("{}:2:16", project.url("s.ts"))),
        "{error}"
    );
}
