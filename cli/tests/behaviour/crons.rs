//! The endpoints that run a cron when they are asked.

use serde_json::json;

use crate::harness::{Dev, Project};

const CRON: &str = r#"
export default class {
  static onCron(controller, lobby, ctx) {
    if (controller.name === "bad") throw new Error("cron failed");
    console.log(`${Object.keys(controller)} ${controller.name} ${controller.cron} ${Object.keys(lobby).length}`);
    if (controller.name === "retry") controller.noRetry();
  }
  onRequest() { return new Response("room") }
}"#;

fn crons() -> Dev {
    Project::inline(CRON)
        .config("crons", json!({ "every-minute": "*/1 * * * *" }))
        .dev()
}

/// Row 64.
#[test]
fn cron_runs_when_it_is_asked_for() {
    let dev = crons();
    let answer = dev.get("/__scheduled__?cron=every-minute");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text(), "ran cron every-minute: */1 * * * *");
    dev.stdout_has("scheduledTime,cron,name,noRetry every-minute */1 * * * * 7");
}

/// Row 65.
#[test]
fn unknown_cron_runs_with_a_placeholder() {
    let dev = crons();
    let answer = dev.get("/__scheduled__?cron=other");
    assert_eq!(answer.text(), "ran cron other: * * * * *");
    assert_eq!(
        dev.get("/__scheduled__").text(),
        "ran cron unknown: * * * * *"
    );
}

/// Rows 66, 68.
#[test]
fn cron_that_throws_is_500() {
    let dev = crons();
    let answer = dev.get("/__scheduled__?cron=bad");
    assert_eq!((answer.status, answer.text()), (500, "cron failed".into()));
    assert_eq!(
        dev.get("/__scheduled__?cron=retry").text(),
        "Not implemented"
    );
}

/// Row 64.
#[test]
fn endpoint_is_an_ordinary_path_without_on_cron() {
    let dev = Dev::inline("export default class {}");
    assert_eq!(dev.get("/__scheduled__?cron=x").status, 404);
}

/// Row 65.
#[test]
fn names_that_every_object_has_are_unknown_crons() {
    let dev = crons();
    let body = |name| dev.get(&format!("/__scheduled__?cron={name}")).text();
    assert_eq!(body("constructor"), "ran cron constructor: * * * * *");
    assert_eq!(body(""), "ran cron unknown: * * * * *");
}

/// Rows 67, 68.
#[test]
fn platforms_endpoint_runs_an_expression() {
    let dev = Project::inline(
        r#"
export default class {
  static onCron(controller) {
    controller.noRetry();
    const { cron, name, scheduledTime } = controller;
    console.log(`${controller.constructor.name} ${Object.keys(controller)} ${name} [${cron}] ${scheduledTime}`);
  }
}"#,
    )
    .config(
        "crons",
        json!({ "z": "*/1 * * * *", "a": "*/1 * * * *", "five": "*/5 * * * *" }),
    )
    .dev();
    for query in [
        "?cron=*/1+*+*+*+*&time=12345",
        "?cron=zzz&time=12x",
        "?time=1",
    ] {
        let answer = dev.post(&format!("/cdn-cgi/mf/scheduled{query}"), "");
        assert_eq!((answer.status, answer.text()), (200, "ok".into()));
    }
    let shown = "ScheduledController cron,scheduledTime,name ";
    dev.stdout_has(&format!("{shown}z [*/1 * * * *] 12345"));
    dev.stdout_has(&format!("{shown}unknown [zzz] 12\n"));
    dev.stdout_has(&format!("{shown}unknown [] 1\n"));
}

/// Row 67.
#[test]
fn platforms_endpoint_tells_how_it_ended() {
    let dev = Dev::inline(
        r#"export default class { static async onCron() { throw new Error("cron failed"); } }"#,
    );
    let answer = dev.get("/cdn-cgi/mf/scheduled");
    assert_eq!((answer.status, answer.text()), (500, "exception".into()));
    dev.stderr_has("cron failed");
    assert_eq!(dev.get("/cdn-cgi/mf/scheduled?time=soon").status, 500);
    let none = Dev::inline("export default class {}").get("/cdn-cgi/mf/scheduled");
    assert_eq!((none.status, none.text()), (200, "ok".into()));
}
