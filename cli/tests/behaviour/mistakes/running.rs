//! What goes wrong while a project is served.

use super::{Group, Mistake, served};
use crate::harness::{Dev, Project, ROOM};

pub fn group() -> Group {
    let mut mistakes = exceptions();
    mistakes.extend(answers());
    mistakes.extend(limits());
    Group {
        title: "While it runs",
        mistakes,
    }
}

fn ask(dev: &Dev) {
    dev.get(ROOM);
}

/// A room that does this when it is asked.
fn asked(statements: &str) -> Project {
    Project::inline(&format!(
        "export default class {{\n  constructor(readonly room) {{}}\n\n  async onRequest(request: Request) {{\n    {statements}\n    return new Response(\"ok\");\n  }}\n}}\n"
    ))
}

fn exceptions() -> Vec<Mistake> {
    let package = "exports.each = (list, call) => list.forEach((one) => call(one));\n";
    vec![
        served(
            "an error in `onRequest`",
            asked("const user = JSON.parse('{}').user;\n    console.log(user.name);"),
            ask,
            "\n  8 |   }\n",
        ),
        served(
            "an error in `onMessage`",
            Project::inline(
                "export default class {\n  onMessage(message: string) {\n    JSON.parse(message);\n  }\n}\n",
            ),
            |dev| dev.ws(ROOM).send("hello"),
            "\n  5 | }\n",
        ),
        served(
            "an error in `onConnect`",
            Project::inline(
                "export default class {\n  onConnect() {\n    throw new Error(\"No place left\");\n  }\n}\n",
            ),
            |dev| drop(dev.ws(ROOM).closed()),
            "\n  5 | }\n",
        ),
        served(
            "an error in `onStart`",
            Project::inline(
                "export default class {\n  async onStart() {\n    await this.load();\n  }\n\n  async load() {\n    throw new TypeError(\"There is no board\");\n  }\n\n  onRequest() {}\n}\n",
            ),
            ask,
            "\n  9 |\n",
        ),
        served(
            "an error in `onBeforeConnect`",
            Project::inline(
                "export default class {\n  static onBeforeConnect() {\n    throw new Error(\"Who are you?\");\n  }\n}\n",
            ),
            |dev| drop(dev.refused(ROOM)),
            "\n  5 | }\n",
        ),
        served(
            "a promise that nobody waits for",
            asked("Promise.reject(new Error(\"Disk full\"));"),
            ask,
            "\n  7 |   }\n",
        ),
        served(
            "an error in a timer",
            asked("setTimeout(() => { throw new RangeError(\"Too late\"); }, 1);"),
            ask,
            "\n  7 |   }\n",
        ),
        served(
            "an error that is logged",
            asked(
                "try { JSON.parse(\"{\"); } catch (error) { console.error(\"Not saved:\", error); }",
            ),
            ask,
            "\n  7 |   }\n",
        ),
        served(
            "an error in a package that is called back",
            Project::inline(
                "import { each } from \"helpers\";\n\nexport default class {\n  onRequest() {\n    each([1, 2], (one) => one.toUppercase());\n  }\n}\n",
            )
            .file("node_modules/helpers/package.json", "{ \"main\": \"i.js\" }")
            .file("node_modules/helpers/i.js", package),
            ask,
            "\n  7 | }\n",
        ),
    ]
}

fn answers() -> Vec<Mistake> {
    vec![
        served(
            "`onRequest` that returns nothing",
            Project::inline("export default class {\n  onRequest() {}\n}\n"),
            ask,
            "did not resolve to 'Response'.]\n",
        ),
        served(
            "a request for a room without `onRequest`",
            Project::inline("export default class {\n  onConnect() {}\n}\n"),
            ask,
            "^^^^^^\n",
        ),
        served(
            "a party that does not exist",
            Project::inline("export default class {}").party("chat", "export default class {}"),
            |dev| drop(dev.refused("/parties/chatt/lobby")),
            "Did you mean `chat`?\n",
        ),
        served(
            "a file that is read in a room",
            Project::inline(
                "import { readFileSync } from \"node:fs\";\n\nexport default class {\n  onRequest() {\n    return new Response(readFileSync(\"./a.txt\"));\n  }\n}\n",
            ),
            ask,
            "\n  7 | }\n",
        ),
    ]
}

fn limits() -> Vec<Mistake> {
    vec![
        served(
            "a message that is too large",
            Project::inline("export default class {}"),
            |dev| {
                let mut socket = dev.ws(ROOM);
                socket.send(&"x".repeat((1 << 20) + 1));
                socket.closed();
            },
            "the limit is 1048576\n",
        ),
        served(
            "a value that is too large",
            asked("await this.room.storage.put(\"board\", new Uint8Array(200_000));"),
            ask,
            "\n  7 |   }\n",
        ),
        served(
            "a value that cannot be stored",
            asked("await this.room.storage.put(\"board\", { draw: () => {} });"),
            ask,
            "\n  7 |   }\n",
        ),
        served(
            "a room that computes for long",
            Project::inline(
                "export default class {\n  onRequest() {\n    const end = Date.now() + 4_000;\n    while (Date.now() < end);\n    return new Response(\"ok\");\n  }\n}\n",
            ),
            ask,
            "server.ts",
        ),
        served(
            "`onStart` that takes long",
            Project::inline(
                "export default class {\n  async onStart() {\n    await new Promise((resolve) => setTimeout(resolve, 5_500));\n  }\n\n  onRequest() {\n    return new Response(\"ok\");\n  }\n}\n",
            ),
            ask,
            "for 30 s at most\n",
        ),
    ]
}
