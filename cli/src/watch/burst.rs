//! When a save is complete, as far as that can be seen from outside. Knows nothing of what changes mean.

use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use super::change::{Change, Step};

/// A save is complete once its files were quiet for this long: editors write in several steps, and every
/// millisecond here is one the user waits.
pub const QUIET: Duration = Duration::from_millis(10);
/// The same for a single file that is known to be done. Only another file may still follow: what saves or
/// checks out several has the next one under way by then, and what comes later is another save. To reload
/// too early costs one more reload, because old code stays if the new one does not load.
const DONE: Duration = Duration::from_millis(1);
/// What never becomes quiet is dealt with all the same.
const BURST: Duration = Duration::from_millis(100);

/// Everything that arrives until it was quiet for this long: one save is many changes.
pub fn burst<T>(inbox: &Receiver<T>, quiet: Duration) -> Vec<T> {
    gather(inbox, Vec::new(), |_| quiet)
}

/// The save that begins with `first`. `tell` says of a message what has changed, if it is a change.
pub fn save<T>(
    first: T,
    inbox: &Receiver<T>,
    tell: impl Fn(&T) -> Option<(&Change, Step)>,
) -> Vec<T> {
    gather(inbox, vec![first], |messages| {
        match is_one_file_done(messages, &tell) {
            true => DONE,
            false => QUIET,
        }
    })
}

fn gather<T>(
    inbox: &Receiver<T>,
    mut messages: Vec<T>,
    quiet: impl Fn(&[T]) -> Duration,
) -> Vec<T> {
    let end = Instant::now() + BURST;
    while let Ok(message) = inbox.recv_timeout(quiet(&messages)) {
        messages.push(message);
        if Instant::now() > end {
            break;
        }
    }
    messages
}

/// Whether all changes are of one file, whose last step is known to be the last.
fn is_one_file_done<T>(messages: &[T], tell: impl Fn(&T) -> Option<(&Change, Step)>) -> bool {
    let Some((first @ Change::Path(_), _)) = messages.first().and_then(&tell) else {
        return false;
    };
    let is_same = |message| tell(message).is_some_and(|(change, _)| change == first);
    let last = messages.last().and_then(&tell);
    messages.iter().all(is_same) && last.is_some_and(|(_, step)| step == Step::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Message = (Change, Step);

    fn change(name: &str, step: Step) -> Message {
        (Change::Path(name.into()), step)
    }

    fn is_done(messages: &[Message]) -> bool {
        is_one_file_done(messages, |(change, step)| Some((change, *step)))
    }

    #[test]
    fn one_file_that_is_done_is_waited_for_no_longer() {
        let truncated = change("a", Step::UnderWay);
        let written = change("a", Step::Done);
        assert!(is_done(std::slice::from_ref(&written)));
        assert!(is_done(&[truncated.clone(), written.clone()]));
        assert!(!is_done(std::slice::from_ref(&truncated)));
        assert!(!is_done(&[written.clone(), truncated]));
        assert!(!is_done(&[written.clone(), change("b", Step::Done)]));
        assert!(!is_done(&[(Change::Unknown, Step::Done)]));
        assert!(!is_done(&[]));
        assert!(!is_one_file_done(&[written], |_| None));
    }
}
