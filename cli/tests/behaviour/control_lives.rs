//! Ends that the control plane gives to rooms: eviction, restart and reset, and what becomes of sockets (docs/control.md).

use serde_json::{Value, json};

use crate::control::{PARTY, at, controlled, hibernating};
use crate::harness::{Closed, Controlled, Project};

#[test]
fn connections_are_listed_with_their_state() {
    for server in [controlled(), hibernating()] {
        let mut socket = server.dev.ws("/parties/main/r?_pk=ann");
        assert_eq!(socket.ask("x"), "heard x");
        let listed = server.get(&at("/connections"));
        let connection = &listed["connections"][0];
        assert_eq!(connection["id"], "ann");
        assert_eq!(connection["tags"], json!(["ann"]));
        assert_eq!(connection["state"], json!({ "n": { "$bigint": "1" } }));
        assert!(
            connection["uri"]
                .as_str()
                .is_some_and(|uri| uri.ends_with("/parties/main/r?_pk=ann"))
        );
        assert_eq!(listed["connections"].as_array().map(Vec::len), Some(1));
        socket.close(1000, "");
    }
}

#[test]
fn evicted_room_that_hibernates_keeps_its_sockets() {
    let server = hibernating();
    let mut socket = server.dev.ws("/parties/main/r?_pk=ann");
    assert_eq!(socket.ask("one"), "heard one");
    assert_eq!(server.dev.json("/parties/main/r?seed")[0], 1);
    for _ in 0..2 {
        let evicted = server.json("POST", &at("/evict"), &json!({ "sockets": "keep" }));
        assert_eq!(evicted, json!({ "evicted": true }));
    }
    assert_eq!(
        server.get(&at("/connections"))["connections"][0]["id"],
        "ann"
    );
    assert_eq!(socket.ask("two"), "heard two");
    assert_eq!(
        server.dev.json("/parties/main/r?seed")[0],
        1,
        "another isolate counts anew"
    );
}

#[test]
fn sockets_that_cannot_be_kept_are_named_and_stay() {
    let server = controlled();
    let mut socket = server.dev.ws("/parties/main/r");
    assert_eq!(socket.ask("one"), "heard one");
    let refused = server.refused("POST", &at("/evict"), &json!({ "sockets": "keep" }));
    assert_eq!(refused, (409, "sockets".into()));
    assert_eq!(socket.ask("two"), "heard two");
    assert_eq!(
        server
            .refused("POST", &at("/evict"), &json!({ "sockets": "maybe" }))
            .0,
        400
    );
}

#[test]
fn evicted_room_closes_its_sockets() {
    for server in [controlled(), hibernating()] {
        let mut socket = server.dev.ws("/parties/main/r");
        assert_eq!(socket.ask("one"), "heard one");
        assert_eq!(server.post(&at("/evict")), json!({ "evicted": true }));
        let closed = Closed {
            code: 1012,
            reason: "Evicted".into(),
        };
        assert_eq!(socket.closed(), closed);
        assert_eq!(server.get(&at(""))["live"], false);
        assert_eq!(server.post(&at("/evict")), json!({ "evicted": false }));
        assert_eq!(server.dev.json("/parties/main/r?seed")[0], 1);
    }
}

#[test]
fn sleeping_room_can_be_evicted() {
    let server = Controlled::of(
        Project::inline(&PARTY.replace(
            "static onCron",
            "options = { hibernate: true };\n  static onCron",
        ))
        .env("PARTYRUN_IDLE_MS", "50"),
    );
    let mut socket = server.dev.ws("/parties/main/r");
    assert_eq!(socket.ask("one"), "heard one");
    std::thread::sleep(std::time::Duration::from_millis(400));
    assert_eq!(server.post(&at("/evict")), json!({ "evicted": true }));
    assert_eq!(socket.closed().code, 1012);
}

#[test]
fn restarted_room_starts_anew_with_what_it_has_stored() {
    let server = controlled();
    server.json("PUT", &at("/storage/seed"), &json!("kept"));
    assert_eq!(server.dev.json("/parties/main/r?seed"), json!([1, "kept"]));
    let mut socket = server.dev.ws("/parties/main/r");
    assert_eq!(socket.ask("x"), "heard x");
    assert_eq!(server.post(&at("/restart")), json!({ "restarted": true }));
    assert_eq!(
        socket.closed(),
        Closed {
            code: 1012,
            reason: "Restarted".into()
        }
    );
    assert_eq!(server.dev.json("/parties/main/r?seed"), json!([1, "kept"]));
}

/// The client knows that its socket is open before the room's thread has it.
#[test]
fn socket_that_has_just_opened_is_told_of_the_end() {
    let server = controlled();
    for number in 0..30 {
        let path = format!("/rooms/main/r{number}/restart");
        let mut socket = server.dev.ws(&format!("/parties/main/r{number}"));
        assert_eq!(server.post(&path), json!({ "restarted": true }));
        assert_eq!(socket.closed().code, 1012, "{number}");
    }
}

#[test]
fn reset_makes_everything_begin_anew() {
    let server = controlled();
    server.json("PUT", &at("/storage/seed"), &json!(1));
    server.dev.get("/parties/main/r?alarm");
    server.json("POST", "/reset", &Value::Null);
    assert_eq!(server.get("/rooms"), json!({ "rooms": [] }));
    assert_eq!(server.dev.json("/parties/main/r?seed"), json!([1, null]));
    assert_eq!(server.get(&at("/alarm")), json!({ "at": null }));
}

#[test]
fn storage_that_is_kept_is_not_emptied() {
    let project = Project::inline(PARTY).args(&["--persist", "kept"]);
    let server = Controlled::of(project);
    server.json("PUT", &at("/storage/seed"), &json!(1));
    assert_eq!(server.dev.json("/parties/main/r?seed"), json!([1, 1]));
    let refused = server.refused("POST", "/reset", &Value::Null);
    assert_eq!(refused, (409, "storage".into()));
    assert_eq!(server.dev.json("/parties/main/r?seed"), json!([1, 1]));
    assert_eq!(server.get(&at(""))["live"], true);
}
