//! Exceptions that no handler of user code catches: each is told once, with its place, and the room
//! lives on.

use crate::harness::{Dev, ROOM};

const SERVER: &str = r#"const later = (callback) => setTimeout(callback, 1);
const cases = {
  timer() { later(() => { throw new Error("of a timer"); }); },
  microtask() { queueMicrotask(() => { throw new Error("of a microtask"); }); },
  rejection() { Promise.reject(new Error("of a promise")); },
  async later() { await null; throw new Error("of an async function"); },
  cause() { Promise.reject(new Error("outer", { cause: new TypeError("inner") })); },
  any() { Promise.any([Promise.reject(new Error("one of many"))]); },
  words() { Promise.reject("only words"); },
  value() { Promise.reject({ code: 5 }); },
  reported() { reportError(new RangeError("of reportError")); },
  listener() {
    const target = new EventTarget();
    target.addEventListener("x", () => { throw new Error("of a listener"); });
    target.dispatchEvent(new Event("x"));
    console.log("dispatched");
  },
  hostile() {
    const error = new Error("x");
    Object.defineProperty(error, "stack", { get() { throw 1 } });
    Promise.reject(error);
    Promise.reject(new Proxy({}, { get() { throw 2 }, getPrototypeOf() { throw 3 } }));
    console.log("hostile");
  },
};
export default class {
  async onRequest(request) {
    const name = new URL(request.url).searchParams.get("case");
    if (name === null) return new Response("alive");
    cases[name]();
    return new Response("caused");
  }
  onMessage(message) { throw new Error(`of onMessage: ${message}`); }
  onClose() { throw new Error("of onClose"); }
  static async onFetch(request, lobby, context) {
    context.waitUntil(Promise.reject(new Error("of waitUntil")));
    return new Response("worker");
  }
}"#;

fn causes(dev: &Dev, case: &str, told: &str) {
    assert_eq!(
        dev.get(&format!("{ROOM}?case={case}")).text(),
        "caused",
        "{case}"
    );
    dev.stderr_has(told);
}

/// Row 243.
#[test]
fn uncaught_exceptions_name_file_line_and_column() {
    let dev = Dev::inline(SERVER);
    let room = "(room `main/r`):\n";
    for (case, told) in [
        (
            "timer",
            "Uncaught {room}Error: of a timer\n    at server.ts:3:33",
        ),
        (
            "microtask",
            "Uncaught {room}Error: of a microtask\n    at server.ts:4:46",
        ),
        (
            "rejection",
            "Uncaught (in promise) {room}Error: of a promise\n    at Object.rejection (server.ts:5:32)",
        ),
        (
            "later",
            "Uncaught (in promise) {room}Error: of an async function\n    at Object.later (server.ts:6:37)",
        ),
        (
            "cause",
            "[cause]: TypeError: inner\n      at Object.cause (server.ts:7:56)",
        ),
        (
            "any",
            "Error: one of many\n        at Object.any (server.ts:8:39)",
        ),
        ("words", "Uncaught (in promise) {room}only words"),
        ("value", "Uncaught (in promise) {room}{ code: 5 }"),
        (
            "reported",
            "Uncaught {room}RangeError: of reportError\n    at Object.reported (server.ts:11:28)",
        ),
        (
            "listener",
            "Uncaught {room}Error: of a listener\n    at EventTarget.<anonymous> (server.ts:14:48)",
        ),
    ] {
        causes(&dev, case, &told.replace("{room}", room));
    }
    assert!(!dev.stderr().contains("ext:"));
    assert_eq!(dev.get(ROOM).text(), "alive");
}

