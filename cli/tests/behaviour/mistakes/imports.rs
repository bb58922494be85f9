//! Imports that lead nowhere.

use serde_json::json;

use super::{Group, Mistake, refused};
use crate::harness::Project;

const REST: &str = "\nexport default class {}\n";

/// A project that begins with this import.
fn importing(import: &str) -> Project {
    Project::empty()
        .file("src/server.ts", &format!("{import}{REST}"))
        .config("main", json!("src/server.ts"))
}

fn import(specifier: &str) -> Project {
    importing(&format!("import \"{specifier}\";"))
}

/// A package that is installed.
fn package(project: Project, name: &str, manifest: &str) -> Project {
    let folder = format!("node_modules/{name}");
    project
        .file(&format!("{folder}/package.json"), manifest)
        .file(&format!("{folder}/index.js"), "export {};")
}

pub fn group() -> Group {
    let mut mistakes = files();
    mistakes.extend(packages());
    mistakes.extend(other_tools());
    Group {
        title: "Imports",
        mistakes,
    }
}

fn files() -> Vec<Mistake> {
    vec![
        refused(
            "a name that is misspelled",
            importing("import { brodcast } from \"./room\";\nbrodcast();")
                .file("src/room.ts", "export function broadcast() {}"),
        ),
        refused(
            "a name that a JSON file does not have",
            importing("import { colour } from \"./theme.json\";\ncolour;")
                .file("src/theme.json", "{ \"color\": \"red\" }"),
        ),
        refused(
            "a file that is misspelled",
            import("./utlis").file("src/utils.ts", ""),
        ),
        refused(
            "a default import of a file that has none",
            importing("import room from \"./room\";\nroom;")
                .file("src/room.ts", "export const room = 1;"),
        ),
        refused(
            "a folder that is misspelled",
            import("./lbi/words").file("src/lib/words.ts", ""),
        ),
        refused(
            "a file that is in another folder",
            import("../utils").file("src/utils.ts", ""),
        ),
        refused(
            "a file of data without its extension",
            import("./words").file("src/words.txt", ""),
        ),
        refused(
            "capital letters",
            import("./Utils").file("src/utils.ts", ""),
        ),
        refused(
            "backslashes",
            importing("import \".\\\\utils\";").file("src/utils.ts", ""),
        ),
        refused(
            "a folder without an `index` file",
            import("./lib").file("src/lib/a.ts", ""),
        ),
        refused(
            "a file of the project as if it were a package",
            import("utils").file("src/utils.ts", ""),
        ),
        refused(
            "a file of a type that servers cannot import",
            import("./logo.svg").file("src/logo.svg", "<svg/>"),
        ),
        refused(
            "an import attribute of another tool",
            importing("import style from \"./a.json\" with { type: \"css\" };\nstyle;")
                .file("src/a.json", "{}"),
        ),
    ]
}

fn packages() -> Vec<Mistake> {
    vec![
        refused(
            "a package that is not installed, in a project of pnpm",
            import("nanoid").file("pnpm-lock.yaml", ""),
        ),
        refused(
            "a package that `package.json` lists and nobody installed",
            import("nanoid").file("package.json", "{ \"dependencies\": { \"nanoid\": \"5\" } }"),
        ),
        refused(
            "a part of a package that is misspelled",
            package(
                import("tools/cleint"),
                "tools",
                "{ \"exports\": { \".\": \"./index.js\", \"./client\": \"./index.js\" } }",
            ),
        ),
        refused(
            "a part that a package keeps to itself",
            package(
                import("tools/internal/secret"),
                "tools",
                "{ \"exports\": { \".\": \"./index.js\" } }",
            ),
        ),
        refused(
            "a package of the workspace that is not built",
            import("@team/rules")
                .file(
                    "packages/rules/package.json",
                    "{\n  \"name\": \"@team/rules\",\n  \"main\": \"dist/index.js\"\n}",
                )
                .link("node_modules/@team/rules", "packages/rules"),
        ),
        refused("a module that Node.js does not have", import("node:file")),
        refused(
            "a package that is misspelled",
            import("naniod").file("package.json", "{ \"dependencies\": { \"nanoid\": \"5\" } }"),
        ),
        refused(
            "a `package.json` with a comma too many",
            import("nanoid").file("package.json", "{\n  \"dependencies\": {},\n}"),
        ),
        refused(
            "a server for `partyserver` that is not installed",
            import("partyserver").file(
                "package.json",
                "{ \"dependencies\": { \"partyserver\": \"0.5\" } }",
            ),
        ),
        refused(
            "a server for `partyserver`",
            package(
                importing("import \"partyserver\";"),
                "partyserver",
                "{ \"main\": \"server.js\" }",
            )
            .file(
                "node_modules/partyserver/server.js",
                "import { DurableObject } from \"cloudflare:workers\";\nexport class Server extends DurableObject {}",
            ),
        ),
    ]
}

fn other_tools() -> Vec<Mistake> {
    vec![
        refused("an alias that nobody declares", import("@/utils")),
        refused("an alias of SvelteKit", import("$lib/utils")),
        refused(
            "an alias that leads to no file",
            import("@/utils").file(
                "tsconfig.json",
                "{ \"compilerOptions\": { \"paths\": { \"@/*\": [\"./src/*\"] } } }",
            ),
        ),
        refused("Deno's way to name a package", import("npm:zod@3")),
        refused("a package of JSR", import("jsr:@std/path@1")),
        refused("a module of Bun", import("bun:sqlite")),
        refused(
            "a module that a plugin of a bundler makes",
            import("virtual:config"),
        ),
        refused("an address", import("https://esm.sh/zod")),
        refused(
            "a suffix of Vite",
            import("./logo.svg?raw").file("src/logo.svg", "<svg/>"),
        ),
    ]
}
