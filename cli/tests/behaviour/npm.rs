//! Packages installed from npm.

use serde_json::json;

use crate::harness::{Dev, Project, ROOM, install_packages};

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

/// Row 208. What each package of `fixtures/packages` gives when it is used.
#[test]
fn popular_packages_work() {
    install_packages("packages");
    let dev = Dev::fixture("packages");
    let joined = json!({ "type": "join", "name": "ada" });
    let moved = json!({ "type": "move", "to": [1, 2] });
    let refused = json!([["too_small", ["name"]]]);
    let zod = json!([joined, moved, false, refused]);
    let players = json!([{ "name": "ada", "score": 2 }, { "name": "grace", "score": 0 }]);
    let expected = [
        (
            "@msgpack/msgpack",
            json!([true, "1970-01-01T00:00:00.000Z", [1, -1, 2.5], [1, 2]]),
        ),
        (
            "@supabase/supabase-js",
            json!([[{ "id": 7 }], null, "GET http://supabase.test/rest/v1/scores?select=id&room=eq.a+b&limit=1", "key"]),
        ),
        (
            "ai",
            json!(["[Hello][, party]", "function", "fine in Bonn"]),
        ),
        ("date-fns", json!(["2024-03-01", "Freitag", "2 days"])),
        (
            "drizzle-orm",
            json!([
                [{ "name": "ada", "score": 12 }],
                "select \"name\", \"score\" + 2 from \"players\" where (\"players\".\"name\" = $1 and \"players\".\"score\" > $2)",
                ["ada", 3]
            ]),
        ),
        (
            "hono",
            json!([{ "id": "12", "q": "x" }, "*", 401, "ada", 404]),
        ),
        (
            "immer",
            json!([{ "players": players, "round": { "turn": 0 } }, 1, true, 2, true]),
        ),
        (
            "itty-router",
            json!([{ "id": "7", "query": { "full": "yes" } }, 404, { "status": 404, "error": "No such room" }]),
        ),
        ("jose", json!(["lobby", "ada", true])),
        (
            "lodash",
            json!([[[1, 2], [3]], { "a": { "b": 1, "c": 2 } }, [2, 4, 6], "hi ada", { "odd": [1, 3], "even": [2] }]),
        ),
        ("lodash.debounce", json!([3])),
        (
            "msgpackr",
            json!([[{ "x": 1.5, "y": -2 }], [1], "1099511627776"]),
        ),
        ("nanoid", json!([21, true, 5])),
        (
            "openai",
            json!([
                "Hello",
                true,
                404,
                "model_not_found",
                [
                    "POST https://api.openai.com/v1/chat/completions",
                    "Bearer key"
                ]
            ]),
        ),
        ("postgres", json!([true, ["127.0.0.1"], [1], "db"])),
        (
            "react-dom",
            json!(["<p class=\"a\"><i>1</i><i>2</i></p>", true, true]),
        ),
        ("remeda", json!({ "a": 4, "b": 5 })),
        (
            "superjson",
            json!(["1970-01-01T00:00:00.000Z", "1", true, "x.test", ["Date"]]),
        ),
        (
            "uuid",
            json!([
                true,
                7,
                "dc71abe7-e6a7-5bac-888f-a73b2f3bb82f",
                "273ada6e-1760-5c66-b247-49ab05abbed9"
            ]),
        ),
        (
            "valibot",
            json!([{ "x": 1, "kind": "walk", "to": "here" }, false, ["x", "kind"]]),
        ),
        ("xstate", json!([{ "laps": 1 }, "done", ["racing", "done"]])),
        ("yjs", json!([true, 8, { "k": [1, { "deep": true }] }])),
        ("zod", zod.clone()),
        ("zod3", zod),
    ];
    let listed = dev.get(ROOM).json();
    let names: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
    assert_eq!(listed, json!(names), "every use is tried");
    for (name, answer) in expected {
        assert_eq!(dev.json(&format!("{ROOM}?use={name}")), answer, "{name}");
    }
}

/// Rows 205, 208, 209.
#[test]
fn a_workspace_of_a_monorepo_finds_its_siblings() {
    install_packages("monorepo");
    let dev = Project::fixture("monorepo").folder("apps/party").dev();
    let expected = json!([{ "name": "ace" }, "LOBBY!", "hello ada", "1.2.3", "hello grace"]);
    assert_eq!(dev.json("/parties/main/lobby"), expected);
}

/// Row 208.
#[test]
fn packages_linked_as_pnpm_does_are_one_copy() {
    let dev = Project::inline(
        "import { name } from 'one';\nimport two from 'two';\nimport state from 'state';\n\
         export default class { onRequest() { return Response.json([name, two, state.count]) } }",
    )
    .file(
        "node_modules/.pnpm/one@1.0.0/node_modules/one/package.json",
        r#"{ "main": "./lib/index" }"#,
    )
    .file(
        "node_modules/.pnpm/one@1.0.0/node_modules/one/lib/index.js",
        "exports.name = 'one'; require('state').count++;",
    )
    .file(
        "node_modules/.pnpm/two@2.0.0/node_modules/two/package.json",
        r#"{ "module": "./es.js", "type": "module" }"#,
    )
    .file(
        "node_modules/.pnpm/two@2.0.0/node_modules/two/es.js",
        "import state from 'state'; export default 'two'; state.count++;",
    )
    .file(
        "node_modules/.pnpm/state@1.0.0/node_modules/state/index.js",
        "exports.count = 0;",
    )
    .link(
        "node_modules/one",
        "node_modules/.pnpm/one@1.0.0/node_modules/one",
    )
    .link(
        "node_modules/two",
        "node_modules/.pnpm/two@2.0.0/node_modules/two",
    )
    .link(
        "node_modules/state",
        "node_modules/.pnpm/state@1.0.0/node_modules/state",
    )
    .link(
        "node_modules/.pnpm/one@1.0.0/node_modules/state",
        "node_modules/.pnpm/state@1.0.0/node_modules/state",
    )
    .link(
        "node_modules/.pnpm/two@2.0.0/node_modules/state",
        "node_modules/.pnpm/state@1.0.0/node_modules/state",
    )
    .dev();
    assert_eq!(dev.json(ROOM), json!(["one", "two", 2]));
}