/// Row 243.
#[test]
fn exceptions_of_handlers_name_file_line_and_column() {
    let dev = Dev::inline(SERVER);
    let mut socket = dev.ws(ROOM);
    socket.send("hi");
    dev.stderr_has("onMessage error (room `main/r`):\nError: of onMessage: hi\n    at default.onMessage (server.ts:33:30)");
    socket.close(1000, "");
    dev.stderr_has("Error: of onClose\n    at default.onClose (server.ts:34:21)");
    assert_eq!(dev.get("/elsewhere").text(), "worker");
    dev.stderr_has(
        "waitUntil error:\nError: of waitUntil\n    at default.onFetch (server.ts:36:38)",
    );
    assert_eq!(dev.get(ROOM).text(), "alive");
}

/// Row 243.
#[test]
fn values_that_cannot_be_shown_are_told_of() {
    let dev = Dev::inline(SERVER);
    causes(&dev, "hostile", "Uncaught (in promise)");
    dev.stdout_has("hostile");
    assert_eq!(dev.get(ROOM).text(), "alive");
}

const LISTENERS: &str = r#"
const later = (callback) => setTimeout(callback, 1);
addEventListener("error", (event) => {
  console.log(event.type, event.message, event.filename.split("/").pop(), event.lineno, event.colno);
  event.preventDefault();
});
globalThis.addEventListener("unhandledrejection", (event) => {
  console.log(event.type, event.reason.message, event.promise instanceof Promise);
  event.preventDefault();
});
addEventListener("rejectionhandled", (event) => console.log(event.type, event.reason.message));
export default class {
  onRequest(request) {
    later(() => { throw new Error("thrown"); });
    reportError(new Error("reported"));
    const target = new EventTarget();
    target.addEventListener("x", () => { throw new Error("listened"); });
    target.dispatchEvent(new Event("x"));
    const promise = Promise.reject(new Error("rejected"));
    setTimeout(() => promise.catch(() => {}), 20);
    return new Response("ok");
  }
}"#;

/// Rows 243, 244.
#[test]
fn listeners_hear_of_exceptions_first() {
    let dev = Dev::inline(LISTENERS);
    dev.get(ROOM);
    for heard in [
        "error Uncaught Error: thrown server.ts 14 25",
        "error Uncaught Error: reported server.ts 15 17",
        "error Uncaught Error: listened server.ts 17 48",
        "unhandledrejection rejected true",
        "rejectionhandled rejected",
    ] {
        dev.stdout_has(heard);
    }
    assert_eq!(dev.stderr(), "", "what was prevented is not told");
}

/// Rows 243, 244.
#[test]
fn listeners_that_throw_end_nothing() {
    let dev = Dev::inline(
        r#"
addEventListener("error", () => { throw new Error("worse"); });
addEventListener("unhandledrejection", () => { throw new Error("even worse"); });
let asked = 0;
export default class {
  onRequest() {
    reportError(new Error("bad"));
    const target = new EventTarget();
    target.addEventListener("x", () => { throw new Error("also bad"); });
    target.dispatchEvent(new Event("x"));
    Promise.reject(new Error("not good"));
    return new Response(`${++asked}`);
  }
}"#,
    );
    assert_eq!(dev.get(ROOM).text(), "1");
    for told in [
        "Error: bad",
        "Error: also bad",
        "Error: not good",
        "Error: worse",
        "Error: even worse",
    ] {
        dev.stderr_has(told);
    }
    assert_eq!(dev.get(ROOM).text(), "2", "the room is the same");
    assert!(!dev.stderr().contains("stopped"));
}

/// Row 244.
#[test]
fn on_error_property_gets_what_browsers_give_it() {
    let dev = Dev::inline(
        r#"
globalThis.onerror = (message, file, line, column, error) => {
  console.log("onerror", message, file.split("/").pop(), line, column, error.message);
  return true;
};
export default class {
  onRequest() {
    setTimeout(() => { throw new Error("thrown"); }, 1);
    return new Response("ok");
  }
}"#,
    );
    dev.get(ROOM);
    dev.stdout_has("onerror Uncaught Error: thrown server.ts 8 30 thrown");
    assert_eq!(dev.stderr(), "");
}
