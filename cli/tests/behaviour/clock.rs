//! The clock of the control plane (docs/control.md): what goes by it, and in which order.

use serde_json::{Value, json};

use crate::harness::{Controlled, Project, refusal};

const DAY: i64 = 86_400_000;

const PARTY: &str = r#"
const { Date: KeptDate, setTimeout: keptTimeout, performance: keptPerformance } = globalThis;
const born = Date.now();
export default class {
  log: string[] = [];
  constructor(readonly room) {}
  static onFetch(req) {
    const url = new URL(req.url);
    const stays = url.searchParams.get("stays");
    if (stays) setTimeout(() => console.log(`static ${Date.now()}`), Number(stays));
    return Response.json({ now: Date.now(), born });
  }
  static onCron(controller) { console.log(`cron ${controller.name} ${Date.now()} ${controller.scheduledTime}`); }
  async onRequest(req) {
    const query = new URL(req.url).searchParams;
    for (const delay of query.getAll("timeout")) {
      keptTimeout(() => this.log.push(`timeout ${delay} ${Date.now()}`), Number(delay));
    }
    if (query.has("interval")) {
      const interval = setInterval(() => {
        if (this.log.push(`tick ${Date.now()}`) === 3) clearInterval(interval);
      }, Number(query.get("interval")));
    }
    if (query.has("alarm")) await this.room.storage.setAlarm(Date.now() + Number(query.get("alarm")));
    if (query.has("again")) await this.room.storage.put("again", Number(query.get("again")));
    if (query.has("yields")) await new Promise((resolve) => setTimeout(resolve, 0));
    if (query.has("formats")) {
      const iso = (text) => new KeptDate(text.replace(" at ", " ") + " UTC").toISOString();
      const format = new Intl.DateTimeFormat("en-US", { dateStyle: "long", timeStyle: "medium", timeZone: "UTC" });
      const before = keptPerformance.now();
      return Response.json([
        new KeptDate().getTime(), KeptDate.now(), iso(format.format()), new KeptDate(KeptDate()).getTime(),
        format.formatToParts().find(({ type }) => type === "year").value, keptPerformance.now() - before,
        [Date.length, Date.name, Date.prototype.constructor === Date, new Date() instanceof KeptDate, String(Date.now), setTimeout.length],
      ]);
    }
    return Response.json({ log: this.log, rang: (await this.room.storage.get("rang")) ?? [] });
  }
  async onAlarm() {
    await this.room.storage.put("rang", [...((await this.room.storage.get("rang")) ?? []), Date.now()]);
    console.log(`alarm ${this.room.id} ${Date.now()}`);
    const again = await this.room.storage.get("again");
    if (again !== undefined) await this.room.storage.setAlarm(Date.now() + again);
  }
}"#;

fn controlled() -> Controlled {
    Controlled::inline(PARTY)
}

impl Controlled {
    /// What the clock says after it has been told something.
    fn clock(&self, wish: &Value) -> Value {
        self.json("POST", "/clock", wish)
    }

    /// Has it stand still; returns the time.
    fn freeze(&self) -> i64 {
        let now = &self.clock(&json!({ "freeze": true }))["now"];
        now.as_i64().expect("it is a time")
    }

    fn room(&self, room: &str, query: &str) -> Value {
        self.get(&format!("/rooms/main/{room}/fetch?{query}"))
    }
}

fn kinds(shown: &Value) -> Vec<(i64, String)> {
    let events = shown["events"].as_array().expect("they are told");
    let told = events.iter().map(|event| {
        let at = event["at"].as_i64().expect("it is a time");
        let of = |name: &str| event[name].as_str().unwrap_or("-").to_owned();
        (at, format!("{} {}", of("kind"), of("room")))
    });
    told.collect()
}

