//! User code that takes all the memory it gets, one kind after the other, each in a server of its own that
//! is to stay below a limit. The kinds are in `fixtures/bombs`. Owns the samples and the verdict: the
//! server lives and stays below, the room is there again within its time, others notice nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::client::Client;
use super::neighbour::Neighbour;
use super::server::{Server, Site};
use super::{Findings, Plan};
use crate::bench::probe::Answer;
use crate::error::Failure;

/// Has the program take the machine for one with so many MiB.
const MEMORY_VARIABLE: &str = "PARTYRUN_MEMORY_MB";
const EVERY: Duration = Duration::from_millis(20);
/// A bomb that does nothing for so long is a dud.
const PATIENCE: Duration = Duration::from_secs(60);
const BACK_WITHIN: Duration = Duration::from_secs(5);
const WORST_GAP: Duration = Duration::from_millis(500);
const ROOM: &str = "/parties/main/bomb";

pub fn run(plan: &Plan<'_>) -> Result<Findings, Failure> {
    let folder = plan.workspace.target.join("attack/bombs");
    let project = plan.workspace.root.join("fixtures/bombs");
    let mut site = Site::new(&plan.program, &project, &folder)?;
    site = site.with(MEMORY_VARIABLE, &plan.args.memory.to_string());
    let mut findings = Findings::default();
    let names = get(&site.start()?, &format!("{ROOM}?bombs"));
    let names = names.map_err(|error| Failure::Measurement(error.to_string()))?;
    let names: Vec<String> = serde_json::from_str(&names.body)
        .map_err(|error| Failure::Measurement(format!("{error}: {}", names.body)))?;
    for name in &names {
        // Its own server: what one leaves behind is not the next one's.
        let mut server = site.start()?;
        let neighbour = Neighbour::start(server.port, "/parties/main/neighbour");
        let begun = Instant::now();
        let (answer, peak) = watched(&server, || get(&server, &format!("{ROOM}?bomb={name}")));
        let took = begun.elapsed();
        if let Some(status) = server.ended() {
            let words = site.last_words();
            findings.fault(format!("`{name}` ended the server: {status}\n{words}"));
            continue;
        }
        let asked = Instant::now();
        let back = get(&server, ROOM);
        let back_after = asked.elapsed();
        if back.is_err() || back_after > BACK_WITHIN {
            let seconds = back_after.as_secs_f64();
            findings.fault(format!(
                "`{name}` kept its own room away for {seconds:.1} s"
            ));
        }
        let gap = neighbour.worst_gap();
        if gap > WORST_GAP {
            findings.fault(format!(
                "`{name}` kept others waiting for {} ms",
                gap.as_millis()
            ));
        }
        if peak > plan.args.memory {
            findings.fault(format!("`{name}` took {peak} MiB"));
        }
        let end = answer.map_or_else(|error| error.to_string(), |answer| answer.body);
        let end = end.lines().next().unwrap_or_default().to_owned();
        findings.figure(format!(
            "{name:<14} {peak:>5} MiB at most, {:>5.1} s, others waited for {:>4} ms: {end:.60}",
            took.as_secs_f64(),
            gap.as_millis()
        ));
    }
    Ok(findings)
}

/// What `act` gives, and the most memory that the server had meanwhile.
fn watched<T>(server: &Server, act: impl FnOnce() -> T) -> (T, u64) {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let peak = scope.spawn(|| {
            let mut peak = 0;
            while !is_over.load(Ordering::Relaxed) {
                peak = peak.max(server.memory().unwrap_or(0));
                thread::sleep(EVERY);
            }
            peak
        });
        let made = act();
        is_over.store(true, Ordering::Relaxed);
        (made, peak.join().expect("it only looks"))
    })
}

fn get(server: &Server, path: &str) -> std::io::Result<Answer> {
    Client::connect(server.port, PATIENCE)?.get(path)
}
