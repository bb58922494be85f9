//! Alarms and crons that the control plane runs, sets and cancels (docs/control.md).

use serde_json::{Value, json};

use crate::control::{PARTY, at, controlled};
use crate::harness::{Controlled, Project};

#[test]
fn alarm_a_day_away_runs_when_it_is_asked_for() {
    let server = controlled();
    server.dev.get("/parties/main/r?alarm");
    assert!(server.get(&at("/alarm"))["at"].is_u64());
    assert_eq!(
        server.post(&at("/alarm/run")),
        json!({ "ran": true, "retry": false })
    );
    assert_eq!(server.get(&at("/storage/rang")), json!(1));
    assert_eq!(server.get(&at("/alarm")), json!({ "at": null }));
    assert_eq!(server.post(&at("/alarm/run")), json!({ "ran": false }));
    assert_eq!(server.get(&at("/storage/rang")), json!(1));
}

#[test]
fn alarm_is_set_and_cancelled() {
    let server = controlled();
    let tomorrow = 4_000_000_000_000_i64;
    assert_eq!(
        server.json("PUT", &at("/alarm"), &json!({ "at": tomorrow })),
        json!({ "at": tomorrow })
    );
    assert_eq!(server.get(&at(""))["alarm"], tomorrow);
    server.json("DELETE", &at("/alarm"), &Value::Null);
    assert_eq!(server.get(&at("/alarm")), json!({ "at": null }));
    assert_eq!(server.post(&at("/alarm/run")), json!({ "ran": false }));
    assert_eq!(
        server
            .refused("PUT", &at("/alarm"), &json!({ "at": "soon" }))
            .0,
        400
    );
    assert_eq!(
        server.refused("PUT", &at("/alarm"), &json!({ "at": -5 })).1,
        "thrown"
    );
}

#[test]
fn alarm_that_fails_says_that_it_will_be_tried_again() {
    let server = controlled();
    server.json("PUT", &at("/storage/fail"), &json!(true));
    server.dev.get("/parties/main/r?alarm");
    assert_eq!(
        server.post(&at("/alarm/run")),
        json!({ "ran": true, "retry": true })
    );
    server.json("DELETE", &at("/storage/fail"), &Value::Null);
    assert_eq!(
        server.post(&at("/alarm/run")),
        json!({ "ran": true, "retry": false })
    );
    assert_eq!(server.get(&at("/storage/rang")), json!(1));
}

#[test]
fn cron_runs_when_it_is_asked_for() {
    let project = Project::inline(PARTY).config("crons", json!({ "tick tock": "0 0 1 1 *" }));
    let server = Controlled::of(project);
    let mut events = server.events();
    let ran = server.json("POST", "/crons/tick%20tock", &json!({ "time": 12_345 }));
    assert_eq!(ran, json!({ "ok": true, "status": 200 }));
    server.dev.stdout_has("cron tick tock 12345");
    assert_eq!(events.next("cron")["name"], "tick tock");
    assert_eq!(
        server.refused("POST", "/crons/tick", &Value::Null),
        (404, "cron".into())
    );
}
