//! `connection.state` and attachments.

use serde_json::{Value, json};

use crate::harness::{Dev, ROOM};

/// What a room's `onConnect` with this body returns.
fn state(hibernate: bool, body: &str) -> Value {
    let dev = Dev::inline(&format!(
        r#"
const attempt = (f) => {{ try {{ return f(); }} catch (error) {{ return error.name + ": " + error.message; }} }};
export default class {{
  options = {{ hibernate: {hibernate} }};
  getConnectionTags(conn) {{ conn.setState({{ from: "tags" }}); return []; }}
  onConnect(conn) {{ conn.send(JSON.stringify((() => {{ {body} }})() ?? "undefined")); }}
}}"#
    ));
    dev.ws(ROOM).json()
}

/// The same, awake and hibernating.
fn states(body: &str) -> [Value; 2] {
    [false, true].map(|hibernate| state(hibernate, body))
}

/// Row 118.
#[test]
fn set_state_takes_values_functions_and_null() {
    let seen = states(
        r#"
return [
  conn.setState({ n: 1 }), conn.state,
  conn.setState((previous) => ({ n: previous.n + 1 })), conn.state,
  conn.setState(null), conn.state,
  conn.setState("text"), conn.state,
];"#,
    );
    for value in seen {
        let (one, two) = (json!({ "n": 1 }), json!({ "n": 2 }));
        assert_eq!(
            value,
            json!([one, one, two, two, null, null, "text", "text"])
        );
    }
}

/// Row 119.
#[test]
fn state_set_with_the_tags_is_there_on_connect() {
    for value in states("return conn.state;") {
        assert_eq!(value, json!({ "from": "tags" }));
    }
}

/// Row 118.
#[test]
fn awake_state_is_the_object_itself() {
    let awake = state(
        false,
        r#"
const value = { f: () => "called" };
conn.setState(value);
const same = conn.state === value && conn.state.f() === "called";
conn.state = "assigned";
return [same, conn.state];"#,
    );
    assert_eq!(awake, json!([true, "assigned"]));
}

/// Row 118.
#[test]
fn hibernating_state_is_read_only() {
    let hibernating = state(
        true,
        r#"return [attempt(() => { "use strict"; conn.state = 1; }), attempt(() => { "use strict"; conn.id = 1; })];"#,
    );
    let message = |name: &str| {
        format!("TypeError: Cannot set property {name} of #<WebSocket> which has only a getter")
    };
    assert_eq!(hibernating, json!([message("state"), message("id")]));
}

/// Row 121.
#[test]
fn hibernating_state_is_limited_to_2048_bytes() {
    let [awake, hibernating] = states(
        r#"return [attempt(() => conn.setState("x".repeat(1500)).length), attempt(() => conn.setState("x".repeat(3000)).length)];"#,
    );
    assert_eq!(awake, json!([1500, 3000]));
    assert_eq!(hibernating[0], 1500);
    let error = hibernating[1].as_str().expect("the second is refused");
    let limit = "A WebSocket 'attachment' cannot be larger than 2048 bytes.";
    assert!(error.contains(limit), "{error}");
}

/// Row 121.
#[test]
fn hibernating_state_must_be_cloneable() {
    let hibernating = state(true, r#"return attempt(() => conn.setState({ f() {} }));"#);
    let error = hibernating.as_str().expect("a function cannot be stored");
    assert!(error.starts_with("DataCloneError: "), "{error}");
}

/// Row 122.
#[test]
fn attachment_of_an_awake_connection_is_apart_from_its_state() {
    let awake = state(
        false,
        r#"
conn.setState("state");
const before = conn.deserializeAttachment();
const value = { q: [1, 2] };
conn.serializeAttachment(value);
return [before, conn.deserializeAttachment(), conn.deserializeAttachment() !== value, conn.state];"#,
    );
    assert_eq!(awake, json!([null, { "q": [1, 2] }, true, "state"]));
}

/// Row 122.
#[test]
fn attachment_of_a_hibernating_connection_round_trips() {
    let hibernating = state(
        true,
        r#"conn.serializeAttachment({ q: [1, 2] }); return [conn.deserializeAttachment(), typeof conn.id];"#,
    );
    assert_eq!(hibernating, json!([{ "q": [1, 2] }, "string"]));
}

/// Row 118.
#[test]
fn state_belongs_to_one_connection() {
    let dev = Dev::inline(
        r#"
export default class {
  onMessage(message, conn) {
    conn.setState((state) => ({ n: (state?.n ?? 0) + 1 }));
    conn.send(String(conn.state.n));
  }
}"#,
    );
    let (mut a, mut b) = (dev.ws(ROOM), dev.ws(ROOM));
    assert_eq!(
        [a.ask("x"), a.ask("x"), b.ask("x"), a.ask("x")],
        ["1", "2", "1", "3"]
    );
}

/// Row 117.
#[test]
fn own_members_of_a_connection_are_in_order() {
    let source = |options: &str| {
        format!(
            "export default class {{ {options} onConnect(c) {{ c.send(JSON.stringify(Object.keys(c))); }} }}"
        )
    };
    let awake = Dev::inline(&source("")).ws(ROOM).json();
    assert_eq!(awake, json!(["id", "socket", "uri", "state", "setState"]));
    let hibernating = Dev::inline(&source("options = { hibernate: true };"));
    assert_eq!(
        hibernating.ws(ROOM).json(),
        json!(["id", "socket", "uri", "setState"])
    );
}

/// Row 122.
#[test]
fn attachment_of_an_awake_connection_has_the_same_limit() {
    let dev = Dev::inline(
        r#"
export default class {
  onConnect(conn) {
    const tried = (...given) => {
      try { conn.serializeAttachment(...given); } catch (error) { return `${error.name}: ${error.message}`; }
    };
    conn.send(JSON.stringify([tried("x".repeat(3000)), tried(() => {}).split(":")[0], tried(), tried("ok")]));
  }
}"#,
    );
    let told = dev.ws(ROOM).json();
    assert_eq!(
        told[0],
        "Error: A WebSocket 'attachment' cannot be larger than 2048 bytes.'attachment' was 3005 bytes."
    );
    assert_eq!(told[1], "DataCloneError");
    assert!(
        told[2]
            .as_str()
            .is_some_and(|text| text.starts_with("TypeError")),
        "{told}"
    );
    assert_eq!(told[3], json!(null));
}

/// Row 119. Until it is accepted, a connection is a plain object in both modes.
#[test]
fn id_and_state_can_be_assigned_with_the_tags() {
    for hibernate in [false, true] {
        let dev = Dev::inline(&format!(
            r#"
export default class {{
  options = {{ hibernate: {hibernate} }};
  constructor(readonly room) {{}}
  getConnectionTags(conn) {{ conn.state = {{ name: "bob" }}; conn.id = "b"; return []; }}
  onConnect(conn) {{ conn.send(JSON.stringify([conn.state, conn.id, this.room.getConnection("b") === conn])); }}
}}"#
        ));
        let expected = json!([{ "name": "bob" }, "b", true]);
        assert_eq!(dev.ws(ROOM).json(), expected, "hibernate: {hibernate}");
    }
}
