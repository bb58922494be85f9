//! The cron test endpoint.

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
