//! What a client and the terminal see of errors in user code.

use crate::harness::{Dev, ROOM};

/// The status and text of a room whose `onRequest` has this body.
fn outcome(body: &str) -> (u16, String) {
    let dev = Dev::inline(&format!(
        "export default class {{ async onRequest(req) {{ {body} }} }}"
    ));
    let answer = dev.get(ROOM);
    let again = dev.get(ROOM);
    assert_eq!(
        (answer.status, &answer.body),
        (again.status, &again.body),
        "the room lives on"
    );
    (answer.status, answer.text())
}

fn outcome_is(body: &str, status: u16, text: &str) {
    assert_eq!(outcome(body), (status, text.to_owned()), "{body}");
}

/// Row 191.
#[test]
fn code_of_an_error_is_the_status() {
    outcome_is(
        r#"throw Object.assign(new Error("teapot"), { code: 418 });"#,
        418,
        "teapot",
    );
    outcome_is("throw { code: 404 };", 404, "[object Object]");
}

/// Row 191. Databases and the system have codes of their own.
#[test]
fn code_that_is_no_status_is_500_with_the_error_itself() {
    for code in [
        r#""23505""#,
        r#""ECONNREFUSED""#,
        r#""""#,
        "99",
        "600",
        "11000",
        "-404",
        "NaN",
        "Infinity",
        "null",
        "{}",
        "[]",
        "() => 404",
        "Symbol()",
        "{ valueOf() { throw 1 } }",
    ] {
        let body = format!(r#"throw Object.assign(new Error("own text"), {{ code: {code} }});"#);
        outcome_is(&body, 500, "own text");
    }
    let aborted = r#"throw new DOMException("own text", "AbortError");"#;
    outcome_is(aborted, 500, "own text");
    let (status, text) = outcome(r#"(await import("node:fs")).readFileSync("./a.txt");"#);
    assert_eq!(status, 500);
    assert!(text.contains("readFileSync"), "{text}");
}

/// Row 191.
#[test]
fn code_that_is_no_status_is_no_matter_where_it_is_thrown() {
    let dev = Dev::inline(
        r#"
const fail = () => { throw Object.assign(new Error("duplicate key"), { code: "23505" }); };
const at = (req, place) => { if (req.url.endsWith("?" + place)) fail(); };
export default class {
  static onBeforeRequest(req) { at(req, "before"); return req; }
  static onBeforeConnect(req) { at(req, "before"); return req; }
  static onFetch() { fail(); }
  onConnect(conn, { request }) { at(request, "connect"); }
  async onRequest(req) { await null; fail(); }
}"#,
    );
    let seen = |path: &str| {
        let answer = dev.get(path);
        (answer.status, answer.text())
    };
    let text = || "duplicate key".to_owned();
    assert_eq!(seen(ROOM), (500, text()));
    assert_eq!(seen(&format!("{ROOM}?before")), (401, text()));
    assert_eq!(seen("/elsewhere"), (500, text()));
    let refused = dev.refused(&format!("{ROOM}?before"));
    assert_eq!((refused.status, refused.text()), (401, text()));
    let closed = dev.ws(&format!("{ROOM}?connect")).closed();
    assert_eq!((closed.code, closed.reason), (1011, text()));
}

/// Row 192.
#[test]
fn error_is_500_with_its_message() {
    outcome_is(r#"throw new Error("plain trouble");"#, 500, "plain trouble");
    outcome_is(
        r#"throw new TypeError("wrong ✗ kind");"#,
        500,
        "wrong ✗ kind",
    );
    outcome_is(r#"await Promise.reject(new Error("later"));"#, 500, "later");
}

/// Row 192.
#[test]
fn error_without_a_message_has_a_text() {
    outcome_is(
        r#"throw new Error("");"#,
        500,
        "Uncaught exception when making a request",
    );
}

/// Row 192.
#[test]
fn thrown_text_is_the_body() {
    outcome_is(r#"throw "words";"#, 500, "words");
}

/// Row 193.
#[test]
fn something_else_than_a_response_is_500() {
    let text = "Incorrect type for Promise: the Promise did not resolve to 'Response'.";
    for value in ["undefined", "null", r#""text""#, "({})", "5"] {
        outcome_is(&format!("return {value};"), 500, text);
    }
}

/// Rows 38, 193.
#[test]
fn handlers_that_return_nothing_of_use_are_named() {
    let dev = Dev::inline(
        r#"export default class {
  static async onBeforeRequest(req) { if (req.method === "POST") return req; }
  static onFetch() { return "text"; }
  async onRequest() {}
}"#,
    );
    let body = "Incorrect type for Promise: the Promise did not resolve to 'Response'.";
    for (answer, body, line) in [
        (
            dev.post(ROOM, ""),
            body,
            "onRequest (party main) returned undefined: return a Response\n",
        ),
        (
            dev.get(ROOM),
            "Invalid URL: undefined",
            "onBeforeRequest (party main) returned undefined: return the Request or a Response\n",
        ),
        (
            dev.get("/elsewhere"),
            body,
            "onFetch (party main) returned a string: return a Response\n",
        ),
    ] {
        assert_eq!((answer.status, answer.text().as_str()), (500, body));
        dev.stderr_has(line);
    }
}

/// Rows 192, 243.
#[test]
fn stack_names_the_users_file_and_line() {
    let dev = Dev::inline(
        r#"import type * as Party from "partykit/server";

interface Wide {
  readonly many: string;
}

enum Kind { A, B }

export default class Server implements Party.Server {
  constructor(readonly room: Party.Room) {}

  onRequest(): Response {
    return this.deep({ many: Kind[Kind.A] });
  }

  private deep(wide: Wide): Response {
    throw new Error("deep trouble with " + wide.many);
  }
}
"#,
    );
    assert_eq!(dev.get(ROOM).text(), "deep trouble with A");
    dev.stderr_has("deep trouble with A");
    dev.stderr_has("server.ts:17:");
    dev.stderr_has("server.ts:13:");
}

/// Row 243.
#[test]
fn stack_of_an_imported_file_names_that_file() {
    use crate::harness::Project;
    let dev = Project::inline(
        r#"import { fail } from "./src/deep";
export default class { onRequest() { return fail(); } }"#,
    )
    .file("src/deep.ts", "type Unused = string;\n\nexport function fail(): never {\n  throw new Error(\"far away\");\n}\n")
    .dev();
    assert_eq!(dev.get(ROOM).text(), "far away");
    dev.stderr_has("src/deep.ts:4:");
}

/// Row 243.
#[test]
fn console_goes_to_the_terminal() {
    let dev = Dev::inline(
        r#"
console.log("at the top");
export default class {
  onRequest() {
    console.log("a log", { a: [1] }, 5);
    console.info("an info");
    console.debug("a debug");
    console.warn("a warning");
    console.error("an error", new Error("inside"));
    return new Response("ok");
  }
}"#,
    );
    dev.get(ROOM);
    for text in ["at the top", "a log { a: [ 1 ] } 5", "an info", "a debug"] {
        dev.stdout_has(text);
    }
    for text in ["a warning", "an error", "inside"] {
        dev.stderr_has(text);
    }
    assert!(!dev.stdout().contains("a warning"));
}

/// Rows 192, 243.
#[test]
fn stacks_tell_of_user_code_only() {
    let dev = Dev::inline(
        r#"export default class {
  constructor(room) { this.room = room; }
  async onRequest(req) {
    if (req.method === "POST") {
      Error.prepareStackTrace = (_, frames) => frames.map((frame) => frame.getFileName()).join();
      const { stack } = new Error("own");
      delete Error.prepareStackTrace;
      return new Response(stack);
    }
    const stacks = [new Error("direct").stack];
    try { await this.room.storage.put("key", () => {}); } catch (error) { stacks.push(error.stack); }
    try { new Headers([["bad name", ""]]); } catch (error) { stacks.push(error.stack); }
    try { structuredClone(() => {}); } catch (error) { stacks.push(error.stack); }
    return Response.json(stacks);
  }
}"#,
    );
    let stacks = dev.json(ROOM);
    for (index, line) in [10, 11, 12, 13].into_iter().enumerate() {
        let stack = stacks[index].as_str().expect("a stack is a text");
        assert!(!stack.contains("ext:"), "{stack}");
        assert!(stack.contains(&format!("server.ts:{line}:")), "{stack}");
    }
    let frames = dev.post(ROOM, "").text();
    assert!(frames.contains("server.ts"), "{frames}");
    assert!(!frames.contains("ext:"), "{frames}");
}

/// Row 243.
#[test]
fn causes_leave_out_the_lines_they_share() {
    let dev = Dev::inline(
        r#"export default class {
  onRequest() {
    try { this.low(); } catch (cause) { console.error(new Error("high", { cause })); }
    return new Response("ok");
  }
  low() { throw new Error("low"); }
}"#,
    );
    dev.get(ROOM);
    dev.stderr_has("[cause]: Error: low");
    assert!(!dev.stderr().contains("matching cause"), "{}", dev.stderr());
    assert!(!dev.stderr().contains("ext:"));
}

/// Row 54.
#[test]
fn error_in_on_fetch_is_printed() {
    let dev = Dev::inline(
        r#"export default class { static onFetch() { throw new Error("front trouble") } }"#,
    );
    assert_eq!(dev.get("/x").status, 500);
    dev.prints("front trouble");
}

/// Row 192.
#[test]
fn thrown_objects_are_their_text() {
    let dev = Dev::inline(
        "export default class { async onRequest(req) { throw eval(await req.text()) } }",
    );
    for (what, text) in [
        ("['a','b']", "a,b"),
        ("({toString:()=>'custom'})", "custom"),
        ("({a:1})", "[object Object]"),
        ("new Response('no')", "[object Object]"),
        ("Object.assign(new Error('x'),{message:42})", "42"),
        (
            "Object.assign(new Error('x'),{message:undefined})",
            "Uncaught exception when making a request",
        ),
        (
            "Object.defineProperty(new Error('x'),'code',{get(){throw Error('y')}})",
            "y",
        ),
    ] {
        let answer = dev.post(ROOM, what);
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (500, text),
            "{what}"
        );
    }
}

/// Row 191. A field that TypeScript declares exists without a value.
#[test]
fn code_without_a_value_is_no_status() {
    outcome_is(
        r#"throw Object.assign(new Error("not allowed"), { code: undefined });"#,
        500,
        "not allowed",
    );
}

/// Row 15.
#[test]
fn request_that_no_handler_takes_is_told() {
    let dev = Dev::inline("export default class { onConnect() {} }");
    assert_eq!(dev.get(ROOM).text(), "No onRequest handler");
    dev.stderr_has(
        "\u{2718} fetch error (room `main/r`):\nError: No onRequest handler\n  server.ts:1:1\n> 1 | export default",
    );
}
