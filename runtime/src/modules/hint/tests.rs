//! What is said about imports that lead nowhere.

use super::*;
use crate::modules::testing::Project;

#[test]
fn suffixes_are_behind_the_first_letter() {
    assert_eq!(without_suffix("./a.txt?raw#x"), "./a.txt");
    assert_eq!(without_suffix("#inner"), "#inner");
}

/// The first line of what is said about `import 'specifier'` beside `files`.
fn said(files: &[(&str, &str)], specifier: &str) -> String {
    let server = format!("import {specifier:?};\nexport default class {{}}");
    let mut project = Project::new(&[("src/s.ts", &server)]);
    for (name, text) in files {
        project.write(name, text);
    }
    let error = project.error();
    let line = error.lines().next().unwrap_or_default();
    let line = line.strip_prefix("src/s.ts:1:8: Could not resolve this import");
    line.unwrap_or(&error).to_owned()
}

#[test]
fn aliases_are_named_as_such() {
    let undeclared = |name: &str| {
        format!(
            ", `{name}` is an alias that no tsconfig.json declares: `\"paths\": {{ \"{name}*\": \
             [\"./src/*\"] }}` in its `compilerOptions` would: `{name}x`"
        )
    };
    for name in ["@/", "~/", "$components/", "~components/", "#/"] {
        assert_eq!(said(&[], &format!("{name}x")), undeclared(name));
    }
    assert!(said(&[], "$lib/x").contains(r#""$lib/*": ["./src/lib/*"]"#));
    assert!(said(&[], "@utils").contains(r#""@utils": ["./src/file.ts"]"#));
    let config = [(
        "tsconfig.json",
        r#"{"compilerOptions": {"paths": {"@/*": ["./src/*"], "*": ["./types/*"]}}}"#,
    )];
    assert_eq!(
        said(&config, "@/x"),
        ", `paths` in tsconfig.json leads to `src/x`, and there is no such file: `@/x`"
    );
    assert!(said(&config, "~/x").contains("an alias that `tsconfig.json` does not declare"));
    assert!(said(&config, "zod").contains("npm install zod"));
    assert!(said(&[], "$app/environment").contains("SvelteKit makes this module"));
    assert!(said(&[], "#x").contains("`imports` in package.json"));
}

#[test]
fn schemes_that_tsconfig_declares_are_aliases() {
    let files = [
        (
            "tsconfig.json",
            r#"{"compilerOptions": {"paths": {"app:*": ["./src/*"]}}}"#,
        ),
        ("src/x.ts", ""),
    ];
    let mut project = Project::new(&[("src/s.ts", "import 'app:x'; export default class {}")]);
    for (name, text) in files {
        project.write(name, text);
    }
    project.graph();
    assert!(said(&files, "npm:zod").ends_with("package.json: `zod`: `npm:zod`"));
    assert!(said(&files, "file:///etc/x.ts").contains("by its path"));
    let server = "import('https://esm.sh/a'); export default class {}";
    Project::new(&[("s.ts", server)]).graph();
}

#[test]
fn files_that_were_meant_are_named() {
    let files = [
        ("src/words.txt", ""),
        ("src/utils.ts", ""),
        ("src/Big.ts", ""),
        ("src/lib/a.ts", ""),
        ("shared/b.ts", ""),
        ("src/logo.svg", ""),
    ];
    for (specifier, words) in [
        ("./words", "did you mean `./words.txt`?: `./words`"),
        ("./utlis", "did you mean `./utils`?"),
        ("./util.js", "did you mean `./utils.ts`?"),
        ("../src/utls", "did you mean `../src/utils`?"),
        ("./lib/b", ", there is no such file: `./lib/b`"),
        ("./lbi/a", ", did you mean `./lib/a`?"),
        ("./Lib/a.ts", ", did you mean `./lib/a.ts`?"),
        ("../scr/utils", ", did you mean `../src/utils`?"),
        ("./lbi/b", ", there is no such file"),
        ("../utils", ", did you mean `./utils`?"),
        ("/utils", ", did you mean `./utils`?"),
        ("/shared/b", ", did you mean `../shared/b`?"),
        ("./shared/b", ", did you mean `../shared/b`?"),
        ("./lib", "a folder without an `index` file"),
        ("./big", "the file is `Big.ts`"),
        (".\\utils", "paths are written with slashes: `./utils`"),
        ("utils", ", did you mean `./utils`?: `utils`"),
        ("lib/a", ", did you mean `./lib/a`?"),
        ("src/utils", ", did you mean `./utils`?"),
        ("shared/b", ", did you mean `../shared/b`?"),
        (
            "./nope.txt?raw",
            ", there is no such file: `./nope.txt?raw`",
        ),
        ("./wordz.txt?raw", "did you mean `./words.txt`?"),
    ] {
        let said = said(&files, specifier);
        assert!(said.contains(words), "{specifier}: {said}");
    }
}

#[test]
fn names_may_have_what_begins_a_suffix() {
    let mut project = Project::new(&[
        (
            "s.ts",
            "import './da?ta.json'; import './a#b'; import './d?r/x'; import '@/q?'; import 'p/c?d';\n\
             import './u.ts?v=1'; import './t.txt?raw'; import 'p?x'; export default class {}",
        ),
        (
            "tsconfig.json",
            r#"{"compilerOptions": {"paths": {"@/*": ["./*"]}}}"#,
        ),
        ("da?ta.json", "{}"),
        ("a#b.ts", ""),
        ("d?r/x.ts", ""),
        ("q?.ts", ""),
        ("node_modules/p/c?d.js", ""),
        ("node_modules/p/index.js", ""),
        ("u.ts", ""),
        ("t.txt", ""),
    ]);
    let graph = project.graph();
    for name in [
        "da?ta.json",
        "a#b.ts",
        "d?r/x.ts",
        "q?.ts",
        "node_modules/p/c?d.js",
        "node_modules/p/index.js",
        "u.ts",
        "t.txt",
    ] {
        assert!(project.has(&graph, name), "{name}");
        assert!(
            graph.watched().any(|path| path == project.path(name)),
            "{name}"
        );
    }
}

#[test]
fn suffixes_of_other_tools_are_explained() {
    let files = [("src/a.svg", ""), ("src/b?raw.svg", "")];
    let error = said(&files, "./a.svg?raw");
    assert!(error.contains("`?raw` is for a bundler"), "{error}");
    let error = said(&files, "./b?raw.svg");
    assert!(!error.contains("bundler"), "{error}");
}

#[test]
fn packages_are_added_by_the_projects_own_manager() {
    for (lock, command) in [
        ("pnpm-lock.yaml", "pnpm add zod"),
        ("yarn.lock", "yarn add zod"),
        ("bun.lock", "bun add zod"),
        ("package-lock.json", "npm install zod"),
    ] {
        assert!(said(&[(lock, "")], "zod/v4").contains(&format!("Try `{command}`: `zod/v4`")));
    }
    let named = [
        ("package.json", r#"{"packageManager": "pnpm@9.0.0"}"#),
        ("package-lock.json", "{}"),
    ];
    assert!(said(&named, "zod").contains("pnpm add zod"));
}

#[test]
fn packages_that_nobody_can_install_are_not_told_to_be() {
    for (specifier, words) in [
        ("partyserver", "for projects of Cloudflare Workers"),
        (
            "y-partyserver/provider",
            "for projects of Cloudflare Workers",
        ),
        ("raw-loader!./a.txt", "`!` is for a bundler like webpack"),
        ("", ", it names nothing"),
        (" zod", ", it begins with a space"),
        ("bun", "modules of bun"),
        ("a b", "no package can have this name"),
        ("@s/", "no package can have this name"),
    ] {
        let said = said(
            &[("package.json", r#"{"dependencies": {"partyserver": "1"}}"#)],
            specifier,
        );
        assert!(said.contains(words), "{specifier}: {said}");
        assert!(!said.contains("install"), "{specifier}: {said}");
    }
}

#[test]
fn a_package_that_is_misspelled_names_the_one_that_is_listed() {
    let files = [(
        "package.json",
        r#"{"dependencies": {"nanoid": "1", "preact": "1"}}"#,
    )];
    assert_eq!(
        said(&files, "naniod/async"),
        ", did you mean `nanoid`? If not, is the package installed? Try `npm install naniod`: `naniod/async`"
    );
    assert!(said(&files, "zod").starts_with(", is the package installed?"));
}

#[test]
fn a_package_json_that_cannot_be_read_is_named() {
    let said = said(&[("package.json", "{\n  name: 1 }")], "zod");
    assert!(
        said.starts_with(", `package.json:2:3` is not valid JSON: key must be a string"),
        "{said}"
    );
}

#[test]
fn a_listed_package_that_nobody_installed_is_one_line() {
    let mut project = Project::new(&[
        (
            "s.ts",
            "import '@s/p/x'; import './a'; import('zod'); export default class {}",
        ),
        ("a.ts", "import '@s/p'; try { require('zod') } catch {}"),
        (
            "package.json",
            r#"{"devDependencies": {"@s/p": "1", "zod": "3"}}"#,
        ),
        ("yarn.lock", ""),
    ]);
    let error = project.build().err().expect("nothing is installed");
    assert_eq!(
        error.to_string(),
        "`package.json` lists this package and it is not installed, run `yarn install`: `@s/p`\n\n\
         `package.json` lists this package and it is not installed, run `yarn install`: `zod`"
    );
    let mark = project.path("node_modules/.yarn-integrity");
    assert!(error.missing.contains(&mark), "{:?}", error.missing);
}

#[test]
fn a_package_that_is_not_built_names_file_and_line() {
    let said = |manifest: &str, specifier: &str| {
        let server = format!("import {specifier:?};\nexport default class {{}}");
        let mut project = Project::new(&[("s.ts", &server), ("packages/b/src/index.ts", "")]);
        project.write("packages/b/package.json", manifest);
        project.link("node_modules/@a/b", "packages/b");
        let error = project.error();
        let line = error.lines().next().unwrap_or_default();
        line.split_once("this import, ")
            .map_or(line, |(_, hint)| hint)
            .to_owned()
    };
    assert_eq!(
        said(
            "{\n  \"name\": \"@a/b\",\n  \"main\": \"dist/index.js\"\n}",
            "@a/b"
        ),
        "`packages/b/package.json:3` names a file that is missing, is the package built? \
         `packages/b/dist/index.js`: `@a/b`"
    );
    let exports = "{\"exports\": {\n\".\": {\n\"types\": \"./dist/i.d.ts\",\n\"require\": \"./dist/i.cjs\",\n\
                   \"import\": {\n\"node\": \"./n.js\",\n\"default\": \"./dist/i.mjs\"}},\n\
                   \"./parts/*\": \"./dist/parts/*.js\"}}";
    assert!(
        said(exports, "@a/b").starts_with("`packages/b/package.json:7` names"),
        "{}",
        said(exports, "@a/b")
    );
    assert!(said(exports, "@a/b").contains("`packages/b/dist/i.mjs`"));
    let part = said(exports, "@a/b/parts/x");
    assert!(part.contains("`packages/b/package.json:8`"), "{part}");
    assert!(part.contains("`packages/b/dist/parts/x.js`"), "{part}");
}

#[test]
fn what_an_installed_package_lacks_is_said() {
    let files = [
        (
            "node_modules/p/package.json",
            r#"{"exports": {".": "./i.js", "./client": "./c.js"}}"#,
        ),
        ("node_modules/p/i.js", ""),
        ("node_modules/p/c.js", ""),
        ("node_modules/q/package.json", r#"{"main": "gone.js"}"#),
        ("node_modules/r/index.js", ""),
    ];
    for (specifier, words) in [
        ("p/cleint", ", did you mean `p/client`?"),
        (
            "p/internal",
            ", `exports` in `node_modules/p/package.json` has nothing for it",
        ),
        (
            "q",
            "`node_modules/q/package.json:1` names a file that the package lacks: `node_modules/q/gone.js`",
        ),
        ("r/x", "the package has no package.json: `node_modules/r`"),
    ] {
        let said = said(&files, specifier);
        assert!(said.contains(words), "{specifier}: {said}");
        assert!(!said.contains("install "), "{specifier}: {said}");
    }
}
