//! Vector indexes: `context.vectorize` (specification, section 9.4), local where the original asks its
//! cloud.

use serde_json::{Value, json};

use crate::harness::{Dev, Project};

const RUNNER: &str = r#"
const AsyncFunction = (async () => {}).constructor;
export default class {
  constructor(readonly room) {}
  async onRequest(req) {
    const { index, far, dot } = this.room.context.vectorize;
    try {
      return Response.json((await new AsyncFunction("index", "far", "dot", await req.text())(index, far, dot)) ?? null);
    } catch (error) {
      return Response.json(`${error.name}: ${error.message}`);
    }
  }
}"#;

fn project() -> Project {
    let index = |metric: &str| json!({ "index_name": metric, "metric": metric });
    let indexes =
        json!({ "index": "by-name", "far": index("euclidean"), "dot": index("dot-product") });
    Project::inline(RUNNER).config("vectorize", indexes)
}

fn run(dev: &Dev, code: &str) -> Value {
    let response = dev.post("/parties/main/r", code);
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()
}

fn check(dev: &Dev, cases: &[(&str, Value)]) {
    for (code, expected) in cases {
        assert_eq!(run(dev, code), *expected, "{code}");
    }
}

/// Row 152.
#[test]
fn vectors_are_inserted_replaced_read_and_deleted() {
    let mut dev = project().dev();
    let cases = [
        (
            r#"return index.insert([{ id: "a", values: [1, 0.1], metadata: { k: "v" } }, { id: "b", values: new Float32Array([0, 1]), namespace: "n" }]);"#,
            json!({ "count": 2, "ids": ["a", "b"] }),
        ),
        (
            r#"return index.insert([{ id: "a", values: [9, 9] }, { id: "c", values: [1, 1] }]);"#,
            json!({ "count": 1, "ids": ["c"] }),
        ),
        (
            r#"return index.getByIds(["b", "gone", "a"]);"#,
            json!([{ "id": "b", "values": [0, 1], "namespace": "n" }, { "id": "a", "values": [1, 0.1], "metadata": { "k": "v" } }]),
        ),
        (
            r#"async function* more() { yield { id: "c", values: [2, 2] }; } return index.upsert(more());"#,
            json!({ "count": 1, "ids": ["c"] }),
        ),
        (
            r#"return index.deleteByIds(["b", "gone"]);"#,
            json!({ "count": 1, "ids": ["b"] }),
        ),
        (
            r#"return index.describe();"#,
            json!({ "id": "by-name", "name": "by-name", "config": { "dimensions": 2, "metric": "cosine" }, "vectorsCount": 2 }),
        ),
    ];
    check(&dev, &cases);
    dev.restart();
    check(
        &dev,
        &[(
            r#"return (await index.getByIds(["c"]))[0].values;"#,
            json!([2, 2]),
        )],
    );
}

/// Row 152.
#[test]
fn search_gives_the_most_similar_first_in_each_metric() {
    let dev = project().dev();
    let fill = r#"for (const i of [index, far, dot]) await i.insert([{ id: "x", values: [1, 0] }, { id: "y", values: [0, 5] }, { id: "xy", values: [3, 3] }, { id: "-x", values: [-1, 0] }]);"#;
    run(&dev, fill);
    let ids = |of: &str| {
        format!(
            r#"return (await {of}.query([1, 0], {{ topK: 4 }})).matches.map((m) => [m.id, Math.round(m.score * 1000)]);"#
        )
    };
    assert_eq!(
        run(&dev, &ids("index")),
        json!([["x", 1000], ["xy", 707], ["y", 0], ["-x", -1000]])
    );
    assert_eq!(
        run(&dev, &ids("far")),
        json!([["x", 0], ["-x", 2000], ["xy", 3606], ["y", 5099]])
    );
    assert_eq!(
        run(&dev, &ids("dot")),
        json!([["xy", -3000], ["x", -1000], ["y", 0], ["-x", 1000]])
    );
    let three = "return (await index.query([1, 0])).count;";
    assert_eq!(run(&dev, three), 3);
}

/// Row 152.
#[test]
fn search_is_narrowed_by_namespace_and_filter() {
    let dev = project().dev();
    let cases = [
        (
            r#"return (await index.insert([{ id: "1", values: [1], namespace: "n", metadata: { kind: "cat", age: 3 } }, { id: "2", values: [1], metadata: { kind: "dog", age: 5 } },
              { id: "3", values: [1], metadata: { kind: "cow", owner: { name: "Ann" } } }])).count;"#,
            json!(3),
        ),
        (
            r#"const { matches } = await index.query([1], { namespace: "n", returnValues: true, returnMetadata: true }); return matches;"#,
            json!([{ "id": "1", "score": 1, "values": [1], "namespace": "n", "metadata": { "kind": "cat", "age": 3 } }]),
        ),
        (
            r#"const q = async (filter) => (await index.query([1], { filter })).matches.map((m) => m.id).join();
            return [await q({ kind: "dog" }), await q({ kind: { $ne: "dog" } }), await q({ age: { $gte: 3 } }), await q({ "owner.name": "Ann" }), await q({ kind: { $in: ["cat", "cow"] } })];"#,
            json!(["2", "1,3", "1,2", "3", "1,3"]),
        ),
        (
            r#"return index.query([1], { filter: { kind: { $near: "cat" } } });"#,
            json!(
                "Error: A filter has no operator of this name, known are $eq, $ne, $in, $nin, $lt, $lte, $gt and $gte: `$near`"
            ),
        ),
    ];
    check(&dev, &cases);
}

/// Row 152.
#[test]
fn what_does_not_fit_an_index_is_named() {
    let dev = project().dev();
    let cases = [
        (
            r#"await index.insert([{ id: "a", values: [1, 2, 3] }]); return index.insert([{ id: "ok", values: [1, 2, 3] }, { id: "b", values: [1] }]);"#,
            json!("Error: Vectors of the index `by-name` have 3 values, the vector `b` has: 1"),
        ),
        (r#"return (await index.describe()).vectorsCount;"#, json!(1)),
        (
            r#"return index.query([1, 2]);"#,
            json!(
                "Error: Vectors of the index `by-name` have 3 values, the one to search for has: 2"
            ),
        ),
        (
            r#"return index.insert([{ id: "c", values: [1, NaN, 2] }]);"#,
            json!(
                "TypeError: Vector values must be an array of 1 to 1536 finite numbers, got: NaN"
            ),
        ),
        (
            r#"return index.insert([{ id: "c", values: new DataView(new ArrayBuffer(4)) }]);"#,
            json!(
                "TypeError: Vector values must be an array of 1 to 1536 finite numbers, got: an array of 4"
            ),
        ),
        (
            r#"return index.insert([{ values: [1] }]);"#,
            json!("TypeError: Vector id must be a string of 1 to 64 bytes, got: undefined"),
        ),
        (
            r#"return index.query([1, 2, 3], { topK: 1000 });"#,
            json!("RangeError: topK must be a whole number from 1 to 100, got: 1000"),
        ),
    ];
    check(&dev, &cases);
}
