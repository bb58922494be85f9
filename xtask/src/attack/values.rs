//! Odd values for everything that user code can call, in rooms of one server. The room in
//! `fixtures/odd-values` finds what there is to call and calls it; a seed decides with what. Owns the
//! verdict: the server lives, the room that did it is there again within its time, others notice nothing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::chance::Chance;
use super::client::Client;
use super::neighbour::Neighbour;
use super::server::{Server, Site};
use super::{Findings, Plan};
use crate::error::Failure;

/// Longer than the longest turn that a room may have before it is reset.
const PATIENCE: Duration = Duration::from_secs(45);
/// How soon the room is to answer again after what it did.
const BACK_WITHIN: Duration = Duration::from_secs(5);
/// Nobody else waits longer.
const WORST_GAP: Duration = Duration::from_millis(500);

pub fn run(plan: &Plan<'_>) -> Result<Findings, Failure> {
    let folder = plan.workspace.target.join("attack/values");
    let project = plan.workspace.root.join("fixtures/odd-values");
    // Rooms are many and short-lived.
    let site = Site::new(&plan.program, &project, &folder)?.with("PARTYRUN_IDLE_MS", "1000");
    let mut server = site.start()?;
    let areas = areas(&server).map_err(Failure::Measurement)?;
    let mut chance = Chance::new(plan.seed, 1);
    let mut findings = Findings::default();
    let mut neighbour = Neighbour::start(server.port, "/parties/main/neighbour");
    let (mut calls, mut resets, mut runs) = (0_u64, 0_u64, 0_u64);
    let mut worst = BTreeMap::<&str, Duration>::new();
    let begun = Instant::now();
    while begun.elapsed() < plan.lasts {
        let area = chance.of(&areas);
        let seed = chance.below(1 << 31);
        let what = format!("`{area}` with the seed {seed}");
        let room = format!("/parties/main/odd-{runs}");
        runs += 1;
        match ask(
            &server,
            &format!("{room}?area={area}&seed={seed}&large"),
            PATIENCE,
        ) {
            Ok(called) => calls += called,
            Err(_) => resets += 1,
        }
        if let Some(status) = server.ended() {
            findings.fault(format!(
                "{what} ended the server: {status}\n{}",
                site.last_words()
            ));
            server = site.start()?;
            neighbour = Neighbour::start(server.port, "/parties/main/neighbour");
            continue;
        }
        let asked = Instant::now();
        if ask(&server, &room, PATIENCE).is_err() || asked.elapsed() > BACK_WITHIN {
            let seconds = asked.elapsed().as_secs_f64();
            findings.fault(format!("{what} kept its own room away for {seconds:.1} s"));
        }
        let gap = neighbour.worst_gap();
        if gap > WORST_GAP {
            findings.fault(format!(
                "{what} kept others waiting for {} ms",
                gap.as_millis()
            ));
        }
        let longest = worst.entry(area).or_default();
        *longest = gap.max(*longest);
    }
    findings.figure(format!(
        "{calls} calls in {runs} rooms, {resets} of them reset or failed, {} MiB at the end",
        server.memory().unwrap_or(0)
    ));
    if let Some((area, gap)) = worst.iter().max_by_key(|(_, gap)| **gap) {
        findings.figure(format!(
            "others waited for {} ms at most, during `{area}`",
            gap.as_millis()
        ));
    }
    Ok(findings)
}

fn areas(server: &Server) -> Result<Vec<String>, String> {
    let mut client = Client::connect(server.port, PATIENCE).map_err(|e| e.to_string())?;
    let answer = client
        .get("/parties/main/first?areas")
        .map_err(|e| e.to_string())?;
    serde_json::from_str(&answer.body).map_err(|error| format!("{error}: {}", answer.body))
}

/// How many calls the room has made; 0 if that was not the question.
fn ask(server: &Server, path: &str, patience: Duration) -> Result<u64, String> {
    let mut client = Client::connect(server.port, patience).map_err(|e| e.to_string())?;
    let answer = client.get(path).map_err(|e| e.to_string())?;
    if answer.status != 200 {
        return Err(answer.body);
    }
    let told: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
    Ok(told["called"].as_u64().unwrap_or(0))
}
