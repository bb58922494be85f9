//! Projects as Yarn makes them without `node_modules`: a table, and packages in archives.

use std::path::Path;

use serde_json::{Value, json};

use super::installed;
use crate::modules::testing::{Project, zip};

/// The entry of one package in the table: its name, where it is, and its dependencies by name and version
/// (or another package's name and version).
fn package(name: Option<&str>, location: &str, dependencies: &Value) -> Value {
    let version = name.map(|_| "1");
    json!([name, [[version, {
        "packageLocation": location,
        "packageDependencies": dependencies,
        "linkType": "HARD",
    }]]])
}

fn table(packages: &[Value]) -> Value {
    json!({
        "dependencyTreeRoots": [{ "name": "project", "reference": "workspace:." }],
        "enableTopLevelFallback": true,
        "ignorePatternData": null,
        "fallbackExclusionList": [],
        "fallbackPool": [],
        "packageRegistryData": packages,
    })
}

const CACHE: &str = ".yarn/cache";

/// A project with a package in an archive (CommonJS and ES modules, a dependency, a folder that it looks
/// through), one of its own, one by another name, and one that Yarn has made a copy of.
fn project() -> Project {
    let project = Project::new(&[
        (
            "src/server.ts",
            "import all, { a } from 'all';\nimport sub from 'all/sub';\nimport own from 'own';\n\
             import part from 'own/part';\nimport other from 'renamed';\nimport copy from '@s/copy';\n\
             export default { all, a, sub, own, part, other, copy }",
        ),
        (
            "packages/own/package.json",
            r#"{"name": "own", "exports": {".": "./a.ts", "./part": "./b.ts"}}"#,
        ),
        (
            "packages/own/a.ts",
            "import dep from 'dep'; export default dep",
        ),
        ("packages/own/b.ts", "export default 1"),
        ("node_modules/all/index.js", "throw 'left over'"),
    ]);
    let archives: [(&str, &[(&str, &str)]); 3] = [
        (
            "all.zip",
            &[
                (
                    "node_modules/all/package.json",
                    r##"{"type": "module", "imports": {"#dep": "dep"}, "browser": {"fs-extra": "dep", "./n.js": "./b.js"},
                        "exports": {".": {"browser": "./index.js", "default": "./no.js"}, "./sub": "./sub.cjs"}}"##,
                ),
                (
                    "node_modules/all/index.js",
                    "import x from './n.js'; import dep from '#dep'; import fse from 'fs-extra';\n\
                     export const a = (name) => import(`./locale/${name}.js`); export default [x, dep, fse]",
                ),
                ("node_modules/all/b.js", "export default 'browser'"),
                ("node_modules/all/n.js", "throw 1"),
                (
                    "node_modules/all/sub.cjs",
                    "module.exports = require('dep')",
                ),
                ("node_modules/all/locale/de.js", "export default 'de'"),
                ("node_modules/all/locale/en.js", "export default 'en'"),
            ],
        ),
        (
            "dep.zip",
            &[
                ("node_modules/dep/package.json", r#"{"main": "main"}"#),
                ("node_modules/dep/main.js", "module.exports = 'dep'"),
            ],
        ),
        (
            "copy.zip",
            &[(
                "node_modules/@s/copy/index.js",
                "module.exports = require('dep')",
            )],
        ),
    ];
    for (name, files) in archives {
        project.write_bytes(&format!("{CACHE}/{name}"), &zip(files));
    }
    project
}

fn packages() -> Vec<Value> {
    let in_archive =
        |name: &str, package: &str| format!("./{CACHE}/{name}/node_modules/{package}/");
    let copy = "./.yarn/__virtual__/copy-virtual-1/0/cache/copy.zip/node_modules/@s/copy/";
    vec![
        package(
            None,
            "./",
            &json!([
                ["all", "1"],
                ["own", "1"],
                ["renamed", ["dep", "1"]],
                ["@s/copy", "1"]
            ]),
        ),
        package(
            Some("all"),
            &in_archive("all.zip", "all"),
            &json!([["all", "1"], ["dep", "1"]]),
        ),
        package(
            Some("dep"),
            &in_archive("dep.zip", "dep"),
            &json!([["dep", "1"]]),
        ),
        package(
            Some("own"),
            "./packages/own/",
            &json!([["own", "1"], ["dep", "1"]]),
        ),
        package(
            Some("@s/copy"),
            copy,
            &json!([["@s/copy", "1"], ["dep", "1"]]),
        ),
    ]
}

