//! Owns what a room has written and not sealed: one layer for the turn's batch and one for each open
//! transaction. Pure memory; it never asks the storage for anything.

use std::collections::BTreeMap;
use std::ops::Bound;

use bytes::Bytes;
use partyrun_ops::storage_interface::{AlarmTime, ListRange, TransactionId};

/// Keys to new values, `None` for a removed key, in key order.
pub(super) type Changes = BTreeMap<Vec<u8>, Option<Bytes>>;

/// What the unsealed writes say about a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    /// It was set to a value, or removed.
    Known(Option<Bytes>),
    /// It was not touched.
    Untouched,
}

/// Writes over some older state.
#[derive(Debug, Default)]
pub(super) struct Layer {
    /// Every older key is removed before `changes` apply.
    pub(super) clears: bool,
    pub(super) changes: Changes,
    /// The alarm's new time, `Some(None)` when it was deleted. Clearing does not touch it.
    pub(super) alarm: Option<AlarmTime>,
}

impl Layer {
    fn is_empty(&self) -> bool {
        !self.clears && self.changes.is_empty() && self.alarm.is_none()
    }

    fn clear(&mut self) {
        self.clears = true;
        self.changes.clear();
    }

    fn lookup(&self, key: &[u8]) -> Lookup {
        match self.changes.get(key) {
            Some(value) => Lookup::Known(value.clone()),
            None if self.clears => Lookup::Known(None),
            None => Lookup::Untouched,
        }
    }

    fn absorb(&mut self, newer: Layer) {
        let alarm = newer.alarm.or(self.alarm);
        if newer.clears {
            *self = newer;
        } else {
            self.changes.extend(newer.changes);
        }
        self.alarm = alarm;
    }
}

/// All unsealed writes of one room.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    turn: Layer,
    open: Vec<(TransactionId, Layer)>,
    last_transaction: u32,
}

impl Overlay {
    pub(super) fn has_open_transaction(&self) -> bool {
        !self.open.is_empty()
    }

    /// Nothing would be sealed.
    pub(super) fn is_sealed(&self) -> bool {
        self.turn.is_empty()
    }

    pub(super) fn put(&mut self, key: Vec<u8>, value: Bytes) {
        self.top().changes.insert(key, Some(value));
    }

    pub(super) fn delete(&mut self, key: Vec<u8>) {
        self.top().changes.insert(key, None);
    }

    pub(super) fn delete_all(&mut self) {
        self.top().clear();
    }

    pub(super) fn set_alarm(&mut self, alarm: AlarmTime) {
        self.top().alarm = Some(alarm);
    }

    /// Deletes the alarm past any open transaction: what is set in one comes after it. Does nothing
    /// when the alarm was set or deleted outside transactions.
    pub(super) fn consume_alarm(&mut self) {
        self.turn.alarm.get_or_insert(None);
    }

    /// Whether nothing outside open transactions set or deleted the alarm.
    pub(super) fn leaves_alarm(&self) -> bool {
        self.turn.alarm.is_none()
    }

    /// What the unsealed writes say about the alarm.
    pub(super) fn alarm(&self) -> Option<AlarmTime> {
        self.newest_first().find_map(|layer| layer.alarm)
    }

    pub(super) fn lookup(&self, key: &[u8]) -> Lookup {
        self.newest_first()
            .map(|layer| layer.lookup(key))
            .find(|found| *found != Lookup::Untouched)
            .unwrap_or(Lookup::Untouched)
    }

    /// Everything the unsealed writes say about the keys in `range`, and whether they hide all that
    /// is older.
    pub(super) fn view(&self, range: &ListRange) -> Layer {
        let mut view = Layer::default();
        for layer in self.newest_first() {
            let start = Bound::Included(range.start.as_slice());
            let end = Bound::Excluded(range.end.as_slice());
            for (key, value) in layer.changes.range::<[u8], _>((start, end)) {
                if !view.changes.contains_key(key) {
                    view.changes.insert(key.clone(), value.clone());
                }
            }
            if layer.clears {
                view.clears = true;
                break;
            }
        }
        view
    }

    pub(super) fn begin(&mut self) -> TransactionId {
        self.last_transaction += 1;
        let transaction = TransactionId(self.last_transaction);
        self.open.push((transaction, Layer::default()));
        transaction
    }

    pub(super) fn commit(&mut self, transaction: TransactionId) {
        for layer in self.end(transaction) {
            self.top().absorb(layer);
        }
    }

    pub(super) fn rollback(&mut self, transaction: TransactionId) {
        self.end(transaction);
    }

    /// Takes what was written outside open transactions.
    pub(super) fn take_turn(&mut self) -> Option<Layer> {
        (!self.turn.is_empty()).then(|| std::mem::take(&mut self.turn))
    }

    /// Removes a transaction's layer and those opened inside it, oldest first.
    fn end(&mut self, transaction: TransactionId) -> Vec<Layer> {
        match self.open.iter().position(|(id, _)| *id == transaction) {
            Some(index) => self.open.drain(index..).map(|(_, layer)| layer).collect(),
            None => Vec::new(),
        }
    }

    fn top(&mut self) -> &mut Layer {
        match self.open.last_mut() {
            Some((_, layer)) => layer,
            None => &mut self.turn,
        }
    }

