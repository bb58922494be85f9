//! Why the main thread wakes up: files that changed, or the end. Owns when a save counts as complete.

use std::sync::mpsc::Receiver;

use crate::keys::Ask;
use crate::watch::{Change, Step, save};

/// Why the main thread woke up.
pub enum Wake {
    Stop,
    Changed(Change, Step),
    /// Somebody at the keyboard wants something.
    Asked(Ask),
}

/// What there is to do.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Woken {
    /// What belongs to one save.
    pub changes: Vec<Change>,
    pub asked: Vec<Ask>,
}

/// Waits for a change and gathers the ones that belong to it, or for a wish; none when it is time to stop.
pub fn next(wakes: &Receiver<Wake>) -> Option<Woken> {
    let first = wakes.recv().ok()?;
    let wakes = match first {
        first @ Wake::Changed(..) => save(first, wakes, |wake| match wake {
            Wake::Changed(change, step) => Some((change, *step)),
            Wake::Stop | Wake::Asked(_) => None,
        }),
        other => vec![other],
    };
    let mut woken = Woken::default();
    for wake in wakes {
        match wake {
            Wake::Stop | Wake::Asked(Ask::Exit) => return None,
            Wake::Changed(change, _) => woken.changes.push(change),
            Wake::Asked(ask) => woken.asked.push(ask),
        }
    }
    Some(woken)
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
        let woken = next(&wakes).expect("not told to stop");
        assert_eq!(
            woken.changes,
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
        assert_eq!(next(&wakes), None);
    }

    #[test]
    fn a_wish_waits_for_no_other() {
        let (sender, wakes) = channel();
        for wake in [Wake::Asked(Ask::Rooms), Wake::Asked(Ask::Exit)] {
            sender.send(wake).expect("the receiver lives");
        }
        let woken = next(&wakes).expect("not told to stop");
        assert_eq!(woken.asked, [Ask::Rooms]);
        assert_eq!(next(&wakes), None);
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
        assert!(next(&wakes).is_some());
        assert!(started.elapsed() < Duration::from_secs(1));
        drop(wakes);
        restless.join().expect("it only sends");
    }
}
