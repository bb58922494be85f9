//! The projects of `fixtures/`, each run as its users would.

use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Dev, eventually};

const LOBBY: &str = "/parties/main/lobby";

/// Rows 6, 22, 127.
#[test]
fn chat_speaks_over_sockets_and_http() {
    let dev = Dev::fixture("chat");
    let mut ada = dev.ws(&format!("{LOBBY}?_pk=ada"));
    assert_eq!(ada.json(), json!({ "type": "history", "messages": [] }));
    let mut grace = dev.ws(&format!("{LOBBY}?_pk=grace"));
    grace.json();
    assert_eq!(ada.json(), json!({ "type": "join", "id": "grace" }));
    ada.send("hello");
    assert_eq!(
        grace.json(),
        json!({ "type": "message", "from": "ada", "text": "hello" })
    );
    assert_eq!(dev.post(LOBBY, "by hand").status, 201);
    for socket in [&mut ada, &mut grace] {
        assert_eq!(
            socket.json(),
            json!({ "type": "message", "from": "http", "text": "by hand" })
        );
    }
    let all = json!([{ "from": "ada", "text": "hello" }, { "from": "http", "text": "by hand" }]);
    assert_eq!(dev.json(LOBBY), all);
    let refused = dev.request("DELETE", LOBBY).send();
    assert_eq!(
        (refused.status, refused.header("allow")),
        (405, Some("GET, POST"))
    );
}

/// Row 173.
#[test]
fn chat_remembers_after_a_restart() {
    let mut dev = Dev::fixture("chat");
    for i in 0..105 {
        dev.post(LOBBY, &i.to_string());
    }
    dev.restart();
    let kept = dev.json(LOBBY);
    let kept = kept.as_array().expect("the history is a list");
    assert_eq!((kept.len(), &kept[0]["text"]), (100, &json!("5")));
    assert_eq!(dev.ws(LOBBY).json()["messages"][99]["text"], "104");
}

/// Rows 140, 148.
#[test]
fn tracker_counts_connections_everywhere() {
    let dev = Dev::fixture("tracker");
    let mut listener = dev.ws("/parties/tracker/all");
    assert_eq!(listener.json(), json!({}));
    let mut one = dev.ws("/parties/main/one");
    assert_eq!(one.json(), json!({ "one": 1 }));
    let mut two = dev.ws("/parties/main/two");
    assert_eq!(two.json(), json!({ "one": 1, "two": 1 }));
    let _more = dev.ws("/parties/main/one");
    two.close(1000, "");
    for expected in [
        json!({ "one": 1 }),
        json!({ "one": 1, "two": 1 }),
        json!({ "one": 2, "two": 1 }),
        json!({ "one": 2 }),
    ] {
        assert_eq!(listener.json(), expected);
    }
    drop(one);
    eventually("a lost connection is counted", || {
        (dev.json("/parties/tracker/all") == json!({ "one": 1 })).then_some(())
    });
}

/// Rows 172, 173.
#[test]
fn counter_survives_kill() {
    let mut dev = Dev::fixture("counter");
    let path = "/parties/main/clicks";
    for expected in 1..=5 {
        assert_eq!(dev.post(path, "").json(), json!({ "count": expected }));
    }
    dev.kill9();
    dev.start_again();
    assert_eq!(dev.json(path), json!({ "count": 5 }));
    let mut socket = dev.ws(path);
    assert_eq!(socket.text(), "5");
    assert_eq!(socket.ask("more"), "6");
    assert_eq!(dev.json("/parties/main/other"), json!({ "count": 0 }));
}

/// Row 172.
#[test]
fn counter_loses_no_concurrent_increment() {
    let dev = Dev::fixture("counter");
    let path = "/parties/main/busy";
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..25).for_each(|_| assert_eq!(dev.post(path, "").status, 200)));
        }
    });
    assert_eq!(dev.json(path), json!({ "count": 100 }));
}

/// Rows 92, 130, 167, 169.
#[test]
fn relay_passes_and_replays_bytes() {
    let mut dev = Dev::fixture("relay");
    let path = "/parties/main/document";
    let mut listener = dev.ws(path);
    let mut sender = dev.ws(path);
    for i in 0..60_u8 {
        sender.send_bytes(&[i, 255 - i, 0]);
        assert_eq!(listener.bytes(), [i, 255 - i, 0]);
    }
    let stored = json!({ "values": 11, "updates": 60, "bytes": 180 });
    eventually("the updates are merged", || {
        (dev.json(path) == stored).then_some(())
    });
    dev.restart();
    let mut late = dev.ws(path);
    for i in 0..60_u8 {
        assert_eq!(late.bytes(), [i, 255 - i, 0]);
    }
    late.send("text");
    assert_eq!(late.closed().code, 1003);
}

/// Rows 187, 189.
#[test]
fn persistence_counts_for_an_object_server() {
    let mut dev = Dev::fixture("persistence");
    let mut one = dev.ws("/party/r");
    assert_eq!(one.json(), json!({ "value": 0, "changed": null }));
    let mut two = dev.ws("/parties/main/r");
    two.json();
    for (message, value) in [("increment", 1), ("increment", 2), ("decrement", 1)] {
        one.send(message);
        let expected = json!({ "value": value, "changed": "2023-11-14T22:13:20.000Z" });
        assert_eq!([one.json(), two.json()], [expected.clone(), expected]);
    }
    dev.restart();
    assert_eq!(dev.ws("/party/r").json()["value"], 1);
}

/// Rows 33, 40, 42, 52, 73, 119, 133.
#[test]
fn class_groups_its_visitors() {
    let dev = Dev::fixture("class");
    let room = "/parties/main/r";
    let mut ada = dev.ws(&format!("{room}?_pk=ada&token=t1"));
    assert_eq!(ada.text(), "Welcome t1 from US");
    let mut bea = dev.ws(&format!("{room}?_pk=bea&country=FR"));
    assert_eq!(bea.text(), "Welcome guest from FR");
    let mut cy = dev.ws(&format!("{room}?_pk=cy"));
    assert_eq!(cy.text(), "Welcome guest from US");
    assert_eq!(ada.text(), "cy is also from US");
    assert_eq!([ada.ask("hi"), ada.ask("ho")], ["Message 1", "Message 2"]);
    assert_eq!([bea.text(), bea.text()], ["ada: hi", "ada: ho"]);
    cy.close(1000, "");
    assert_eq!(bea.text(), "cy left");
    assert_eq!(
        dev.refused(&format!("{room}?token=wrong")).text(),
        "Unknown token"
    );
    assert_eq!(
        dev.json(room),
        json!({ "room": "r", "lobby": "r", "count": 2 })
    );
    assert_eq!(
        dev.request("GET", room)
            .header("x-forbidden", "1")
            .send()
            .status,
        403
    );
    assert_eq!(
        dev.json("/everyone"),
        json!({ "room": "everyone", "lobby": null, "count": 0 })
    );
    assert_eq!(dev.get("/else").text(), "Nothing at /else");
    bea.quiet_for(Duration::from_millis(50));
}
