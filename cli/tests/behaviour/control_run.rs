//! Functions that the control plane runs in a room (docs/control.md).

use serde_json::{Value, json};

use crate::control::{at, controlled};
use crate::harness::refusal;

#[test]
fn function_runs_in_the_room() {
    let server = controlled();
    server.dev.ws("/parties/main/r");
    let run = |body: Value| server.json("POST", &at("/run"), &body)["value"].clone();
    assert_eq!(
        run(json!({ "source": "(server, room, a, b) => [room.id, a + b]", "args": [1, 2] })),
        json!(["r", 3])
    );
    assert_eq!(
        run(
            json!({ "source": "async function (server) { return server.constructor.name.length >= 0; }" })
        ),
        json!(true)
    );
    assert_eq!(
        run(json!({ "source": "() => {}" })),
        json!({ "$undefined": true })
    );
}

#[test]
fn function_that_closes_over_variables_is_told_what_it_cannot() {
    let server = controlled();
    let run = |source: &str| {
        let answer = server.send("POST", &at("/run"), &json!({ "source": source }));
        assert_eq!(refusal(&answer), (400, "thrown".into()), "{source}");
        answer.json()["error"].clone()
    };
    let closure = run("() => outside + 1");
    assert_eq!(closure["name"], "ReferenceError");
    let text = closure["message"].as_str().expect("a text");
    assert!(
        text.starts_with("outside is not defined") && text.contains("nothing around it"),
        "{text}"
    );
    assert_eq!(
        run("() => { throw new RangeError('mine'); }")["name"],
        "RangeError"
    );
    assert_eq!(run("() => {")["name"], "SyntaxError");
    assert_eq!(run("5")["name"], "TypeError");
    assert_eq!(run("() => Symbol()")["name"], "TypeError");
    assert_eq!(run("() => { throw null; }")["message"], "null");
}
