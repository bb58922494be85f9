//! `kill -9` under writes of several keys and alarms, again and again on one storage. Owns what counts:
//! - *lost*: a write that was answered and is not there afterwards, or an alarm that was set and never runs.
//! - *torn*: a batch of which only a part is there.
//! - *doubled*: an alarm whose handler has ended, in a batch that was committed, and that comes again. A
//!   handler that had not ended runs again: that is the contract.
//!
//! The room in `fixtures/kills` tells of itself.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::chance::Chance;
use super::client::Client;
use super::server::{Server, Site};
use super::{Findings, Plan};
use crate::error::Failure;
use crate::ui;

const ROOMS: usize = 4;
/// How long a room is written to before the server is killed.
const LIFE_MS: std::ops::Range<u64> = 5..110;
/// One in so many starts is killed on its way.
const EARLY: u64 = 10;
const EARLY_MS: std::ops::Range<u64> = 0..70;
/// An alarm that has not run so long after it was due is lost. A busy machine is slow, not forgetful.
const ALARM_PATIENCE: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(10);

/// What a room says of itself.
#[derive(Debug, Deserialize)]
struct Check {
    number: u64,
    torn: bool,
    set: u64,
    ran: u64,
    doubled: u64,
    pending: bool,
    alarm: bool,
}

/// What one client knows of the room that it writes to.
#[derive(Debug, Default)]
struct Writer {
    room: String,
    sent: u64,
    acknowledged: u64,
    /// As the room last said.
    ran: u64,
    counts: Counts,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    acknowledged: u64,
    /// Sent and not answered: they may be there or not.
    unanswered: u64,
    /// Of those, the ones that are there.
    landed: u64,
    alarms_set: u64,
    alarms_ran: u64,
    /// Alarms that were due while the server was gone.
    overdue: u64,
    lost: u64,
    torn: u64,
    doubled: u64,
}

pub fn run(plan: &Plan<'_>) -> Result<Findings, Failure> {
    let folder = plan.workspace.target.join("attack/kills");
    let project = plan.workspace.root.join("fixtures/kills");
    let site = Site::new(&plan.program, &project, &folder)?;
    let mut chance = Chance::new(plan.seed, 0);
    let mut writers: Vec<Writer> = (0..ROOMS)
        .map(|at| Writer {
            room: format!("room-{at}"),
            ..Writer::default()
        })
        .collect();
    let mut findings = Findings::default();
    let begun = Instant::now();
    let (mut kills, mut early) = (0_u32, 0_u32);
    let goes_on = |kills: u32| match plan.args.kills {
        Some(most) => kills < most,
        None => begun.elapsed() < plan.lasts,
    };
    while goes_on(kills) {
        let starting = site.begin()?;
        kills += 1;
        if chance.one_in(EARLY) {
            early += 1;
            thread::sleep(chance.millis(EARLY_MS));
            starting.kill();
            continue;
        }
        let mut server = starting.ready()?;
        let life = chance.millis(LIFE_MS);
        let seed = chance.number();
        for fault in cycle(&mut server, &mut writers, life, seed) {
            findings.fault(format!("kill {kills}: {fault}"));
        }
        if kills.is_multiple_of(100) {
            ui::step(&format!("{kills} kills in {} s", begun.elapsed().as_secs()));
        }
    }
    let mut server = site.start()?;
    for fault in check_all(&mut server, &mut writers) {
        findings.fault(format!("at the end: {fault}"));
    }
    report(&mut findings, &writers, kills, early, begun.elapsed());
    Ok(findings)
}

/// Looks at what the last life left, writes, kills.
fn cycle(server: &mut Server, writers: &mut [Writer], life: Duration, seed: u64) -> Vec<String> {
    let faults = check_all(server, writers);
    let port = server.port;
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for (at, writer) in writers.iter_mut().enumerate() {
            let is_over = &is_over;
            let mut chance = Chance::new(seed, at as u64);
            scope.spawn(move || writer.write_until(port, &mut chance, is_over));
        }
        thread::sleep(life);
        server.kill();
        is_over.store(true, Ordering::Relaxed);
    });
    faults
}

