//! The fields of `partykit.json` as data (specification 9.4): name and shape. Owns no checking (that is `check`) and no meaning (that is `config`).

/// What a value must look like.
pub enum Shape {
    Any,
    Text,
    /// A whole number from 0 to 65535.
    Port,
    /// A whole number from 1 to 1536.
    Dimensions,
    Flag,
    /// Text out of a fixed list.
    Word(&'static [&'static str]),
    List(&'static Shape),
    Record(&'static Shape),
    Object(&'static [Field]),
    /// An object that may have other fields besides, which nothing reads.
    Open(&'static [Field]),
    Either(&'static [Shape]),
}

pub struct Field {
    pub key: &'static str,
    pub shape: Shape,
}

const fn field(key: &'static str, shape: Shape) -> Field {
    Field { key, shape }
}

const TEXTS: Shape = Shape::Record(&Shape::Text);
const TEXT_OR_LIST: Shape = Shape::Either(&[Shape::Text, Shape::List(&Shape::Text)]);

/// The whole file.
pub const ROOT: Shape = Shape::Object(&[
    field("$schema", Shape::Text),
    field("name", Shape::Text),
    field("team", Shape::Text),
    field("main", Shape::Text),
    field("port", Shape::Port),
    field("preview", Shape::Text),
    field("crons", TEXTS),
    field("serve", Shape::Either(&[Shape::Text, SERVE])),
    field("persist", Shape::Either(&[Shape::Flag, Shape::Text])),
    field("vars", Shape::Record(&Shape::Any)),
    field("define", TEXTS),
    field("parties", TEXTS),
    field("build", BUILD),
    field("compatibilityDate", Shape::Text),
    field("compatibilityFlags", Shape::List(&Shape::Text)),
    field("minify", Shape::Flag),
    field("ai", Shape::Either(&[Shape::Flag, AI])),
    field(
        "vectorize",
        Shape::Record(&Shape::Either(&[Shape::Text, VECTORIZE_INDEX])),
    ),
    field("bindings", BINDINGS),
    field("domain", Shape::Any),
    field("logpush", Shape::Any),
    field("tailConsumers", Shape::Any),
    field("analytics", Shape::Any),
    field("placement", Shape::Any),
    field("observability", Shape::Any),
]);

const SERVE: Shape = Shape::Object(&[
    field("path", Shape::Text),
    field("build", Shape::Either(&[Shape::Text, CLIENT_BUILD])),
    field("include", Shape::Any),
    field("exclude", Shape::Any),
    field("browserTTL", Shape::Any),
    field("edgeTTL", Shape::Any),
    field("singlePageApp", Shape::Flag),
]);

const CLIENT_BUILD: Shape = Shape::Object(&[
    field("entry", TEXT_OR_LIST),
    field("bundle", Shape::Flag),
    field("splitting", Shape::Flag),
    field("external", Shape::List(&Shape::Text)),
    field("outdir", Shape::Text),
    field("minify", Shape::Flag),
    field("alias", TEXTS),
    field("format", Shape::Word(&["esm", "cjs", "iife"])),
    field("live", Shape::Flag),
    field("sourcemap", Shape::Flag),
    field("define", TEXTS),
    field(
        "loader",
        Shape::Record(&Shape::Word(&[
            "base64",
            "binary",
            "copy",
            "css",
            "dataurl",
            "default",
            "empty",
            "file",
            "js",
            "json",
            "jsx",
            "local-css",
            "text",
            "ts",
            "tsx",
        ])),
    ),
]);

const BUILD: Shape = Shape::Object(&[
    field("command", Shape::Text),
    field("cwd", Shape::Text),
    field("watch", TEXT_OR_LIST),
    field("alias", TEXTS),
]);

/// `url`, `model` and `embeddingModel` are ours, for an OpenAI-compatible server.
const AI: Shape = Shape::Open(&[
    field("apiGateway", Shape::Text),
    field("apiToken", Shape::Text),
    field("apiAccount", Shape::Text),
    field("url", Shape::Text),
    field("model", Shape::Text),
    field("embeddingModel", Shape::Text),
]);

/// All but the name are ours: the original asks its cloud.
const VECTORIZE_INDEX: Shape = Shape::Open(&[
    field("index_name", Shape::Text),
    field("dimensions", Shape::Dimensions),
    field(
        "metric",
        Shape::Word(&["cosine", "euclidean", "dot-product"]),
    ),
    field("preset", Shape::Text),
]);

const BINDINGS: Shape = Shape::Open(&[field("r2", TEXTS), field("kv", TEXTS)]);
