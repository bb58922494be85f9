//! Save to new code: rewrites the project's file and polls, each time on a new connection, until the
//! new code answers. Counts the polls that met no server meanwhile. Never looks at a server's output.

use std::fs;
use std::time::{Duration, Instant};

use super::Meter;
use super::cell::{Cell, Outcome, Unit};
use super::measure::{boot, millis};
use super::probe;
use super::row::{Budget, Topic};
use super::server::Server;
use crate::error::Failure;
use crate::ui;

/// Saves in the reload measurement.
const SAVES: u32 = 5;

/// A watcher that groups changes must not group two saves.
const BETWEEN: Duration = Duration::from_millis(700);

/// Measures on fresh servers.
pub fn run(meter: &mut Meter) -> Result<(), Failure> {
    ui::step("Save to new code");
    let servers = boot(meter)?;
    let mut times: Vec<Result<Vec<f64>, String>> = servers.iter().map(|_| Ok(Vec::new())).collect();
    let mut missed = vec![0_u32; servers.len()];
    let mut gaps = vec![Duration::ZERO; servers.len()];
    for save in 1..=SAVES {
        for (turn, server) in servers.iter().enumerate() {
            let Ok(done) = &mut times[turn] else {
                continue;
            };
            match save_and_poll(server, save) {
                Ok(saved) => {
                    done.push(millis(saved.live));
                    missed[turn] += saved.missed;
                    gaps[turn] = gaps[turn].max(saved.gap);
                }
                Err(reason) => times[turn] = Err(reason),
            }
            std::thread::sleep(BETWEEN);
        }
    }
    let failed_polls = times
        .iter()
        .zip(missed)
        .zip(gaps)
        .map(|((times, missed), gap)| {
            times.as_ref().map_err(Clone::clone)?;
            let note = format!(
                "longest wait for a good answer {}",
                Unit::Milliseconds.show(millis(gap))
            );
            Ok(Cell::value(f64::from(missed)).noted(note))
        })
        .collect();
    let topic = Topic::new("reload", "Save to new code", Unit::Milliseconds);
    let outcomes = times
        .into_iter()
        .map(|times| times.map(Cell::median))
        .collect();
    meter
        .report
        .servers
        .add(topic.budget(Budget::Times(6.0)), outcomes);
    let label = format!("Refused or failed polls during {SAVES} saves");
    let topic = Topic::new("reload-failures", label, Unit::Count);
    meter
        .report
        .servers
        .add(topic.budget(Budget::AtMost(0.0)), failed_polls);
    Ok(())
}

/// The median of the times in which a server's saves were live.
pub fn median_of(server: &Server, saves: u32) -> Outcome {
    let mut times = Vec::new();
    for save in 1..=saves {
        times.push(millis(save_and_poll(server, save)?.live));
        std::thread::sleep(BETWEEN);
    }
    Ok(Cell::median(times))
}

/// One save, seen by a poller that connects anew each time.
struct Saved {
    /// From before the write to the first answer of the new code.
    live: Duration,
    missed: u32,
    /// Longest time between two good answers.
    gap: Duration,
}

fn save_and_poll(server: &Server, save: u32) -> Result<Saved, String> {
    const LIMIT: Duration = Duration::from_secs(20);
    let file = server.project.join("server.ts");
    let version = format!("save-{save}");
    let text = probe::with_version(&file, &version)?;
    let begun = Instant::now();
    let (mut missed, mut gap, mut last_good) = (0, Duration::ZERO, begun);
    fs::write(&file, text)
        .map_err(|error| format!("Could not save `{}`: {error}", file.display()))?;
    while begun.elapsed() < LIMIT {
        match probe::get(server.addr, "/party/reload?version") {
            Ok(answer) if answer.status == 200 => {
                gap = gap.max(last_good.elapsed());
                last_good = Instant::now();
                if answer.body.contains(&version) {
                    return Ok(Saved {
                        live: begun.elapsed(),
                        missed,
                        gap,
                    });
                }
            }
            _ => missed += 1,
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Err(format!("The saved code was not live within: {LIMIT:?}"))
}