#[test]
fn alarm_a_day_away_is_advanced_to_and_seen_exactly_once() {
    let server = controlled();
    let start = server.freeze();
    server.room("game", &format!("alarm={DAY}"));
    let shown = server.clock(&json!({ "advance": DAY - 1 }));
    assert_eq!(kinds(&shown), []);
    let shown = server.clock(&json!({ "advance": 1 }));
    assert_eq!(kinds(&shown), [(start + DAY, "alarm game".to_owned())]);
    assert_eq!(shown["now"], start + DAY);
    assert_eq!(server.room("game", "")["rang"], json!([start + DAY]));
    let shown = server.clock(&json!({ "advance": 10 * DAY }));
    assert_eq!(kinds(&shown), []);
    assert_eq!(server.room("game", "")["rang"], json!([start + DAY]));
}

#[test]
fn whatever_shows_a_time_goes_by_the_clock() {
    let server = controlled();
    // An isolate that is there before the clock is told anything.
    server.room("r", "");
    let at = 4_102_444_800_000_i64;
    server.clock(&json!({ "freeze": at }));
    for room in ["r", "later"] {
        let shown = server.room(room, "formats");
        let iso = "2100-01-01T00:00:00.000Z";
        let names = json!([7, "Date", true, true, "function () { [native code] }", 1]);
        assert_eq!(shown, json!([at, at, iso, at, "2100", 0, names]), "{room}");
    }
    assert_eq!(server.dev.get("/x").json()["now"], at);
    assert_eq!(server.get("/clock"), json!({ "now": at, "frozen": true }));
}

#[test]
fn timers_of_rooms_and_static_handlers_come_in_the_order_of_their_times() {
    let server = controlled();
    let start = server.freeze();
    server.room("b", "timeout=20&timeout=10");
    server.room("a", "timeout=10&interval=15");
    assert_eq!(server.dev.get("/x?stays=12").status, 200);
    let shown = server.clock(&json!({ "advance": 60 }));
    let expected = [
        (10, "timer a"),
        (10, "timer b"),
        (12, "timer -"),
        (15, "timer a"),
        (20, "timer b"),
        (30, "timer a"),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(after, what)| (start + after, (*what).to_owned()))
        .collect();
    assert_eq!(kinds(&shown), expected);
    let log = [
        format!("timeout 10 {}", start + 10),
        format!("tick {}", start + 15),
        format!("tick {}", start + 30),
    ];
    assert_eq!(server.room("a", "")["log"], json!(log));
    server.dev.stdout_has(&format!("static {}", start + 12));
}

#[test]
fn timers_started_before_the_clock_stands_go_on_by_it() {
    let server = controlled();
    server.room("r", "timeout=3600000");
    server.freeze();
    // Within the minute that a room is kept for its timers.
    for _ in 0..80 {
        server.clock(&json!({ "advance": 45_000 }));
        if server.room("r", "")["log"] != json!([]) {
            return;
        }
    }
    panic!("the timer has come within an hour");
}

#[test]
fn timer_without_a_delay_needs_no_time() {
    let server = controlled();
    server.freeze();
    server.room("r", "yields");
}

#[test]
fn clock_that_is_set_has_overdue_timers_and_alarms_run() {
    let server = controlled();
    let start = server.freeze();
    server.room("r", "timeout=5000&alarm=5000");
    server.clock(&json!({ "set": start + 6_000 }));
    server.dev.stdout_has(&format!("alarm r {}", start + 6_000));
    let log = json!([format!("timeout 5000 {}", start + 6_000)]);
    crate::harness::eventually("the timer has run", || {
        (server.room("r", "")["log"] == log).then_some(())
    });
}

#[test]
fn alarm_that_sets_itself_again_rings_as_often_as_it_falls_due() {
    let server = controlled();
    let start = server.freeze();
    server.room("r", "alarm=1000&again=1000");
    let shown = server.clock(&json!({ "advance": 5_500 }));
    let expected: Vec<_> = (1..=5).map(|second| start + second * 1000).collect();
    assert_eq!(server.room("r", "")["rang"], json!(expected));
    assert_eq!(kinds(&shown).len(), 5);
}

