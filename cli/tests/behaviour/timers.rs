//! When timers fire: never before their time, and as often as the clock says.

use crate::harness::{Dev, ROOM};

/// Starts every kind of timer with each of `delays`, and tells after a while which have fired.
const DELAYS: &str = r#"
import timers from "node:timers";
import promises from "node:timers/promises";

const FAR = [30 * 86400e3, 2 ** 31, 2 ** 32, 2 ** 32 + 5, 1e13, 2 ** 53, 2 ** 64, 1e300, Infinity, "1e10", new Date(1e12), { valueOf: () => 2 ** 31 }];
const NEAR = [0, -0, 1, 0.5, -5, -(2 ** 31), -(2 ** 40), -Infinity, NaN, undefined, null, true, "", "1", "abc", {}, [2]];

const KINDS = {
  timeout: (delay, fire) => setTimeout(fire, delay),
  interval: (delay, fire) => { const timer = setInterval(() => { clearInterval(timer); fire(); }, delay); },
  wait: (delay, fire) => scheduler.wait(delay).then(fire),
  signal: (delay, fire) => AbortSignal.timeout(delay).addEventListener("abort", fire),
  nodeTimeout: (delay, fire) => timers.setTimeout(fire, delay),
  nodeInterval: (delay, fire) => { const timer = timers.setInterval(() => { timer.close(); fire(); }, delay); },
  nodePromise: (delay, fire) => promises.setTimeout(delay).then(fire),
  nodeWait: (delay, fire) => promises.scheduler.wait(delay).then(fire),
  nodeEvery: async (delay, fire) => { for await (const _ of promises.setInterval(delay)) { fire(); break; } },
};

async function fired(delays) {
  const seen = {};
  for (const [kind, start] of Object.entries(KINDS)) {
    seen[kind] = 0;
    for (const delay of delays) start(delay, () => seen[kind]++);
  }
  await new Promise((resolve) => setTimeout(resolve, 400));
  return seen;
}

const report = async (url) => Response.json(await fired(url.includes("?far") ? FAR : NEAR));
export default class {
  static onFetch(req) { return report(req.url); }
  onRequest(req) { return report(req.url); }
}"#;

const KINDS: [&str; 9] = [
    "timeout",
    "interval",
    "wait",
    "signal",
    "nodeTimeout",
    "nodeInterval",
    "nodePromise",
    "nodeWait",
    "nodeEvery",
];

/// Row 155.
#[test]
fn timers_do_not_fire_before_their_time() {
    let dev = Dev::inline(DELAYS);
    for path in [ROOM, "/static"] {
        let fired = dev.json(&format!("{path}?far"));
        for kind in KINDS {
            assert_eq!(fired[kind], 0, "{path}: {kind} in {fired}");
        }
    }
}

/// Row 155.
#[test]
fn delay_that_is_no_number_is_none() {
    let dev = Dev::inline(DELAYS);
    for path in [ROOM, "/static"] {
        let fired = dev.json(&format!("{path}?near"));
        for kind in KINDS {
            assert_eq!(fired[kind], 17, "{path}: {kind} in {fired}");
        }
    }
}

#[test]
fn delay_that_is_no_value_of_numbers_is_refused() {
    let dev = Dev::inline(
        r#"
export default class {
  onRequest() {
    const told = [5n, Symbol(), { valueOf() { throw new Error("asked"); } }].map((delay) => {
      try { setTimeout(() => {}, delay); } catch (error) { return String(error); }
    });
    return Response.json(told);
  }
}"#,
    );
    let told = dev.json(ROOM);
    assert_eq!(
        told[0],
        "TypeError: Cannot convert a BigInt value to a number"
    );
    assert_eq!(
        told[1],
        "TypeError: Cannot convert a Symbol value to a number"
    );
    assert_eq!(told[2], "Error: asked");
}

