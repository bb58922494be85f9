//! The fields of a configuration that passed its checks, by their types. Interprets none of them.

use serde_json::{Map, Value};

/// Typed access to fields that already passed their checks: a wrong type cannot occur here.
pub(super) struct Fields<'a> {
    pub(super) map: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.map.get(key).and_then(Value::as_str)
    }

    pub(super) fn record(&self, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.map
            .get(key)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
    }

    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        self.map.get(key).and_then(Value::as_bool)
    }

    pub(super) fn texts(&self, key: &str) -> impl Iterator<Item = (&'a String, &'a str)> {
        self.record(key)
            .filter_map(|(name, value)| Some((name, value.as_str()?)))
    }
}