    fn newest_first(&self) -> impl Iterator<Item = &Layer> {
        let open = self.open.iter().rev().map(|(_, layer)| layer);
        open.chain([&self.turn])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    fn known(text: &'static str) -> Lookup {
        Lookup::Known(Some(value(text)))
    }

    #[test]
    fn a_key_is_looked_up_in_the_newest_layer_that_knows_it() {
        let mut overlay = Overlay::default();
        assert_eq!(overlay.lookup(b"a"), Lookup::Untouched);
        overlay.put(b"a".to_vec(), value("1"));
        let transaction = overlay.begin();
        assert_eq!(overlay.lookup(b"a"), known("1"));
        overlay.put(b"a".to_vec(), value("2"));
        overlay.delete(b"b".to_vec());
        assert_eq!(overlay.lookup(b"a"), known("2"));
        assert_eq!(overlay.lookup(b"b"), Lookup::Known(None));
        overlay.rollback(transaction);
        assert_eq!(overlay.lookup(b"a"), known("1"));
        assert_eq!(overlay.lookup(b"b"), Lookup::Untouched);
    }

    #[test]
    fn clearing_hides_older_layers_until_it_is_rolled_back() {
        let mut overlay = Overlay::default();
        overlay.put(b"a".to_vec(), value("1"));
        let transaction = overlay.begin();
        overlay.delete_all();
        overlay.put(b"b".to_vec(), value("2"));
        assert_eq!(overlay.lookup(b"a"), Lookup::Known(None));
        let view = overlay.view(&ListRange::default());
        assert!(view.clears);
        assert_eq!(view.changes.keys().collect::<Vec<_>>(), [b"b"]);
        overlay.rollback(transaction);
        assert!(!overlay.view(&ListRange::default()).clears);
        assert_eq!(overlay.lookup(b"a"), known("1"));
    }

    #[test]
    fn a_committed_clear_replaces_what_the_turn_wrote_before() {
        let mut overlay = Overlay::default();
        overlay.put(b"a".to_vec(), value("1"));
        let transaction = overlay.begin();
        overlay.delete_all();
        overlay.put(b"b".to_vec(), value("2"));
        overlay.commit(transaction);
        let turn = overlay.take_turn().expect("something was written");
        assert!(turn.clears);
        assert_eq!(turn.changes.keys().collect::<Vec<_>>(), [b"b"]);
        assert!(overlay.take_turn().is_none());
    }

    #[test]
    fn an_open_transaction_is_not_part_of_the_turn() {
        let mut overlay = Overlay::default();
        let transaction = overlay.begin();
        overlay.put(b"a".to_vec(), value("1"));
        assert!(overlay.take_turn().is_none());
        overlay.commit(transaction);
        assert_eq!(overlay.take_turn().expect("is committed").changes.len(), 1);
    }

    #[test]
    fn an_alarm_follows_its_transaction_and_survives_clearing() {
        let mut overlay = Overlay::default();
        overlay.set_alarm(Some(1));
        let kept = overlay.begin();
        overlay.delete_all();
        assert_eq!(overlay.alarm(), Some(Some(1)));
        overlay.commit(kept);
        let dropped = overlay.begin();
        overlay.set_alarm(None);
        assert_eq!(overlay.alarm(), Some(None));
        overlay.rollback(dropped);
        let turn = overlay.take_turn().expect("something was written");
        assert_eq!((turn.clears, turn.alarm), (true, Some(Some(1))));
        assert_eq!(overlay.alarm(), None);
    }

    #[test]
    fn an_alarm_that_was_touched_is_not_consumed() {
        let mut overlay = Overlay::default();
        let open = overlay.begin();
        assert!(overlay.leaves_alarm());
        overlay.consume_alarm();
        overlay.rollback(open);
        let turn = overlay.take_turn().expect("something was written");
        assert_eq!(turn.alarm, Some(None));
        overlay.set_alarm(Some(2));
        overlay.consume_alarm();
        assert!(!overlay.leaves_alarm());
        assert_eq!(overlay.alarm(), Some(Some(2)));
    }

    #[test]
    fn ending_an_outer_transaction_ends_the_inner_ones_and_ending_twice_does_nothing() {
        let mut overlay = Overlay::default();
        let outer = overlay.begin();
        let inner = overlay.begin();
        overlay.put(b"a".to_vec(), value("1"));
        overlay.rollback(outer);
        let unrelated = overlay.begin();
        overlay.put(b"b".to_vec(), value("2"));
        overlay.commit(inner);
        overlay.commit(outer);
        assert!(overlay.take_turn().is_none());
        overlay.commit(unrelated);
        let turn = overlay.take_turn().expect("is committed");
        assert_eq!(turn.changes.keys().collect::<Vec<_>>(), [b"b"]);
    }

    #[test]
    fn a_view_holds_the_newest_change_of_each_key_in_the_range() {
        let mut overlay = Overlay::default();
        overlay.put(b"a".to_vec(), value("1"));
        overlay.put(b"b".to_vec(), value("1"));
        overlay.put(b"c".to_vec(), value("1"));
        overlay.begin();
        overlay.delete(b"b".to_vec());
        let view = overlay.view(&ListRange::default().ending_before("c"));
        let changes: Vec<_> = view.changes.into_iter().collect();
        assert_eq!(
            changes,
            [(b"a".to_vec(), Some(value("1"))), (b"b".to_vec(), None)]
        );
    }
}
