//! Where two observations differ: the paths of the leaves, as in `events.2.code`. Never judges them.

use std::collections::BTreeSet;

use serde_json::Value;

/// The whole observation, when it has no parts to name.
const ALL: &str = "all";

/// The places in which `mine` is not what `theirs` is, in order. A list of another length is one place.
pub fn paths(theirs: &Value, mine: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(theirs, mine, "", &mut found);
    found
}

fn compare(theirs: &Value, mine: &Value, at: &str, found: &mut Vec<String>) {
    let below = |part: &str| match at {
        "" => part.to_owned(),
        _ => format!("{at}.{part}"),
    };
    match (theirs, mine) {
        (Value::Object(theirs), Value::Object(mine)) => {
            let keys: BTreeSet<&String> = theirs.keys().chain(mine.keys()).collect();
            for key in keys {
                match (theirs.get(key), mine.get(key)) {
                    (Some(theirs), Some(mine)) => compare(theirs, mine, &below(key), found),
                    _ => found.push(below(key)),
                }
            }
        }
        (Value::Array(theirs), Value::Array(mine)) if theirs.len() == mine.len() => {
            for (index, (theirs, mine)) in theirs.iter().zip(mine).enumerate() {
                compare(theirs, mine, &below(&index.to_string()), found);
            }
        }
        _ if theirs == mine => {}
        _ if at.is_empty() => found.push(ALL.to_owned()),
        _ => found.push(at.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn leaves_are_named_from_the_outside_in() {
        let theirs = json!({"events": [{"code": 1006, "t": "close"}], "b": [1], "gone": null});
        let mine = json!({"events": [{"code": 1012, "t": "close"}], "b": [1, 2], "new": null});
        let expected = ["b", "events.0.code", "gone", "new"];
        assert_eq!(paths(&theirs, &mine), expected);
        assert!(paths(&theirs, &theirs).is_empty());
        assert_eq!(paths(&json!(1), &json!([1])), ["all"]);
    }
}
