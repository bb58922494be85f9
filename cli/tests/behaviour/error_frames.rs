//! The lines of code that are shown with errors: those of the user's own files, wherever the error was made.

use crate::harness::{Dev, Project, ROOM, Terminal};

const SERVER: &str = r#"import { each } from "helpers";

interface User {
  name: string;
}

export default class {
  onRequest(request: Request) {
    const kind = new URL(request.url).search.slice(1);
    if (kind === "logged") {
      console.error("While saving:", new TypeError("not saved"), { code: 5 });
      console.error("at the end of words");
      console.warn("Not as bad:", new Error("slow"));
      console.log(new Error("of no interest"));
      return new Response("ok");
    }
    if (kind === "called") each([1], (one: User) => one.name.trim());
    throw new Error(`of ${kind}`);
  }
}
"#;

fn project() -> Project {
    Project::inline(SERVER)
        .file(
            "node_modules/helpers/package.json",
            "{ \"main\": \"i.js\" }",
        )
        .file(
            "node_modules/helpers/i.js",
            "exports.each = (list, call) => list.forEach((one) => call(one));\n",
        )
}

/// Row 243.
#[test]
fn lines_of_the_users_code_follow_an_error() {
    let dev = project().dev();
    dev.get(&format!("{ROOM}?plain"));
    dev.stderr_has(
        "onRequest error (room `main/r`):\nError: of plain\n    at server_default.onRequest (server.ts:18:11)\n  server.ts:18:11\n  \
         16 |     }\n  17 |     if (kind === \"called\") each([1], (one: User) => one.name.trim());\n\
         > 18 |     throw new Error(`of ${kind}`);\n     |           ^^^^^^^^^\n  19 |   }\n  20 | }\n",
    );
    assert!(!dev.stderr().contains('\x1b'), "no colours");
}

/// Row 243.
#[test]
fn lines_of_a_caller_are_shown_when_a_package_fails() {
    let dev = project().dev();
    dev.get(&format!("{ROOM}?called"));
    // The callback is the user's own, and throws.
    dev.stderr_has("  server.ts:17:62\n");
    dev.stderr_has("> 17 |     if (kind === \"called\") each([1], (one: User) => one.name.trim());\n     |                                                              ^^^^\n");
    dev.stderr_has("node_modules/helpers/i.js:1:");
}

/// Row 243.
#[test]
fn lines_follow_an_error_that_is_logged_and_no_other_text() {
    let dev = project().dev();
    dev.get(&format!("{ROOM}?logged"));
    dev.stderr_has("at the end of words\n");
    dev.stderr_has("{ code: 5 }\n  server.ts:11:38\n");
    dev.stderr_has("  server.ts:13:35\n");
    dev.stderr_has("> 13 |       console.warn(\"Not as bad:\", new Error(\"slow\"));\n");
    assert_eq!(dev.stderr().matches(" | ").count(), 12, "{}", dev.stderr());
    dev.stdout_has("Error: of no interest");
    assert_eq!(dev.stdout().matches(" | ").count(), 0, "{}", dev.stdout());
}

/// Row 243.
#[test]
fn terminals_show_lines_in_colours_and_dim_packages() {
    let terminal = Terminal::run(project().env("NO_COLOR", ""));
    terminal.get(&format!("{ROOM}?called"));
    terminal.shows(
        "\x1b[31m     |                                                              ^^^^\x1b[0m",
    );
    let text = terminal.text();
    let dimmed = text.lines().any(|line| {
        line.starts_with("\x1b[2m    at ") && line.contains("node_modules/helpers/i.js")
    });
    assert!(dimmed, "{text:?}");
}

/// Row 243.
#[test]
fn errors_while_loading_show_lines_too() {
    let exit = Project::inline("export default class {}\n\nnull.x;\n").fails();
    let words = "    at server.ts:3:6\nserver.ts:3:6\n  1 | export default class {}\n  2 |\n> 3 | null.x;\n    |      ^\n";
    assert!(exit.stderr.contains(words), "{}", exit.stderr);
}

/// Row 243. The code that runs is the one before the save.
#[test]
fn lines_are_those_of_the_code_that_runs() {
    let dev = Dev::inline("export default class {\n  onRequest() { throw new Error('old') }\n}\n");
    dev.edit("server.ts", "// A line more.\nexport default class {\n");
    dev.stderr_has("Still serving");
    dev.get(ROOM);
    dev.stderr_has("> 2 |   onRequest() { throw new Error('old') }\n");
}
