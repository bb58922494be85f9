//! The fields of `partykit.json` as data (specification 9.4): name and shape. Owns no checking (that is `check`) and no meaning (that is `config`).

/// What a value must look like.
pub enum Shape {
    Any,
    Text,
    Number,
    Null,
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
    /// A value that has no effect here: a wrong one stops nobody.
    Unread(&'static Shape),
    Either(&'static [Shape]),
}

impl Shape {
    /// The fields of the objects that a value of this shape can be, or be made of.
    pub fn objects(&self) -> Vec<&'static [Field]> {
        match self {
            Shape::Object(fields) | Shape::Open(fields) => vec![*fields],
            Shape::Unread(shape) => shape.objects(),
            Shape::Either(shapes) => shapes.iter().flat_map(Shape::objects).collect(),
            _ => Vec::new(),
        }
    }
}

pub struct Field {
    pub key: &'static str,
    pub shape: Shape,
    /// Whether the original refuses an object without it.
    pub is_required: bool,
}

const fn field(key: &'static str, shape: Shape) -> Field {
    Field {
        key,
        shape,
        is_required: false,
    }
}

const fn required(key: &'static str, shape: Shape) -> Field {
    Field {
        key,
        shape,
        is_required: true,
    }
}

/// The fields at the top of the file.
pub fn fields() -> &'static [Field] {
    match ROOT {
        Shape::Object(fields) => fields,
        _ => unreachable!("the root is an object"),
    }
}

const TEXTS: Shape = Shape::Record(&Shape::Text);
const TEXT_OR_LIST: Shape = Shape::Either(&[Shape::Text, Shape::List(&Shape::Text)]);

/// The whole file. The original is strict here and in `build`, and passes over what it does not know in
/// the other objects. `allowedHosts` and `dev` are ours.
pub const ROOT: Shape = Shape::Object(&[
    field("$schema", Shape::Text),
    field("name", Shape::Text),
    field("team", Shape::Text),
    field("main", Shape::Text),
    field("port", Shape::Port),
    field("allowedHosts", TEXT_OR_LIST),
    field("dev", DEV),
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
    field("domain", Shape::Unread(&Shape::Text)),
    field("logpush", Shape::Unread(&Shape::Flag)),
    field("tailConsumers", Shape::Unread(&Shape::List(&Shape::Text))),
    field("analytics", Shape::Unread(&Shape::Text)),
    field("placement", Shape::Unread(&PLACEMENT)),
    field("observability", Shape::Unread(&OBSERVABILITY)),
]);

const DEV: Shape = Shape::Object(&[field("keepSockets", Shape::Flag)]);

const PLACEMENT: Shape = Shape::Open(&[required("mode", Shape::Word(&["smart"]))]);

const OBSERVABILITY: Shape = Shape::Open(&[
    field("enabled", Shape::Flag),
    field("head_sampling_rate", Shape::Number),
]);

/// How long caches of the original's cloud keep a file.
const SECONDS: Shape = Shape::Unread(&Shape::Either(&[Shape::Number, Shape::Null]));

const SERVE: Shape = Shape::Open(&[
    field("path", Shape::Text),
    field("build", Shape::Either(&[Shape::Text, CLIENT_BUILD])),
    field("include", Shape::Any),
    field("exclude", Shape::Any),
    field("browserTTL", SECONDS),
    field("edgeTTL", SECONDS),
    field("singlePageApp", Shape::Flag),
]);

const CLIENT_BUILD: Shape = Shape::Open(&[
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
    required("index_name", Shape::Text),
    field("dimensions", Shape::Dimensions),
    field(
        "metric",
        Shape::Word(&["cosine", "euclidean", "dot-product"]),
    ),
    field("preset", Shape::Text),
]);

const BINDINGS: Shape = Shape::Open(&[field("r2", TEXTS), field("kv", TEXTS)]);
