//! The latest figures of the process's memory, kept by whoever looks and read by whoever makes rooms.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a look found, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// How many looks there have been.
    pub look: u64,
    pub resident: u64,
    /// Of that, what is about to come back: it is of isolates that end for it.
    pub owed: u64,
    /// The most that the process should have.
    pub ceiling: u64,
}

/// Holds the figures. Readers may see parts of two looks, which differ little.
#[derive(Default)]
pub struct Gauge {
    looks: AtomicU64,
    resident: AtomicU64,
    owed: AtomicU64,
    ceiling: AtomicU64,
}

impl Gauge {
    pub fn set(&self, resident: u64, owed: u64, ceiling: u64) {
        self.resident.store(resident, Ordering::Relaxed);
        self.owed.store(owed, Ordering::Relaxed);
        self.ceiling.store(ceiling, Ordering::Relaxed);
        self.looks.fetch_add(1, Ordering::Release);
    }

    /// As [`Gauge::figures`], of now: what the process had at the latest look may have been given back since.
    pub fn fresh_figures(&self) -> Option<Figures> {
        let Figures { owed, ceiling, .. } = self.figures()?;
        self.set(super::resident()?, owed, ceiling);
        self.figures()
    }

    /// `None` where the system tells nothing.
    pub fn figures(&self) -> Option<Figures> {
        let look = self.looks.load(Ordering::Acquire);
        (look > 0).then(|| Figures {
            look,
            resident: self.resident.load(Ordering::Relaxed),
            owed: self.owed.load(Ordering::Relaxed),
            ceiling: self.ceiling.load(Ordering::Relaxed),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_back_since_the_latest_look_is_seen() {
        let gauge = Gauge::default();
        assert_eq!(gauge.fresh_figures(), None, "nobody knows the ceiling");
        gauge.set(u64::MAX, 1 << 20, 1 << 30);
        let fresh = gauge.fresh_figures().expect("the system tells");
        assert!(fresh.resident < u64::MAX && fresh.look == 2);
        assert_eq!((fresh.owed, fresh.ceiling), (1 << 20, 1 << 30));
    }
}
