//! Crons that run by themselves, with `--cron`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::harness::{Dev, Project};

const CRON: &str = r#"
export default class {
  static async onCron(controller, lobby, ctx) {
    const { cron, name, scheduledTime } = controller;
    console.log(`ran ${name} [${cron}] ${new Date(scheduledTime).toISOString().slice(11)} ${Object.keys(controller)} ${Object.keys(lobby).length}`);
    if (name === "bad") throw new Error("cron failed");
    if (name === "room") console.log(await (await lobby.parties.main.get("r").fetch()).text());
    if (name !== "odd") controller.noRetry();
  }
  onRequest() { return new Response("the room was asked"); }
}"#;

/// How far ahead a clock must be that shows 11:59:58, UTC.
fn just_before_noon() -> String {
    let day = Duration::from_secs(24 * 60 * 60).as_millis();
    let noon = day / 2 - 2000;
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.expect("it is later than 1970").as_millis() % day;
    ((day + noon - now) % day).to_string()
}

fn crons(entries: serde_json::Value) -> Dev {
    Project::inline(CRON)
        .config("crons", entries)
        .args(&["--cron"])
        .env("PARTYRUN_CRON_AHEAD_MS", &just_before_noon())
        .dev()
}

/// Row 69.
#[test]
fn crons_run_at_their_times() {
    let dev = crons(json!({ "noon": "0 12 * * *", "room": "* * * * *", "midnight": "0 0 * * *" }));
    dev.stdout_has("ran noon [0 12 * * *] 12:00:00.000Z cron,scheduledTime,name 7");
    dev.stdout_has("ran room [* * * * *] 12:00:00.000Z");
    dev.stdout_has("the room was asked");
    dev.stdout_has("CRON noon 200 OK");
    assert!(!dev.stdout().contains("midnight"), "{}", dev.stdout());
}

/// Row 69.
#[test]
fn cron_that_fails_is_shown_and_the_next_ones_run() {
    let dev = crons(json!({ "bad": "0 12 * * *", "good": "0 12 * * *" }));
    dev.stderr_has("cron failed");
    dev.stdout_has("CRON bad 500");
    dev.stdout_has("CRON good 200 OK");
}

/// Row 69.
#[test]
fn saved_crons_replace_the_old_ones() {
    let dev = crons(json!({ "old": "0 12 * * *" }));
    let config = dev.project().path().join("partykit.json");
    let text = std::fs::read_to_string(config).expect("the configuration is there");
    dev.edit("partykit.json", &text.replace("0 12 * * *", "12 o'clock"));
    dev.stderr_has("`crons.old` is not a cron expression");
    dev.stderr_has("Still serving the previous version.");
    dev.edit("partykit.json", &text.replace("\"old\"", "\"new\""));
    dev.stdout_has("ran new [0 12 * * *]");
    assert!(!dev.stdout().contains("ran old"), "{}", dev.stdout());
}

/// Row 69.
#[test]
fn crons_only_run_by_themselves_when_they_are_told_to() {
    let dev = Project::inline(CRON)
        .config("crons", json!({ "noon": "0 12 * * *", "odd": "whenever" }))
        .env("PARTYRUN_CRON_AHEAD_MS", &just_before_noon())
        .dev();
    assert_eq!(
        dev.get("/__scheduled__?cron=odd").text(),
        "ran cron odd: whenever"
    );
    std::thread::sleep(Duration::from_millis(2500));
    assert!(!dev.stdout().contains("ran noon"), "{}", dev.stdout());
}

/// Row 69.
#[test]
fn expression_that_names_no_time_is_an_error() {
    let exit = Project::inline(CRON)
        .config(
            "crons",
            json!({ "ok": "0 12 * * mon", "a b": "@daily", "never": "0 0 30 2 *" }),
        )
        .args(&["--cron"])
        .fails();
    assert_eq!(exit.code, Some(1));
    let named = "`crons[\"a b\"]` is not a cron expression, it needs five fields (minute, hour, day, month, day of the week): `@daily`";
    assert!(exit.stderr.contains(named), "{}", exit.stderr);
    let never = "`crons.never` is not a cron expression, there is no such time: `0 0 30 2 *`";
    assert!(exit.stderr.contains(never), "{}", exit.stderr);
    assert!(!exit.stderr.contains("crons.ok"), "{}", exit.stderr);
}

/// Row 69.
#[test]
fn crons_without_a_handler_are_pointed_out() {
    let dev = Project::inline("export default class {}")
        .config("crons", json!({ "noon": "0 12 * * *" }))
        .args(&["--cron"])
        .dev();
    dev.stderr_has("`crons` are configured, but the main party has no static `onCron`");
}
