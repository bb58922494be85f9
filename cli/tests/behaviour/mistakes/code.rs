//! Files that cannot be read as code, or only fail when they run.

use serde_json::json;

use super::{Group, noted, refused};
use crate::harness::Project;

fn server(source: &str) -> Project {
    Project::empty()
        .file("src/server.ts", source)
        .config("main", json!("src/server.ts"))
}

const SERVER: &str = "export default class {}\n";

pub fn group() -> Group {
    let circle = server("import \"./game\";\nexport default class {}\nconsole.log(\"ready\");\n")
        .file(
            "src/game.ts",
            "import { Player } from \"./player\";\nexport class Game {}\nexport class Bot extends Player {}\nconsole.log(new Bot());\n",
        )
        .file(
            "src/player.ts",
            "import { Game } from \"./game\";\nexport class Player extends Game {}\nconsole.log(new Player());\n",
        );
    Group {
        title: "Code",
        mistakes: vec![
            refused(
                "a syntax error",
                server("export default class {\n  onRequest() {\n    return ???;\n  }\n}\n"),
            ),
            refused(
                "JSX in a `.ts` file",
                server("const page = <p>Hello</p>;\nexport default class { page = page }\n"),
            ),
            refused(
                "a name that is declared twice",
                server(&format!(
                    "const limit = 10;\n\nfunction check() {{}}\n\nconst limit = 20;\n{SERVER}"
                )),
            ),
            refused(
                "a name that is declared twice in a handler",
                server(
                    "export default class {\n  onMessage(message: string) {\n    const text = message;\n\n    const text = message.trim();\n  }\n}\n",
                ),
            ),
            refused(
                "two default exports",
                server(&format!("{SERVER}\nexport default {{ onRequest() {{}} }};\n")),
            ),
            refused(
                "an assignment to a constant",
                server("const count = 0;\nexport default class {\n  onRequest() { count++; }\n}\n"),
            ),
            refused(
                "an assignment to an import",
                server(&format!(
                    "import {{ count }} from \"./count\";\ncount = 1;\n{SERVER}"
                ))
                .file("src/count.ts", "export let count = 0;"),
            ),
            refused(
                "a type that is used as a value",
                server(
                    "import { Game } from \"./game\";\nexport default class {\n  onRequest() { return Response.json(new Game()); }\n}\n",
                )
                .file("src/game.ts", "export interface Game {}"),
            ),
            noted(
                "a class that is imported as a type",
                server(
                    "import type { Game } from \"./game\";\nexport default class {\n  onRequest() { return Response.json(new Game()); }\n}\n",
                )
                .file("src/game.ts", "export class Game {}"),
                "`Game`\n",
            ),
            refused("files that import each other", circle),
            refused(
                "JSON with a comma too many",
                server(&format!(
                    "import theme from \"./theme.json\";\ntheme;\n{SERVER}"
                ))
                .file("src/theme.json", "{\n  \"color\": \"red\",\n}\n"),
            ),
            refused(
                "a file that is no WebAssembly",
                server(&format!(
                    "import wasm from \"./a.wasm\";\nconsole.log(wasm);\n{SERVER}"
                ))
                .file("src/a.wasm", "text"),
            ),
            refused(
                "a `tsconfig.json` that is no JSON",
                server(SERVER).file("tsconfig.json", "{ \"compilerOptions\": { \"paths\": } }"),
            ),
            refused(
                "an error outside of any handler",
                server("export default class {}\n\nconst key: string = undefined!;\nkey.trim();\n"),
            ),
        ],
    }
}
