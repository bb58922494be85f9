//! The harness for tests beside Miniflare and wrangler's: how soon a run has its first assertion, and what isolation,
//! time and a thousand tests cost. Owns the operations and the budgets; the scripts of `benches/testing` do the work.

use super::Meter;
use super::cell::{Cell, Outcome, Unit, median};
use super::harness::Harness;
use super::row::{Budget, Topic};
use super::table::Table;
use crate::args::Against;
use crate::error::Failure;
use crate::ui;

/// How often an operation is timed in one process.
const TIMES: u32 = 20;
/// The same for wrangler's, of which each takes half a second.
const RIVAL_TIMES: u32 = 3;

/// Spaces whose memory is measured.
const SPACES: u32 = 200;

/// Tests of a run, and how many of them the others do: they take minutes for all.
const TESTS: u32 = 1000;
const RIVAL_TESTS: u32 = 5;

/// Measures partyrun, and what of the same the others have.
pub fn run(meter: &mut Meter) -> Result<(), Failure> {
    ui::step("Tests");
    let home = meter.folder.join("testing");
    let Some(partyrun) = meter.subjects.first() else {
        return Ok(());
    };
    let mut ours = Harness::partyrun(&meter.workspace, partyrun.program(), &home)?;
    ours.column.version.clone_from(&partyrun.version);
    let mut harnesses = vec![ours];
    if meter.against == Against::Partykit {
        harnesses.extend(Harness::rivals(&meter.workspace, &home)?);
    }
    let columns = harnesses.iter().map(|harness| harness.column.clone());
    meter.report.testing = Table::new(columns.collect());

    first(meter, &harnesses);
    let milliseconds =
        |id, label, limit| Topic::new(id, label, Unit::Milliseconds).budget(Budget::AtMost(limit));
    let topic = milliseconds("testing-isolate", "`isolate()`", 3.0);
    each(meter, &harnesses, topic, "isolate");
    let topic = milliseconds("testing-reset", "`reset()` and a request", 5.0);
    each(meter, &harnesses, topic, "reset");
    let label = "An alarm a day away: set, advanced to, seen";
    let topic = milliseconds("testing-alarm", label, 20.0);
    each(meter, &harnesses, topic, "alarm");
    memory(meter, &harnesses);
    tests(meter, &harnesses);
    Ok(())
}

/// Processes that do nothing else, in turns.
fn first(meter: &mut Meter, harnesses: &[Harness]) {
    let mut found: Vec<Result<Vec<f64>, String>> =
        harnesses.iter().map(|_| Ok(Vec::new())).collect();
    // The first turn reads the programs from the disk: it does not count.
    for round in 0..=meter.rounds {
        for (harness, found) in harnesses.iter().zip(&mut found) {
            let Ok(times) = found else { continue };
            match harness.measure("first", 1) {
                Ok(_) if round == 0 => {}
                Ok(more) => times.extend(more),
                Err(reason) => *found = Err(reason),
            }
        }
    }
    let outcomes = found.into_iter().map(|times| times.map(Cell::median));
    let label = "From `import` to the first assertion";
    let topic = Topic::new("testing-first", label, Unit::Milliseconds);
    let topic = topic
        .budget(Budget::AtMost(60.0))
        .budget(Budget::Times(15.0));
    meter.report.testing.add(topic, outcomes.collect());
}

/// The median of the processes' medians.
fn each(meter: &mut Meter, harnesses: &[Harness], topic: Topic, operation: &str) {
    let rounds = meter.rounds;
    let outcomes = harnesses.iter().map(|harness| {
        let times = match harness.is_ours() {
            true => TIMES,
            false => RIVAL_TIMES,
        };
        harness
            .has(operation)
            .then(|| in_processes(harness, operation, times, rounds))
    });
    let outcomes = outcomes.collect();
    meter.report.testing.add_some(topic, outcomes);
}

fn memory(meter: &mut Meter, harnesses: &[Harness]) {
    let rounds = meter.rounds;
    let outcomes = harnesses.iter().map(|harness| {
        harness
            .has("memory")
            .then(|| in_processes(harness, "memory", SPACES, rounds))
    });
    let outcomes = outcomes.collect();
    let label = "Memory of a space without rooms";
    let topic = Topic::new("testing-memory", label, Unit::Kibibytes);
    let topic = topic.budget(Budget::AtMost(200.0));
    meter.report.testing.add_some(topic, outcomes);
}

fn tests(meter: &mut Meter, harnesses: &[Harness]) {
    let rounds = meter.rounds;
    let outcomes = harnesses.iter().map(|harness| match harness.is_ours() {
        true => in_processes(harness, "tests", TESTS, rounds),
        false => {
            let of_few = harness.measure("tests", RIVAL_TESTS)?;
            let scale = f64::from(TESTS) / f64::from(RIVAL_TESTS);
            let note = format!("{RIVAL_TESTS} of them, times {scale}");
            Ok(Cell::value(median(&of_few) * scale).noted(note))
        }
    });
    let outcomes = outcomes.collect();
    let label = "1,000 tests of one request, nothing shared";
    let topic = Topic::new("testing-1000", label, Unit::Milliseconds);
    meter
        .report
        .testing
        .add(topic.budget(Budget::AtMost(5000.0)), outcomes);
}

fn in_processes(harness: &Harness, operation: &str, count: u32, rounds: u32) -> Outcome {
    let medians = (0..rounds).map(|_| Ok(median(&harness.measure(operation, count)?)));
    Ok(Cell::median(medians.collect::<Result<_, String>>()?))
}
