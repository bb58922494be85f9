//! HTMLRewriter: what JavaScript and the rewriter say to each other, one step at a time. The rewriter
//! itself is the implementor's of [`HtmlEngine`].

use std::cell::RefCell;
use std::rc::Rc;

use deno_core::GarbageCollected;
use deno_core::JsBuffer;
use deno_core::OpState;
use deno_core::ToJsBuffer;
use deno_core::op2;
use deno_core::serde::Deserialize;
use deno_core::serde::Serialize;
use deno_core::v8;
use deno_error::JsErrorBox;

use crate::message::LocalFuture;

/// What a project's HTMLRewriter listens to, in the order of its `on` and `onDocument` calls.
#[derive(Deserialize)]
#[serde(crate = "deno_core::serde")]
pub struct HtmlListener {
    /// A CSS selector; `None` for the document's own content.
    pub selector: Option<String>,
    #[serde(default)]
    pub element: bool,
    #[serde(default)]
    pub comments: bool,
    #[serde(default)]
    pub text: bool,
    #[serde(default)]
    pub doctype: bool,
    #[serde(default)]
    pub end: bool,
}

/// A piece of the document that a listener shall look at.
#[derive(Default, Serialize)]
#[serde(crate = "deno_core::serde", rename_all = "camelCase")]
pub struct HtmlEvent {
    /// `element`, `comments`, `text`, `doctype`, `end` or `endTag`.
    pub kind: &'static str,
    /// Position of the listener; for `endTag` the number that JavaScript chose.
    pub listener: u32,
    /// Tag name, or name of the doctype.
    pub name: Option<String>,
    pub namespace: Option<String>,
    pub attributes: Vec<(String, String)>,
    pub has_end_tag: bool,
    pub text: Option<String>,
    pub last_in_text_node: bool,
    pub public_id: Option<String>,
    pub system_id: Option<String>,
    pub removed: bool,
}

/// What a listener did with the piece, in its order.
#[derive(Debug, Deserialize)]
#[serde(crate = "deno_core::serde", tag = "do", rename_all = "camelCase")]
pub enum HtmlChange {
    Before { content: String, html: bool },
    After { content: String, html: bool },
    Prepend { content: String, html: bool },
    Append { content: String, html: bool },
    Replace { content: String, html: bool },
    SetInnerContent { content: String, html: bool },
    Remove,
    RemoveAndKeepContent,
    SetAttribute { name: String, value: String },
    RemoveAttribute { name: String },
    SetName { name: String },
    SetText { text: String },
    OnEndTag { listener: u32 },
}

/// What the rewriter is told.
pub enum HtmlInput {
    Chunk(Vec<u8>),
    End,
    /// The answer to an event.
    Handled(Vec<HtmlChange>),
}

/// What it says to it.
pub enum HtmlStep {
    Event(HtmlEvent),
    /// The input is used up; what came of it so far.
    Output(Vec<u8>),
    Failed(String),
}

/// A document that is being rewritten. Dropping it gives the rest up.
pub trait HtmlRewrite {
    fn step(&self, input: HtmlInput) -> LocalFuture<HtmlStep>;
}

/// What rewrites documents.
pub trait HtmlEngine {
    /// Starts to rewrite a document; `encoding` is a label of the Encoding Standard.
    fn rewrite_html(
        &self,
        listeners: Vec<HtmlListener>,
        encoding: &str,
    ) -> Result<Rc<dyn HtmlRewrite>, String>;
}

pub type SharedHtmlEngine = Rc<dyn HtmlEngine>;

/// A rewriter as JavaScript holds it; empty once the document is given up.
pub struct Rewriter(RefCell<Option<Rc<dyn HtmlRewrite>>>);

impl Rewriter {
    fn step(&self, input: HtmlInput) -> LocalFuture<HtmlStep> {
        match &*self.0.borrow() {
            Some(rewrite) => rewrite.step(input),
            None => {
                let over = HtmlStep::Failed("The document was abandoned".to_owned());
                Box::pin(std::future::ready(over))
            }
        }
    }
}

// SAFETY: holds no V8 handles, so there is nothing to trace.
unsafe impl GarbageCollected for Rewriter {
    fn trace(&self, _visitor: &mut v8::cppgc::Visitor) {}

    fn get_name(&self) -> &'static std::ffi::CStr {
        c"HtmlRewrite"
    }
}

#[op2]
#[cppgc]
pub fn op_pr_html_open(
    state: &OpState,
    #[serde] listeners: Vec<HtmlListener>,
    #[string] encoding: String,
) -> Result<Rewriter, JsErrorBox> {
    let rewrite = state
        .borrow::<SharedHtmlEngine>()
        .rewrite_html(listeners, &encoding);
    match rewrite {
        Ok(rewrite) => Ok(Rewriter(RefCell::new(Some(rewrite)))),
        Err(why) => Err(JsErrorBox::type_error(why)),
    }
}

/// Gives the document up: what runs it need not wait for the garbage collector.
#[op2(fast)]
pub fn op_pr_html_close(#[cppgc] rewriter: &Rewriter) {
    rewriter.0.take();
}

/// Refuses what is no CSS selector, when it is given and not when it is used.
#[op2(fast)]
pub fn op_pr_html_check_selector(#[string] selector: &str) -> Result<(), JsErrorBox> {
    let refused = |why: String| JsErrorBox::type_error(format!("Parser error: {why}"));
    crate::selector::longest(selector).map_err(refused)?;
    let parsed: Result<lol_html::Selector, _> = selector.parse();
    parsed.map(drop).map_err(|error| refused(error.to_string()))
}

/// An [`HtmlStep`] for JavaScript: one of the fields is set.
#[derive(Serialize)]
#[serde(crate = "deno_core::serde")]
pub struct Answer {
    event: Option<HtmlEvent>,
    output: Option<ToJsBuffer>,
}

fn answer(step: HtmlStep) -> Result<Answer, JsErrorBox> {
    match step {
        HtmlStep::Event(event) => Ok(Answer {
            event: Some(event),
            output: None,
        }),
        HtmlStep::Output(bytes) => Ok(Answer {
            event: None,
            output: Some(bytes.into()),
        }),
        HtmlStep::Failed(why) => Err(JsErrorBox::type_error(why)),
    }
}

/// Feeds the rewriter; null ends the document.
#[op2]
#[serde]
pub async fn op_pr_html_write(
    #[cppgc] rewriter: &Rewriter,
    #[buffer] chunk: Option<JsBuffer>,
) -> Result<Answer, JsErrorBox> {
    let input = match chunk {
        Some(chunk) => HtmlInput::Chunk(chunk.to_vec()),
        None => HtmlInput::End,
    };
    let step = rewriter.step(input);
    answer(step.await)
}

/// Answers an event.
#[op2]
#[serde]
pub async fn op_pr_html_handled(
    #[cppgc] rewriter: &Rewriter,
    #[serde] changes: Vec<HtmlChange>,
) -> Result<Answer, JsErrorBox> {
    let step = rewriter.step(HtmlInput::Handled(changes));
    answer(step.await)
}
