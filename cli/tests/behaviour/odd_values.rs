//! Odd values for everything that user code can call: `cargo xtask attack --only values` goes on for
//! minutes with others.

use std::time::{Duration, Instant};

use crate::harness::Project;

const SEEDS: [u32; 2] = [11, 12];

#[test]
fn no_odd_value_ends_the_program_or_concerns_other_rooms() {
    let mut dev = Project::fixture("odd-values")
        .env("PARTYRUN_IDLE_MS", "1000")
        .dev();
    let areas = dev.json("/parties/main/first?areas");
    let areas = areas.as_array().expect("a list");
    assert!(areas.len() > 10);
    let mut called = 0;
    for seed in SEEDS {
        for area in areas {
            let area = area.as_str().expect("a name");
            let room = format!("/parties/main/{area}-{seed}").replace(':', "-");
            let _socket = dev.ws(&room);
            let answer = dev.get(&format!("{room}?area={area}&seed={seed}"));
            assert!(dev.is_alive(), "{area} {seed}\n{}", dev.stderr());
            if answer.status == 200 {
                called += answer.json()["called"].as_u64().expect("a count");
            }
            let asked = Instant::now();
            assert_eq!(dev.get(&room).text(), "here", "{area} {seed}");
            assert!(asked.elapsed() < Duration::from_secs(5), "{area} {seed}");
            assert_eq!(dev.get("/parties/main/neighbour").text(), "here");
        }
    }
    assert!(called > 5000, "{called}");
}
