//! Packages installed from npm.

use serde_json::json;

use crate::harness::{Dev, ROOM, install_packages};

/// Row 208.
#[test]
fn nanoid_and_zod_run() {
    install_packages("npm-deps");
    let dev = Dev::fixture("npm-deps");
    let made = dev.post(ROOM, r#"{ "title": "write tests", "priority": "high" }"#);
    assert_eq!(made.status, 201, "{}", made.text());
    let task = made.json();
    assert_eq!(task["id"].as_str().map(str::len), Some(21));
    assert_eq!(task["code"].as_str().map(str::len), Some(6));
    assert_eq!(
        (&task["tags"], &task["priority"]),
        (&json!([]), &json!("high"))
    );
    assert_eq!(dev.json(ROOM), json!([task]));

    let refused = dev.post(ROOM, r#"{ "title": "", "tags": [1] }"#);
    assert_eq!(refused.status, 400);
    let paths = refused.json()["issues"].as_array().map(|issues| {
        issues
            .iter()
            .map(|issue| issue["path"].clone())
            .collect::<Vec<_>>()
    });
    assert_eq!(paths, Some(vec![json!(["title"]), json!(["tags", 0])]));
}
