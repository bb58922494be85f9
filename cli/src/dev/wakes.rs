//! Why the main thread wakes up: files that changed, or the end. Owns when a save counts as complete.

use std::sync::mpsc::Receiver;

use crate::watch::{Change, Step, save};

/// Why the main thread woke up.
pub enum Wake {
    Stop,
    Changed(Change, Step),
}

/// Waits for a change and gathers the ones that belong to it; none when it is time to stop.
pub fn next_changes(wakes: &Receiver<Wake>) -> Option<Vec<Change>> {
    let first = wakes.recv().ok()?;
    let wakes = save(first, wakes, |wake| match wake {
        Wake::Changed(change, step) => Some((change, *step)),
        Wake::Stop => None,
    });
    let changes = wakes.into_iter().map(|wake| match wake {
        Wake::Changed(change, _) => Some(change),
        Wake::Stop => None,
    });
    changes.collect()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_burst_is_one_change() {
        let (sender, wakes) = channel();
        for name in ["a", "b"] {
            sender
                .send(Wake::Changed(Change::Path(name.into()), Step::UnderWay))
                .expect("the receiver lives");
        }
        let changes = next_changes(&wakes).expect("not told to stop");
        assert_eq!(
            changes,
            [Change::Path("a".into()), Change::Path("b".into())]
        );
    }

    #[test]
    fn stopping_wins_over_a_pending_reload() {
        let (sender, wakes) = channel();
        sender
            .send(Wake::Changed(Change::Unknown, Step::UnderWay))
            .expect("the receiver lives");
        sender.send(Wake::Stop).expect("the receiver lives");
        assert_eq!(next_changes(&wakes), None);
    }

    #[test]
    fn files_that_never_rest_are_reloaded() {
        let (sender, wakes) = channel();
        let restless = std::thread::spawn(move || {
            while sender
                .send(Wake::Changed(Change::Unknown, Step::UnderWay))
                .is_ok()
            {
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        let started = Instant::now();
        assert!(next_changes(&wakes).is_some());
        assert!(started.elapsed() < Duration::from_secs(1));
        drop(wakes);
        restless.join().expect("it only sends");
    }
}
