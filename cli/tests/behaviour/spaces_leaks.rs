//! What is left of a test in a space, and how a space ends or begins anew with it (docs/control.md).

use serde_json::{Value, json};

use crate::harness::{Controlled, Project, ROOM, Space, eventually};

const PARTY: &str = r#"
export default class {
  async onRequest(req) {
    const { search } = new URL(req.url);
    if (search === "?hang") await new Promise(() => {});
    if (search === "?throw") throw new Error("thrown on purpose");
    if (search === "?stream") {
      const pull = () => new Promise(() => {});
      const start = (controller) => controller.enqueue(new TextEncoder().encode("begun"));
      return new Response(new ReadableStream({ start, pull }));
    }
    return new Response("here");
  }
  onMessage() { throw new Error("thrown on purpose"); }
}"#;

fn served() -> Controlled {
    Controlled::of(Project::inline(PARTY).args(&["--persist", "false"]))
}

/// Asks a space to close unless something is left.
fn end_if_over(space: &Space<'_>) -> Value {
    space.json("DELETE", "?unless=leaks", &Value::Null)
}

fn is_gone(space: &Space<'_>) -> bool {
    space.refused("GET", "", &Value::Null) == (404, "space".into())
}

#[test]
fn space_in_which_nothing_is_left_closes_and_tells_its_errors() {
    let server = served();
    let space = server.space(&Value::Null);
    space.text("/parties/main/r?throw");
    let left = end_if_over(&space);
    assert_eq!(
        (&left["closed"], &left["sockets"], &left["pending"]),
        (&json!(true), &json!([]), &json!([]))
    );
    let text = left["errors"][0]["text"]
        .as_str()
        .expect("an error is told");
    assert!(text.contains("thrown on purpose"), "{text}");
    assert!(is_gone(&space));
}

#[test]
fn space_with_a_socket_stays_until_that_is_closed() {
    let server = served();
    let space = server.space(&Value::Null);
    let socket = space.ws("/parties/main/r?_pk=ann");
    let left = end_if_over(&space);
    assert_eq!(
        (&left["closed"], &left["sockets"][0]["connection"]),
        (&json!(false), &json!("ann"))
    );
    assert_eq!(space.text(ROOM), "here");
    drop(socket);
    eventually("the room has seen the end", || {
        (end_if_over(&space)["closed"] == true).then_some(())
    });
    assert!(is_gone(&space));
}

/// What a space has pending, once there is anything.
fn pending(space: &Space<'_>) -> Value {
    eventually("something is pending", || {
        let left = space.get("/leaks");
        (left["pending"] != json!([])).then(|| left["pending"].clone())
    })
}

#[test]
fn space_whose_handler_goes_on_stays() {
    let server = served();
    let space = server.space(&Value::Null);
    let _hanging = space.open("/parties/main/r?hang");
    let pending = pending(&space);
    assert_eq!(
        (&pending[0]["what"], &pending[0]["lasting"]),
        (&json!("a request"), &json!(false))
    );
    assert_eq!(end_if_over(&space)["closed"], false);
    assert_eq!(space.text(ROOM), "here");
}

#[test]
fn space_with_a_stream_closes() {
    let server = served();
    let space = server.space(&Value::Null);
    let _streaming = space.open("/parties/main/r?stream");
    eventually("the handler has ended", || {
        let pending = pending(&space);
        let is_stream = pending
            .as_array()?
            .iter()
            .all(|work| work["what"] == "a stream");
        (is_stream && pending[0]["lasting"] == true).then_some(())
    });
    assert_eq!(end_if_over(&space)["closed"], true);
    assert!(is_gone(&space));
}

#[test]
fn end_that_depends_on_something_else_is_refused() {
    let server = served();
    let space = server.space(&Value::Null);
    for query in ["?unless=errors", "?if=leaks", "?unless=leaks&now"] {
        let refused = space.refused("DELETE", query, &Value::Null);
        assert_eq!(refused, (400, "options".into()), "{query}");
    }
    assert_eq!(space.text(ROOM), "here");
    let main = server.refused("DELETE", "/spaces/main?unless=leaks", &Value::Null);
    assert_eq!(main, (409, "space".into()));
}

#[test]
fn reset_tells_the_errors_until_then_once() {
    let server = served();
    let space = server.space(&Value::Null);
    space.text("/parties/main/r?throw");
    let told = space.post("/reset");
    let text = told["errors"][0]["text"]
        .as_str()
        .expect("an error is told");
    assert!(text.contains("thrown on purpose"), "{text}");
    assert_eq!(space.post("/reset"), json!({ "errors": [] }));
}

#[test]
fn errors_of_what_was_sent_a_moment_ago_are_told() {
    let server = served();
    let is_told = |left: &Value| left["errors"].as_array().is_some_and(|all| all.len() == 1);
    for _ in 0..20 {
        let space = server.space(&Value::Null);
        space.ws(ROOM).send("throw");
        let told = space.post("/reset");
        assert!(is_told(&told), "{told}");
        let mut socket = space.ws(ROOM);
        socket.send("throw");
        let left = end_if_over(&space);
        assert!(is_told(&left), "{left}");
    }
}
