//! Modules that export no party, or one whose handlers nothing calls.

use super::{Group, noted, refused};
use crate::harness::Project;

pub fn group() -> Group {
    let server = Project::inline;
    Group {
        title: "Parties",
        mistakes: vec![
            refused(
                "no default export",
                server("export class Room {\n  onMessage() {}\n}\n"),
            ),
            refused(
                "handlers that are exported one by one",
                server("export function onMessage() {}\n\nexport function onConnect() {}\n"),
            ),
            refused(
                "a default export that is no server",
                server("const name = \"chat\";\nexport default name;\n"),
            ),
            refused(
                "a handler that is no function",
                server("export default {\n  onRequest: new Response(\"Hello\"),\n};\n"),
            ),
            noted(
                "a function instead of a server",
                server(
                    "export default function handler(request: Request) {\n  return new Response(\"Hello\");\n}\n",
                ),
                "| }\n",
            ),
            noted(
                "a promise of a server",
                server(
                    "const server = { onRequest: () => new Response(\"Hello\") };\nexport default Promise.resolve(server);\n",
                ),
                "new Response() } }`\n",
            ),
            noted(
                "a Worker",
                server(
                    "export default {\n  fetch(request: Request) {\n    return new Response(\"Hello\");\n  },\n};\n",
                ),
                "|   },\n",
            ),
            noted(
                "a handler that is misspelled",
                server(
                    "export default class {\n  onRequst() {\n    return new Response(\"Hello\");\n  }\n}\n",
                ),
                "|   }\n",
            ),
            noted(
                "a handler that has another name elsewhere",
                server(
                    "export default class {\n  onConnection(connection) {\n    connection.send(\"Hello\");\n  }\n}\n",
                ),
                "|   }\n",
            ),
            noted(
                "a static handler that is not static",
                server(
                    "export default class {\n  onFetch() {\n    return new Response(\"Hello\");\n  }\n}\n",
                ),
                "|   }\n",
            ),
            noted(
                "a handler of rooms that is static",
                server(
                    "export default class {\n  static onConnect(connection) {\n    connection.send(\"Hello\");\n  }\n}\n",
                ),
                "|   }\n",
            ),
        ],
    }
}