#[test]
fn runaway_is_stopped_and_its_last_events_are_told() {
    let server = controlled();
    server.freeze();
    server.room("r", "alarm=1&again=1");
    let answer = server.send(
        "POST",
        "/clock",
        &json!({ "advance": DAY, "maxEvents": 20 }),
    );
    let text = answer.json()["error"]["message"].to_string();
    assert_eq!(refusal(&answer), (409, "clock".to_owned()));
    assert_eq!(text.matches("the alarm of `main/r`").count(), 10, "{text}");
}

#[test]
fn crons_on_the_way_run_at_their_times() {
    let server = Controlled::of(
        Project::inline(PARTY)
            .config(
                "crons",
                json!({ "hourly": "0 * * * *", "daily": "0 12 * * *" }),
            )
            .args(&["--persist", "false"]),
    );
    let noon = 4_102_488_000_000_i64;
    server.clock(&json!({ "freeze": noon - 3_600_000 - 1 }));
    let shown = server.clock(&json!({ "advance": 3_600_001 }));
    let expected = [noon - 3_600_000, noon, noon].map(|at| (at, "cron -".to_owned()));
    assert_eq!(kinds(&shown), expected);
    server.dev.stdout_has(&format!("cron hourly {noon} {noon}"));
    server.dev.stdout_has(&format!("cron daily {noon} {noon}"));
}

#[test]
fn clock_is_never_set_back() {
    let server = controlled();
    let start = server.freeze();
    for wish in [
        json!({ "set": start - 1 }),
        json!({ "freeze": 0 }),
        json!({ "advance": -1 }),
    ] {
        assert_eq!(
            server.refused("POST", "/clock", &wish),
            (409, "clock".to_owned()),
            "{wish}"
        );
    }
    assert_eq!(server.get("/clock")["now"], start);
    for wish in [
        json!({}),
        json!({ "set": "tomorrow" }),
        json!({ "freeze": true, "set": start }),
    ] {
        assert_eq!(
            server.refused("POST", "/clock", &wish),
            (400, "options".to_owned()),
            "{wish}"
        );
    }
    let shown = server.clock(&json!({ "resume": true }));
    assert_eq!(shown["frozen"], false);
}

#[test]
fn space_begins_at_any_time_and_again_when_it_is_reset() {
    let server = controlled();
    let open = json!({ "clock": { "freeze": 86_400_000 } });
    let space = server.space(&open);
    let first = json!({ "now": 86_400_000, "frozen": true });
    assert_eq!(space.get("/clock"), first);
    space.json("POST", "/clock", &json!({ "advance": 5_000 }));
    space.post("/reset");
    assert_eq!(space.get("/clock"), first);
    // The main space has been told nothing when it began.
    server.clock(&json!({ "freeze": 4_102_444_800_000_i64 }));
    server.post("/reset");
    let shown = server.get("/clock");
    assert_eq!(shown["frozen"], false);
    assert!(shown["now"].as_i64() < Some(4_102_444_800_000), "{shown}");
}

#[test]
fn idle_rooms_are_evicted_by_the_clock() {
    let server = controlled();
    server.freeze();
    server.room("r", "");
    assert_eq!(server.get("/rooms/main/r")["live"], true);
    server.clock(&json!({ "advance": 9_000 }));
    assert_eq!(server.get("/rooms/main/r")["live"], true);
    server.clock(&json!({ "advance": 2_000 }));
    assert_eq!(server.get("/rooms/main/r")["live"], false);
}

#[test]
fn values_of_bindings_expire_by_the_clock() {
    let server = Controlled::of(
        Project::inline(
            r#"export default class {
              constructor(readonly room) {}
              async onRequest(req) {
                const { store } = this.room.context.bindings.kv;
                if (new URL(req.url).search) await store.put("k", "v", { expirationTtl: 60 });
                return Response.json(await store.get("k"));
              }
            }"#,
        )
        .config("bindings", json!({ "kv": { "store": "store" } }))
        .args(&["--persist", "false"]),
    );
    server.freeze();
    assert_eq!(server.room("r", "put=1"), "v");
    server.clock(&json!({ "advance": 59_000 }));
    assert_eq!(server.room("r", ""), "v");
    server.clock(&json!({ "advance": 2_000 }));
    assert_eq!(server.room("r", ""), Value::Null);
}
