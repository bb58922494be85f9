//! `context.ai` and `lobby.ai`, as `partykit-ai` from npm uses them (specification, section 9.4).

use serde_json::json;

use crate::harness::{Dev, Project, ROOM, install_packages};

fn project() -> Project {
    install_packages("ai");
    Project::fixture("ai").env("NO_PROXY", "127.0.0.1")
}

/// What an OpenAI-compatible server answers, in so far as it is asked here.
const MODEL_SERVER: &str = r#"
export default class {
  static async onFetch(req) {
    const { pathname } = new URL(req.url);
    const body = await req.json();
    if (req.headers.get("authorization") !== "Bearer secret") return new Response("who are you", { status: 401 });
    if (pathname === "/v1/embeddings") {
      return Response.json({ data: body.input.map((text, index) => ({ index, embedding: [text.length, body.model === "small" ? 1 : 0] })) });
    }
    const said = `${body.model}/${body.max_tokens} heard ${body.messages.map((m) => `${m.role}: ${m.content}`).join("; ")}`;
    if (!body.stream) return Response.json({ choices: [{ message: { role: "assistant", content: said } }] });
    const events = said.split(" ").map((content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`);
    return new Response(events.join("") + "data: [DONE]\n\n", { headers: { "content-type": "text/event-stream" } });
  }
}"#;

/// Row 152.
#[test]
fn partykit_ai_asks_an_openai_compatible_server() {
    let models = Dev::inline(MODEL_SERVER);
    let dev = project()
        .file(
            ".env",
            "PARTYRUN_AI_KEY=secret\nPARTYRUN_AI_EMBEDDING_MODEL=small\n",
        )
        .env("PARTYRUN_AI_URL", &format!("http://{}/v1/", models.host()))
        .env("PARTYRUN_AI_MODEL", "llama")
        .dev();
    let said = json!({ "response": "llama/256 heard user: hi" });
    assert_eq!(dev.post(ROOM, "hi").json(), said);
    assert_eq!(dev.post(&format!("{ROOM}?as=prompt"), "hi").json(), said);
    assert_eq!(dev.post("/anywhere", "hi").json(), said);
    let embedding = dev.post(&format!("{ROOM}?as=embedding"), "four").json();
    assert_eq!(embedding, json!({ "shape": [1, 2], "data": [[4, 1]] }));
    let stream = dev.post(&format!("{ROOM}?as=stream"), "hi").text();
    let words = ["llama/256", "heard", "user:", "hi"];
    let events = words.map(|word| format!("data: {{\"response\":\"{word}\"}}\n\n"));
    assert_eq!(stream, format!("{}data: [DONE]\n\n", events.concat()));
}

/// Row 152.
#[test]
fn server_that_refuses_or_is_not_there_is_an_error_that_says_so() {
    let models = Dev::inline(MODEL_SERVER);
    let url = format!("http://{}/v1", models.host());
    let dev = project().env("PARTYRUN_AI_URL", &url).dev();
    let refused = dev.post(ROOM, "hi");
    assert_eq!(refused.status, 500);
    assert_eq!(
        refused.text(),
        format!("The model server refused, {url}/chat/completions: 401 who are you")
    );
    drop(models);
    let gone = dev.post(ROOM, "hi").text();
    assert!(
        gone.starts_with(&format!("The model server cannot be reached: {url}")),
        "{gone}"
    );
}

/// Row 152.
#[test]
fn script_replies_in_place_of_a_model() {
    let dev = project().env("PARTYRUN_AI_SCRIPT", "replies.json").dev();
    assert_eq!(
        dev.post(ROOM, "How is the weather?").json(),
        json!({ "response": "It is sunny." })
    );
    let stream = dev.post(&format!("{ROOM}?as=stream"), "the weather").text();
    assert!(
        stream.contains("data: {\"response\":\" is\"}\n\n"),
        "{stream}"
    );
    assert!(stream.ends_with("data: [DONE]\n\n"), "{stream}");
    let embedding = dev.post(&format!("{ROOM}?as=embedding"), "x").json();
    assert_eq!(embedding["data"], json!([[0.1, 0.2, 0.3]]));
    assert_eq!(
        dev.post(ROOM, "out of order").text(),
        "The model is out of order"
    );
    let unknown = dev.post(ROOM, "something else").text();
    assert!(
        unknown.starts_with("The script has no reply for the model"),
        "{unknown}"
    );
}

/// Row 152.
#[test]
fn gateway_of_the_configuration_is_passed_on_as_it_is() {
    let source = "export default class {
  constructor(readonly room) {}
  onRequest() { return Response.json(this.room.context.ai); }
}";
    let gateway = json!({ "apiGateway": "http://gateway", "apiToken": "t" });
    let dev = Project::inline(source).config("ai", gateway.clone()).dev();
    assert_eq!(dev.json(ROOM), gateway);
}

/// Row 152.
#[test]
fn without_a_model_ai_is_undefined_and_the_first_look_is_told() {
    let source = "export default class {
  constructor(readonly room) {}
  onRequest() { return Response.json([typeof this.room.context.ai, Object.keys(this.room.context)]); }
}";
    let dev = Project::inline(source).config("ai", json!(true)).dev();
    let answer = json!([
        "undefined",
        ["parties", "vectorize", "ai", "assets", "bindings"]
    ]);
    assert_eq!(dev.json(ROOM), answer);
    assert_eq!(dev.json("/parties/main/other"), answer);
    dev.prints("`context.ai` is undefined");
    assert_eq!(dev.stderr().matches("PARTYRUN_AI_URL").count(), 1);
}
