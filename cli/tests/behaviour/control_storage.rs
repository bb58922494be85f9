//! What the control plane reads and writes of a room's storage (docs/control.md): keys, and values that JSON has no form for.

use serde_json::{Value, json};

use crate::control::{at, controlled};

#[test]
fn storage_is_written_before_the_room_is_made() {
    let server = controlled();
    server.json("PUT", &at("/storage/seed"), &json!({ "a": [1, null] }));
    assert_eq!(
        server.dev.json("/parties/main/r?seed"),
        json!([1, { "a": [1, null] }])
    );
}

#[test]
fn values_that_json_has_not_come_and_go() {
    let server = controlled();
    for (number, value) in [
        json!({ "$date": 1_700_000_000_000_i64 }),
        json!({ "$date": null }),
        json!({ "$bigint": "123456789012345678901234567890" }),
        json!({ "$number": "NaN" }),
        json!({ "$number": "-0" }),
        json!({ "$map": [["a", { "$set": [1, { "$undefined": true }] }], [{ "k": 1 }, 2]] }),
        json!({ "$bytes": { "type": "Uint8Array", "base64": "AAEC/w==" } }),
        json!({ "$bytes": { "type": "ArrayBuffer", "base64": "" } }),
        json!({ "$bytes": { "type": "Float64Array", "base64": "AAAAAAAA+D8=" } }),
        json!({ "$regexp": ["a+", "gi"] }),
        json!({ "$boxed": 5 }),
        json!({ "$object": { "$date": 5 } }),
        json!({ "$array": { "length": 3, "items": { "0": 1, "2": 3 } } }),
        json!({ "self": { "$ref": 0 } }),
        json!([{ "x": 1 }, { "$ref": 1 }]),
        json!("text with \u{1f389}"),
        json!(0.1),
        json!(false),
    ]
    .into_iter()
    .enumerate()
    {
        let key = format!("/storage/key%2F{number}");
        server.json("PUT", &at(&key), &value);
        assert_eq!(server.get(&at(&key)), value);
    }
    // As the room has them.
    let run = |source: &str| {
        let body = json!({ "source": source });
        server.json("POST", &at("/run"), &body)["value"].clone()
    };
    let kinds = run(
        "async (server, room) => { const get = async (n) => (await room.storage.get(`key/${n}`)); const d = await get(0), m = await get(5), c = await get(13); return [d instanceof Date, m.get('a').has(undefined), c.self === c, typeof (await get(2)), 1 in (await get(12))]; }",
    );
    assert_eq!(kinds, json!([true, true, true, "bigint", false]));
    let error = run("() => new TypeError('bad', { cause: { a: 1 } })");
    assert_eq!(error["$error"]["name"], "TypeError");
    assert_eq!(error["$error"]["cause"], json!({ "a": 1 }));
}

#[test]
fn lone_surrogates_and_long_numbers_keep_every_bit() {
    let server = controlled();
    let put = |text: &str| {
        server
            .request("PUT", &at("/storage/k"))
            .body(text.as_bytes())
            .send()
    };
    for text in [
        r#""\ud800""#,
        "1.7976931348623157e+308",
        "5e-324",
        "0.30000000000000004",
    ] {
        assert_eq!(put(text).status, 204, "{text}");
        assert_eq!(
            server
                .request("GET", &at("/storage/k"))
                .send()
                .text()
                .trim(),
            text
        );
    }
}

#[test]
fn keys_are_listed_deleted_and_cleared() {
    let server = controlled();
    let entries = json!({ "entries": [["a", 1], ["b/1", 2], ["b/2", 3], ["", 4]] });
    server.json("PUT", &at("/storage"), &entries);
    assert_eq!(
        server.get(&at("/storage?prefix=b/&reverse=true")),
        json!({ "entries": [["b/2", 3], ["b/1", 2]] })
    );
    assert_eq!(
        server.get(&at("/storage?limit=1")),
        json!({ "entries": [["", 4]] })
    );
    assert_eq!(server.get(&at("/storage/")), json!(4));
    assert_eq!(server.get(&at("/storage/b%2F1")), json!(2));
    let deleted = |path: &str| server.json("DELETE", &at(path), &Value::Null);
    assert_eq!(deleted("/storage/a"), json!({ "deleted": true }));
    assert_eq!(deleted("/storage/a"), json!({ "deleted": false }));
    assert_eq!(
        server.refused("GET", &at("/storage/a"), &Value::Null),
        (404, "key".into())
    );
    deleted("/storage");
    assert_eq!(server.get(&at("/storage")), json!({ "entries": [] }));
}

#[test]
fn room_that_lives_sees_what_is_written_at_once() {
    let server = controlled();
    server.dev.get("/parties/main/r");
    server.json("PUT", &at("/storage/k"), &json!(1));
    let read = json!({ "source": "(server, room) => room.storage.get('k')" });
    assert_eq!(
        server.json("POST", &at("/run"), &read),
        json!({ "value": 1 })
    );
    let write = json!({ "source": "(server, room, v) => room.storage.put('k', v)", "args": [{ "$bigint": "2" }] });
    server.json("POST", &at("/run"), &write);
    assert_eq!(server.get(&at("/storage/k")), json!({ "$bigint": "2" }));
}

#[test]
fn what_cannot_be_stored_says_why() {
    let server = controlled();
    for (path, body) in [
        ("/storage/k", json!({ "$nope": 1 })),
        ("/storage/k", json!({ "$ref": 7 })),
        ("/storage/k", json!({ "$undefined": true })),
        ("/storage/k", json!("x".repeat(200_000))),
        (
            "/storage",
            json!({ "entries": [["k", { "$date": "soon" }]] }),
        ),
    ] {
        let refused = server.refused("PUT", &at(path), &body);
        assert_eq!(refused, (400, "thrown".into()), "{body}");
    }
    let key = format!("/storage/{}", "k".repeat(2_049));
    assert_eq!(server.refused("PUT", &at(&key), &json!(1)).0, 400);
    assert_eq!(
        server.refused("PUT", &at("/storage"), &json!([1])),
        (400, "options".into())
    );
    assert_eq!(
        server.refused("GET", &at("/storage?perfix=a"), &Value::Null),
        (400, "options".into())
    );
    assert_eq!(server.get(&at("/storage")), json!({ "entries": [] }));
}