#[test]
fn far_timers_can_be_cleared_and_signals_have_their_reason() {
    let dev = Dev::inline(
        r#"
export default class {
  async onRequest() {
    for (const timer of [setTimeout(() => {}, Infinity), setInterval(() => {}, 2 ** 40)]) {
      clearTimeout(timer);
      clearInterval(String(timer));
    }
    const far = AbortSignal.timeout(2 ** 40);
    const near = AbortSignal.timeout(1);
    const first = AbortSignal.any([far, near]);
    const reason = await new Promise((resolve) => first.addEventListener("abort", () => resolve(first.reason)));
    const waited = await scheduler.wait(Infinity, { signal: near }).catch((error) => error);
    return Response.json([far instanceof AbortSignal, far.aborted, reason.name, reason.message, waited === near.reason]);
  }
}"#,
    );
    let expected = serde_json::json!([
        true,
        false,
        "TimeoutError",
        "The operation was aborted due to timeout",
        true
    ]);
    assert_eq!(dev.json(ROOM), expected);
}

/// Counts ticks against the clock, with each tick's work late by a few milliseconds.
const TICKS: &str = r#"
import timers from "node:timers";
import promises from "node:timers/promises";

const busy = (milliseconds) => { const end = performance.now() + milliseconds; while (performance.now() < end); };
async function count(start, period) {
  let ticks = 0;
  const begun = performance.now();
  const stop = start(() => { ticks++; if (ticks % 10 === 5) busy(period * 1.2); }, period);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  stop();
  return { ticks, due: Math.floor((performance.now() - begun) / period) };
}
const web = (tick, period) => { const timer = setInterval(tick, period); return () => clearInterval(timer); };
const node = (tick, period) => { const timer = timers.setInterval(tick, period); return () => timer.close(); };
const every = (tick, period) => {
  const controller = new AbortController();
  (async () => { for await (const _ of promises.setInterval(period, null, { signal: controller.signal })) tick(); })().catch(() => {});
  return () => controller.abort();
};
async function all() {
  const counted = [];
  for (const period of [4, 10, 50]) counted.push(await Promise.all([web, node, every].map((start) => count(start, period))));
  return Response.json(counted.flat());
}
export default class {
  static onFetch() { return all(); }
  onRequest() { return all(); }
}"#;

/// Row 155.
#[test]
fn intervals_tick_as_often_as_the_clock_says() {
    let dev = Dev::inline(TICKS);
    for path in [ROOM, "/static"] {
        let counted = dev.json(path);
        for row in counted.as_array().expect("it is a list") {
            let number = |name: &str| row[name].as_i64().expect("it is a number");
            let (ticks, due) = (number("ticks"), number("due"));
            // The last ones may be under way, and nothing ticks ahead of time.
            assert!(
                ticks >= due * 95 / 100 - 2 && ticks <= due + 1,
                "{path}: {counted}"
            );
        }
    }
}

/// A room that stood still is not flooded when it goes on.
#[test]
fn ticks_missed_for_long_are_left_out_and_the_rhythm_stays() {
    let dev = Dev::inline(
        r#"
export default class {
  async onRequest() {
    const begun = performance.now();
    const at = [];
    const timer = setInterval(() => at.push(performance.now() - begun), 100);
    const end = begun + 2250;
    while (performance.now() < end);
    await new Promise((resolve) => setTimeout(resolve, 600));
    clearInterval(timer);
    return Response.json(at);
  }
}"#,
    );
    let at = dev.json(ROOM);
    let at: Vec<f64> = at
        .as_array()
        .expect("it is a list")
        .iter()
        .map(|value| value.as_f64().expect("it is a number"))
        .collect();
    assert!((4..=7).contains(&at.len()), "{at:?}");
    assert!(at[0] >= 2250.0 && at[1] - at[0] < 95.0, "{at:?}");
    assert!(at[1..].iter().all(|at| (at + 1.0) % 100.0 < 60.0), "{at:?}");
}

/// Ticks that take longer than their period leave room for messages.
#[test]
fn slow_ticks_do_not_keep_others_waiting() {
    let dev = Dev::inline(
        r#"
export default class {
  ticks = 0;
  onStart() {
    setInterval(() => { this.ticks++; const end = performance.now() + 30; while (performance.now() < end); }, 5);
  }
  onRequest() { return new Response(String(this.ticks)); }
}"#,
    );
    let ticks = |dev: &Dev| dev.get(ROOM).text().parse::<u32>().expect("it is a number");
    ticks(&dev);
    for _ in 0..10 {
        let before = ticks(&dev);
        let after = ticks(&dev);
        assert!(after - before < 15, "{before} and then {after}");
    }
}
