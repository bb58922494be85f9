//! Whether memory goes on growing: what a series of samples says after its warm-up. Never measures.

use std::fmt;
use std::time::Duration;

/// Resident memory at one moment of the run.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    pub at: Duration,
    pub mib: f64,
}

/// The part of the run that is not counted: rooms are made, heaps grow to their working size.
const WARM_UP: f64 = 0.3;
/// Fewer counted samples than this say nothing.
const LEAST: usize = 10;
/// Growth over the counted part, in shares of its first third, that is more than the noise of rooms
/// that come and go.
const ALLOWED: f64 = 0.15;

/// How memory went after the warm-up.
#[derive(Debug)]
pub struct Growth {
    /// Median of the first and of the last third of the counted samples, in MiB.
    pub first: f64,
    pub last: f64,
    /// Least-squares slope over the counted samples, in MiB per minute.
    pub slope: f64,
}

impl Growth {
    /// `None` when the run was too short.
    pub fn of(samples: &[Sample]) -> Option<Growth> {
        let warm = (samples.len() as f64 * WARM_UP).ceil() as usize;
        let counted = samples.get(warm..)?;
        if counted.len() < LEAST {
            return None;
        }
        let third = counted.len() / 3;
        Some(Growth {
            first: median(&counted[..third]),
            last: median(&counted[counted.len() - third..]),
            slope: slope(counted),
        })
    }

    /// Both must say so: the thirds, which single peaks do not move, and the slope.
    pub fn is_a_leak(&self) -> bool {
        self.slope > 0.0 && self.last > self.first * (1.0 + ALLOWED)
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.0} MiB in the first third after the warm-up, {:.0} MiB in the last, slope {:+.1} MiB a minute",
            self.first, self.last, self.slope
        )
    }
}

fn median(samples: &[Sample]) -> f64 {
    let mut values: Vec<f64> = samples.iter().map(|sample| sample.mib).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn slope(samples: &[Sample]) -> f64 {
    let count = samples.len() as f64;
    let minutes = |sample: &Sample| sample.at.as_secs_f64() / 60.0;
    let mean_x = samples.iter().map(minutes).sum::<f64>() / count;
    let mean_y = samples.iter().map(|sample| sample.mib).sum::<f64>() / count;
    let (mut over, mut under) = (0.0, 0.0);
    for sample in samples {
        let x = minutes(sample) - mean_x;
        over += x * (sample.mib - mean_y);
        under += x * x;
    }
    if under == 0.0 { 0.0 } else { over / under }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(mib: impl Fn(f64) -> f64) -> Vec<Sample> {
        (0..100_u32)
            .map(|i| Sample {
                at: Duration::from_secs(u64::from(i) * 3),
                mib: mib(f64::from(i)),
            })
            .collect()
    }

    #[test]
    fn a_plateau_with_noise_is_no_leak() {
        let plateau = samples(|i| i.min(20.0) * 20.0 + (i * 7.0 % 13.0));
        let growth = Growth::of(&plateau).expect("long enough");
        assert!(!growth.is_a_leak(), "{growth}");
    }

    #[test]
    fn steady_growth_is_a_leak() {
        let growth = Growth::of(&samples(|i| 300.0 + i * 2.0)).expect("long enough");
        assert!(growth.is_a_leak(), "{growth}");
        assert!((growth.slope - 40.0).abs() < 0.01, "{growth}");
    }

    #[test]
    fn a_short_run_says_nothing() {
        assert!(Growth::of(&samples(|_| 1.0)[..12]).is_none());
    }
}
