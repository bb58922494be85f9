//! Which spare a room gets. Never makes one.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use crate::call::RoomEvent;

/// A thread that waits for its room, with an isolate. Without its sender it ends.
pub struct Spare {
    pub(super) sender: UnboundedSender<RoomEvent>,
    /// The party whose code it has loaded.
    pub(super) party: Option<Arc<str>>,
}

impl Spare {
    /// One whose events come from `sender`, with the code of `party`.
    pub fn of(party: Arc<str>, sender: UnboundedSender<RoomEvent>) -> Self {
        let party = Some(party);
        Spare { sender, party }
    }
}

/// The spare that has loaded `party`, or one that has loaded nothing. When all have loaded other parties,
/// the one that has waited longest makes way for one that loads this party.
pub(super) fn take_spare(spares: &mut Vec<Spare>, party: &Arc<str>) -> Option<Spare> {
    let place = |wanted: Option<&Arc<str>>| {
        let fits = |spare: &Spare| spare.party.as_ref() == wanted;
        spares.iter().position(fits)
    };
    let found = place(Some(party)).or_else(|| place(None));
    if found.is_none() && !spares.is_empty() {
        spares.remove(0);
    }
    found.map(|at| spares.remove(at))
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;

    fn spares(parties: &[Option<&str>]) -> Vec<Spare> {
        let spare = |party: &Option<&str>| Spare {
            sender: unbounded_channel().0,
            party: party.map(Arc::from),
        };
        parties.iter().map(spare).collect()
    }

    /// The party of the spare that a room of `party` gets, and those of the spares that are left.
    fn taken(parties: &[Option<&str>], party: &str) -> (Option<Option<String>>, Vec<String>) {
        let mut spares = spares(parties);
        let shown = |party: Option<Arc<str>>| party.map(|party| party.to_string());
        let got = take_spare(&mut spares, &party.into()).map(|spare| shown(spare.party));
        let left = spares
            .into_iter()
            .map(|spare| shown(spare.party).unwrap_or_default());
        (got, left.collect())
    }

    #[test]
    fn room_gets_the_spare_that_has_loaded_its_party_or_nothing() {
        let (main, other) = (Some("main"), Some("other"));
        let of = |party: &str| Some(Some(party.to_owned()));
        assert_eq!(
            taken(&[None, other, main], "main"),
            (of("main"), vec!["".into(), "other".into()])
        );
        assert_eq!(
            taken(&[other, None], "main"),
            (Some(None), vec!["other".into()])
        );
        assert_eq!(taken(&[], "main"), (None, vec![]));
    }

    #[test]
    fn oldest_spare_of_another_party_makes_way() {
        let parties = [Some("second"), Some("third")];
        assert_eq!(taken(&parties, "main"), (None, vec!["third".into()]));
    }
}