fn is_whole(project: &mut Project) {
    let graph = project.graph();
    let archived = |name: &str| format!("{CACHE}/{name}");
    for name in [
        archived("all.zip/node_modules/all/index.js"),
        archived("all.zip/node_modules/all/b.js"),
        archived("all.zip/node_modules/all/sub.cjs"),
        archived("all.zip/node_modules/all/locale/de.js"),
        archived("all.zip/node_modules/all/locale/en.js"),
        archived("dep.zip/node_modules/dep/main.js"),
        ".yarn/__virtual__/copy-virtual-1/0/cache/copy.zip/node_modules/@s/copy/index.js"
            .to_owned(),
        "packages/own/a.ts".to_owned(),
        "packages/own/b.ts".to_owned(),
    ] {
        assert!(project.has(&graph, &name), "{name}");
    }
    assert!(!project.has(&graph, "node_modules/all/index.js"));
    let watched: Vec<_> = graph.watched().collect();
    for name in [&archived("all.zip"), &archived("copy.zip"), "src/server.ts"] {
        assert!(
            watched.contains(&&*project.path(name)),
            "{name}: {watched:?}"
        );
    }
    let inside = watched.iter().find(|path| !path.is_file());
    assert_eq!(inside, None, "only files can be watched");
}

#[test]
fn packages_are_where_the_table_says() {
    let mut project = project();
    project.write(".pnp.cjs", "require('./.pnp.data.json')");
    project.write(".pnp.data.json", &table(&packages()).to_string());
    is_whole(&mut project);
    let graph = project.graph();
    let table = project.path(".pnp.data.json");
    assert!(graph.watched().any(|path| path == table));
}

#[test]
fn the_table_may_be_in_a_program() {
    let table = table(&packages()).to_string();
    let quoted = table.replace('\\', "\\\\").replace('\'', "\\'");
    for program in [
        format!("const RAW_RUNTIME_STATE =\n'{quoted}';\nmore()"),
        format!(
            "function s(hydrateRuntimeState, b) {{\n return hydrateRuntimeState(JSON.parse('{quoted}'), {{}})"
        ),
        format!(
            "function s(hydrateRuntimeState, b) {{\n return hydrateRuntimeState({table}, {{}});\n}}"
        ),
    ] {
        let mut project = project();
        project.write(".pnp.cjs", &program);
        is_whole(&mut project);
    }
}

#[test]
fn a_new_table_counts_at_once() {
    let mut project = project();
    project.write(".pnp.data.json", &table(&packages()[..1]).to_string());
    let error = project.error();
    assert!(error.contains("is the package installed?"), "{error}");
    project.write(".pnp.data.json", &table(&packages()).to_string());
    let file = std::fs::File::options()
        .append(true)
        .open(project.path(".pnp.data.json"));
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(10);
    file.and_then(|file| file.set_modified(later))
        .expect("the file was just written");
    is_whole(&mut project);
}

#[test]
fn a_package_that_the_table_lacks_is_added_by_yarn() {
    let mut project = project();
    project.write(".pnp.data.json", &table(&packages()).to_string());
    project.write("yarn.lock", "");
    project.write("src/server.ts", "import 'zod'; export default {}");
    let error = project.error();
    assert!(
        error.contains("is the package installed? Try `yarn add zod`: `zod`"),
        "{error}"
    );
}

#[test]
fn a_table_that_cannot_be_read_is_named() {
    let mut project = project();
    project.write(".pnp.data.json", "{");
    assert!(
        project
            .error()
            .contains(".pnp.data.json`, EOF while parsing"),
        "{}",
        project.error()
    );
    project.write(".pnp.data.json", "{}");
    let error = project.error();
    assert!(error.contains("is the package installed?"), "{error}");
    std::fs::remove_file(project.path(".pnp.data.json")).expect("was written");
    project.write(".pnp.cjs", "module.exports = 1");
    assert!(project.error().contains(".pnp.cjs`, it holds no table"));
}

#[test]
fn configurations_may_be_based_on_packages_in_archives() {
    let mut project = project();
    let base = [
        ("node_modules/@s/base/package.json", "{}"),
        (
            "node_modules/@s/base/tsconfig.json",
            r#"{"compilerOptions": {"experimentalDecorators": true}}"#,
        ),
    ];
    project.write_bytes(&format!("{CACHE}/base.zip"), &zip(&base));
    let mut packages = packages();
    packages[0] = package(None, "./", &json!([["@s/base", "1"]]));
    let location = format!("./{CACHE}/base.zip/node_modules/@s/base/");
    packages.push(package(Some("@s/base"), &location, &json!([])));
    project.write(".pnp.data.json", &table(&packages).to_string());
    project.write("tsconfig.json", r#"{"extends": "@s/base/tsconfig.json"}"#);
    project.write(
        "src/server.ts",
        "function d(c: unknown) {}\n@d class A {}\nexport default class extends A {}",
    );
    let graph = project.graph();
    assert_eq!(graph.notes(), [""; 0]);
    let text = project.text(&graph, "src/server.ts");
    assert!(text.contains("_ts_decorate"), "{text}");
}

#[test]
fn a_location_names_the_folder_and_the_package() {
    let of = |path| {
        let (folder, name) = installed(Path::new(path))?;
        Some((folder.to_str()?.to_owned(), name))
    };
    let found = |folder: &str, name: &str| Some((folder.to_owned(), name.to_owned()));
    assert_eq!(of("/c/a.zip/node_modules/a"), found("/c/a.zip", "a"));
    assert_eq!(of("/c/b.zip/node_modules/@s/b/"), found("/c/b.zip", "@s/b"));
    assert_eq!(of("/project/packages/c/"), None);
}
