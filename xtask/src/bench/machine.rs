//! The machine the numbers come from: what it is, how fast one core is at the start and at the end, and
//! who else used it. Two reports are comparable only when these are alike. Never judges a result.

use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use serde::Serialize;

/// Above this share of all cores in use before anything runs, numbers are not worth much.
const BUSY: f64 = 0.15;

/// Has the machine's memory be there: touches as much as `mib` and gives it back. A virtual machine's
/// host provides a page when it is first touched, which only whoever needs many first would pay for.
pub fn provide_memory(mib: u64) {
    let free = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let free = free
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))
        .and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok())
        .unwrap_or(0);
    let bytes = mib.min(free / 1024 / 2) << 20;
    let mut memory = vec![0_u8; usize::try_from(bytes).unwrap_or(0)];
    memory.chunks_mut(4096).for_each(|page| page[0] = 1);
    black_box(&memory);
}

/// What was seen of the machine.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// Seconds since 1970.
    pub at: u64,
    pub cpu: String,
    pub cores: usize,
    pub system: String,
    /// Share of all cores in use by others just before the run; `None` where the system does not tell.
    pub busy_before: Option<f64>,
    /// Million steps of a fixed calculation per second on one core, before and after the run.
    pub speed_before: f64,
    pub speed_after: Option<f64>,
}

impl Machine {
    /// Looks for about a second.
    pub fn observe() -> Machine {
        let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let cpu = cpu.lines().find(|line| line.starts_with("model name"));
        let cpu = cpu
            .and_then(|line| line.split_once(':'))
            .map_or("unknown", |(_, name)| name.trim());
        let system = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Machine {
            at: SystemTime::UNIX_EPOCH
                .elapsed()
                .map_or(0, |since| since.as_secs()),
            cpu: cpu.to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            system: format!("{} {}", std::env::consts::OS, system.trim())
                .trim_end()
                .to_owned(),
            busy_before: busy_share(Duration::from_millis(700)),
            speed_before: speed(),
            speed_after: None,
        }
    }

    /// Calibrates again, for the end of a run.
    pub fn observe_end(&mut self) {
        self.speed_after = Some(speed());
    }

    /// What the reader of the numbers should know before they trust them.
    pub fn warnings(&self) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(busy) = self.busy_before.filter(|busy| *busy > BUSY) {
            let percent = (busy * 100.0).round();
            found.push(format!(
                "The machine is busy with something else, share in use: {percent} %"
            ));
        }
        if let Some(after) = self.speed_after {
            let change = after / self.speed_before - 1.0;
            if change.abs() > 0.15 {
                let percent = (change * 100.0).round();
                found.push(format!(
                    "The machine's speed changed during the run, by: {percent} %"
                ));
            }
        }
        found
    }
}

/// Best of a few short runs, in million steps per second: a run that was interrupted does not count.
fn speed() -> f64 {
    const STEPS: u64 = 20_000_000;
    let mut best = f64::MAX;
    for _ in 0..5 {
        let begun = Instant::now();
        let mut state = black_box(0x9e37_79b9_7f4a_7c15_u64);
        for _ in 0..STEPS {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
        }
        black_box(state);
        best = best.min(begun.elapsed().as_secs_f64());
    }
    STEPS as f64 / best / 1e6
}

fn busy_share(over: Duration) -> Option<f64> {
    let read = || parse_cpu_times(&fs::read_to_string("/proc/stat").ok()?);
    let (all, idle) = read()?;
    std::thread::sleep(over);
    let (all_later, idle_later) = read()?;
    let passed = all_later.saturating_sub(all).max(1) as f64;
    Some(1.0 - idle_later.saturating_sub(idle) as f64 / passed)
}

/// All ticks and idle ones (idle and waiting for a disk) of the first line of `/proc/stat`.
fn parse_cpu_times(stat: &str) -> Option<(u64, u64)> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    // The last two of ten are guests, which the first two contain already.
    let ticks: Vec<u64> = line
        .split_whitespace()
        .take(8)
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    Some((ticks.iter().sum(), ticks.get(3)? + ticks.get(4)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_are_not_counted_twice() {
        assert_eq!(
            parse_cpu_times("cpu  10 1 2 80 5 1 1 0 9 9\ncpu0 1 1"),
            Some((100, 85))
        );
        assert_eq!(parse_cpu_times("intr 1"), None);
    }

    #[test]
    fn a_busy_or_uneven_machine_is_told() {
        let quiet = Machine {
            at: 0,
            cpu: String::new(),
            cores: 2,
            system: String::new(),
            busy_before: Some(0.02),
            speed_before: 800.0,
            speed_after: Some(780.0),
        };
        assert!(quiet.warnings().is_empty());
        let loud = Machine {
            busy_before: Some(0.5),
            speed_after: Some(400.0),
            ..quiet
        };
        assert_eq!(
            loud.warnings(),
            [
                "The machine is busy with something else, share in use: 50 %",
                "The machine's speed changed during the run, by: -50 %"
            ]
        );
    }
}