fn check_all(server: &mut Server, writers: &mut [Writer]) -> Vec<String> {
    let port = server.port;
    thread::scope(|scope| {
        let checks: Vec<_> = writers
            .iter_mut()
            .map(|writer| scope.spawn(move || writer.check(port)))
            .collect();
        checks
            .into_iter()
            .flat_map(|check| check.join().expect("a check does not panic"))
            .collect()
    })
}

impl Writer {
    /// Writes one number after the other until the server is gone.
    fn write_until(&mut self, port: u16, chance: &mut Chance, is_over: &AtomicBool) {
        let Ok(mut client) = Client::connect(port, PATIENCE) else {
            return;
        };
        while !is_over.load(Ordering::Relaxed) {
            self.sent += 1;
            let number = self.sent;
            let mut path = format!("/parties/main/{}?write={number}", self.room);
            if chance.one_in(3) {
                path.push_str(&format!("&alarm={}", chance.below(60)));
            }
            match client.get(&path) {
                Ok(answer) if answer.status == 200 => {
                    self.acknowledged = number;
                    self.counts.acknowledged += 1;
                }
                // The server is killed at some point, which is no fault.
                _ => {
                    self.counts.unanswered += 1;
                    return;
                }
            }
        }
    }

    /// What is wrong with the room.
    fn check(&mut self, port: u16) -> Vec<String> {
        let mut faults = Vec::new();
        let begun = Instant::now();
        let first = match self.ask(port) {
            Ok(first) => first,
            Err(error) => return vec![format!("{} did not answer: {error}", self.room)],
        };
        let known = self.acknowledged..=self.sent;
        if !known.contains(&first.number) {
            self.counts.lost += 1;
            faults.push(format!("{} lost: {first:?}, known {known:?}", self.room));
        }
        self.counts.landed += u64::from(first.number > self.acknowledged);
        // What is there counts as acknowledged: nothing takes it away again.
        self.acknowledged = first.number;
        self.sent = first.number;
        if first.torn {
            self.counts.torn += 1;
            faults.push(format!("{} torn: {first:?}", self.room));
        }
        self.counts.overdue += u64::from(first.pending);
        let mut last = first;
        // The clients set none meanwhile, so that the alarms come to an end.
        while last.pending && begun.elapsed() < ALARM_PATIENCE {
            thread::sleep(Duration::from_millis(2));
            last = match self.ask(port) {
                Ok(last) => last,
                Err(error) => return vec![format!("{} did not answer: {error}", self.room)],
            };
        }
        if last.pending || last.set != last.ran || last.alarm || last.ran < self.ran {
            self.counts.lost += 1;
            faults.push(format!("{} lost an alarm: {last:?}", self.room));
        }
        let doubled = last.doubled.saturating_sub(self.counts.doubled);
        if doubled > 0 {
            faults.push(format!("{} doubled an alarm: {last:?}", self.room));
        }
        self.ran = last.ran;
        self.counts.doubled = last.doubled;
        self.counts.alarms_set = last.set;
        self.counts.alarms_ran = last.ran;
        faults
    }

    fn ask(&self, port: u16) -> io::Result<Check> {
        let mut client = Client::connect(port, PATIENCE)?;
        let answer = client.get(&format!("/parties/main/{}?check", self.room))?;
        serde_json::from_str(&answer.body)
            .map_err(|error| io::Error::other(format!("{error}: {}", answer.body)))
    }
}

fn report(findings: &mut Findings, writers: &[Writer], kills: u32, early: u32, took: Duration) {
    let sum = |of: fn(&Counts) -> u64| writers.iter().map(|writer| of(&writer.counts)).sum::<u64>();
    let (lost, torn, doubled) = (sum(|c| c.lost), sum(|c| c.torn), sum(|c| c.doubled));
    findings.figure(format!(
        "{kills} kills in {} s, {early} of them while it started; {ROOMS} rooms",
        took.as_secs()
    ));
    findings.figure(format!(
        "{} batches of 11 changes acknowledged, {} unanswered of which {} were committed",
        sum(|c| c.acknowledged),
        sum(|c| c.unanswered),
        sum(|c| c.landed)
    ));
    findings.figure(format!(
        "{} alarms set, {} ran, {} were pending when the server was started again",
        sum(|c| c.alarms_set),
        sum(|c| c.alarms_ran),
        sum(|c| c.overdue)
    ));
    findings.figure(format!("{lost} lost, {torn} torn, {doubled} doubled"));
}
