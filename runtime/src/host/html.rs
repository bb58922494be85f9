//! Rewriting of HTML, on a thread of its own for each document: lol_html calls its listeners from
//! the middle of its work, and those of user code may be asynchronous. The thread waits for them
//! there; the isolate never waits for the thread.
//!
//! The two speak in turns: each input has one step as its answer. The thread ends with the document,
//! or when the isolate drops its end.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Builder;

use lol_html::html_content::{Comment, ContentType, Doctype, DocumentEnd, EndTag, TextChunk};
use lol_html::send::{DocumentContentHandlers, Element, ElementContentHandlers, Settings};
use lol_html::{AsciiCompatibleEncoding, HandlerResult, HtmlRewriter, MemorySettings, Selector};
use partyrun_ops::html::{HtmlChange, HtmlEvent, HtmlInput, HtmlListener, HtmlRewrite, HtmlStep};
use partyrun_ops::message::LocalFuture;
use tokio::sync::{Mutex, mpsc};

use crate::memory::Account;

/// Memory that one document may need at once, for its longest tag above all.
const MAX_MEMORY: usize = 16 << 20;
const STACK_BYTES: usize = 512 << 10;
/// What one combinator of a selector takes of it: the rewriter's program of selectors is a tree.
const COMBINATOR_BYTES: usize = 4 << 10;
/// Documents that the process rewrites at a time.
const MAX_DOCUMENTS: usize = 256;

static DOCUMENTS: AtomicUsize = AtomicUsize::new(0);

/// Counts a document while its thread lives.
struct Counted;

impl Counted {
    fn one_more() -> Result<Counted, String> {
        if DOCUMENTS.fetch_add(1, Ordering::Relaxed) >= MAX_DOCUMENTS {
            DOCUMENTS.fetch_sub(1, Ordering::Relaxed);
            return Err(format!(
                "Too many HTML documents are being rewritten at once, most allowed: {MAX_DOCUMENTS}"
            ));
        }
        Ok(Counted)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        DOCUMENTS.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Rewrite {
    inputs: Sender<HtmlInput>,
    steps: Rc<Mutex<mpsc::UnboundedReceiver<HtmlStep>>>,
}

impl HtmlRewrite for Rewrite {
    fn step(&self, input: HtmlInput) -> LocalFuture<HtmlStep> {
        let sent = self.inputs.send(input);
        let steps = self.steps.clone();
        Box::pin(async move {
            let over = || HtmlStep::Failed("The document has ended".to_owned());
            if sent.is_err() {
                return over();
            }
            steps.lock().await.recv().await.unwrap_or_else(over)
        })
    }
}

/// Starts to rewrite a document in `encoding` (a label; UTF-8 when unknown).
///
/// # Errors
/// When too many are being rewritten, a selector is none, or the system refuses a thread.
pub fn open(listeners: Vec<HtmlListener>, encoding: &str) -> Result<Rc<dyn HtmlRewrite>, String> {
    let counted = Counted::one_more()?;
    let mut combinators = 0;
    for listener in &listeners {
        let list = listener.selector.as_deref().unwrap_or_default();
        let longest = partyrun_ops::selector::longest(list);
        combinators = longest
            .map_err(|error| format!("Parser error: {error}"))?
            .max(combinators);
    }
    let selectors = listeners.iter().map(|listener| match &listener.selector {
        Some(selector) => selector.parse::<Selector>().map(Some),
        None => Ok(None),
    });
    let selectors: Result<Vec<_>, _> = selectors.collect();
    let selectors = selectors.map_err(|error| format!("Parser error: {error}"))?;
    let encoding = encoding_rs::Encoding::for_label(encoding.as_bytes())
        .and_then(AsciiCompatibleEncoding::new)
        .unwrap_or_else(AsciiCompatibleEncoding::utf_8);
    let (inputs, received) = channel();
    let (steps, taken) = mpsc::unbounded_channel();
    let dialogue = Dialogue { received, steps };
    let account = Account::current();
    Builder::new()
        .name("partyrun-html".to_owned())
        .stack_size(STACK_BYTES + combinators * COMBINATOR_BYTES)
        .spawn(move || {
            let _counted = counted;
            let _entered = account.map(Account::enter);
            run(dialogue, listeners, selectors, encoding);
        })
        .map_err(|error| format!("Cannot start a thread for HTMLRewriter: {error}"))?;
    Ok(Rc::new(Rewrite {
        inputs,
        steps: Rc::new(Mutex::new(taken)),
    }))
}

/// The thread's end of the conversation.
struct Dialogue {
    received: Receiver<HtmlInput>,
    steps: mpsc::UnboundedSender<HtmlStep>,
}

/// The isolate has dropped its end.
#[derive(Debug, thiserror::Error)]
#[error("The document was given up")]
struct GivenUp;

impl Dialogue {
    fn ask(&self, event: HtmlEvent) -> Result<Vec<HtmlChange>, GivenUp> {
        self.steps
            .send(HtmlStep::Event(event))
            .map_err(|_| GivenUp)?;
        match self.received.recv() {
            Ok(HtmlInput::Handled(changes)) => Ok(changes),
            Ok(HtmlInput::Chunk(_) | HtmlInput::End) | Err(_) => Err(GivenUp),
        }
    }
}

type Shared = Arc<std::sync::Mutex<Dialogue>>;

fn ask(dialogue: &Shared, event: HtmlEvent) -> Result<Vec<HtmlChange>, GivenUp> {
    dialogue
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .ask(event)
}

fn run(
    dialogue: Dialogue,
    listeners: Vec<HtmlListener>,
    selectors: Vec<Option<Selector>>,
    encoding: AsciiCompatibleEncoding,
) {
    let dialogue: Shared = Arc::new(std::sync::Mutex::new(dialogue));
    let output = Rc::new(RefCell::new(Vec::new()));
    let mut settings = Settings {
        encoding,
        memory_settings: MemorySettings {
            max_allowed_memory_usage: MAX_MEMORY,
            ..MemorySettings::new()
        },
        ..Settings::new_send()
    };
    for (index, (listener, selector)) in (0..).zip(listeners.iter().zip(selectors)) {
        match selector {
            Some(selector) => settings.element_content_handlers.push((
                std::borrow::Cow::Owned(selector),
                element_handlers(&dialogue, listener, index),
            )),
            None => settings
                .document_content_handlers
                .push(document_handlers(&dialogue, listener, index)),
        }
    }
    let sink = {
        let output = output.clone();
        move |chunk: &[u8]| output.borrow_mut().extend_from_slice(chunk)
    };
    let mut rewriter = Some(HtmlRewriter::new(settings, sink));
    loop {
        let input = {
            let dialogue = dialogue
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            dialogue.received.recv()
        };
        let (done, last) = match input {
            Ok(HtmlInput::Chunk(chunk)) => match &mut rewriter {
                Some(rewriter) => (rewriter.write(&chunk), false),
                None => return,
            },
            Ok(HtmlInput::End) => match rewriter.take() {
                Some(rewriter) => (rewriter.end(), true),
                None => return,
            },
            Ok(HtmlInput::Handled(_)) | Err(_) => return,
        };
        let last = last || done.is_err();
        let step = match done {
            Ok(()) => HtmlStep::Output(output.take()),
            Err(error) => HtmlStep::Failed(format!("Parser error: {error}")),
        };
        let dialogue = dialogue
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if dialogue.steps.send(step).is_err() || last {
            return;
        }
    }
}

fn element_handlers(
    dialogue: &Shared,
    listener: &HtmlListener,
    index: u32,
) -> ElementContentHandlers<'static> {
    let mut handlers = ElementContentHandlers::default();
    if listener.element {
        let dialogue = dialogue.clone();
        handlers = handlers
            .element(move |element: &mut Element<'_, '_>| on_element(&dialogue, index, element));
    }
    if listener.comments {
        let dialogue = dialogue.clone();
        handlers = handlers
            .comments(move |comment: &mut Comment<'_>| on_comment(&dialogue, index, comment));
    }
    if listener.text {
        let dialogue = dialogue.clone();
        handlers = handlers.text(move |text: &mut TextChunk<'_>| on_text(&dialogue, index, text));
    }
    handlers
}

fn document_handlers(
    dialogue: &Shared,
    listener: &HtmlListener,
    index: u32,
) -> DocumentContentHandlers<'static> {
    let mut handlers = DocumentContentHandlers::default();
    if listener.doctype {
        let dialogue = dialogue.clone();
        handlers = handlers.doctype(move |doctype: &mut Doctype<'_>| {
            let changes = ask(
                &dialogue,
                HtmlEvent {
                    kind: "doctype",
                    listener: index,
                    name: doctype.name(),
                    public_id: doctype.public_id(),
                    system_id: doctype.system_id(),
                    ..HtmlEvent::default()
                },
            )?;
            if changes
                .iter()
                .any(|change| matches!(change, HtmlChange::Remove))
            {
                doctype.remove();
            }
            Ok(())
        });
    }
    if listener.comments {
        let dialogue = dialogue.clone();
        handlers = handlers
            .comments(move |comment: &mut Comment<'_>| on_comment(&dialogue, index, comment));
    }
    if listener.text {
        let dialogue = dialogue.clone();
        handlers = handlers.text(move |text: &mut TextChunk<'_>| on_text(&dialogue, index, text));
    }
    if listener.end {
        let dialogue = dialogue.clone();
        handlers = handlers.end(move |end: &mut DocumentEnd<'_>| {
            let event = HtmlEvent {
                kind: "end",
                listener: index,
                ..HtmlEvent::default()
            };
            for change in ask(&dialogue, event)? {
                if let HtmlChange::Append { content, html } = change {
                    end.append(&content, content_type(html));
                }
            }
            Ok(())
        });
    }
    handlers
}

fn content_type(html: bool) -> ContentType {
    if html {
        ContentType::Html
    } else {
        ContentType::Text
    }
}

fn on_element(dialogue: &Shared, index: u32, element: &mut Element<'_, '_>) -> HandlerResult {
    let attributes = element.attributes().iter();
    let event = HtmlEvent {
        kind: "element",
        listener: index,
        name: Some(element.tag_name()),
        namespace: Some(element.namespace_uri().to_owned()),
        attributes: attributes
            .map(|attribute| (attribute.name(), attribute.value()))
            .collect(),
        has_end_tag: element.can_have_content(),
        removed: element.removed(),
        ..HtmlEvent::default()
    };
    for change in ask(dialogue, event)? {
        match change {
            HtmlChange::Before { content, html } => element.before(&content, content_type(html)),
            HtmlChange::After { content, html } => element.after(&content, content_type(html)),
            HtmlChange::Prepend { content, html } => element.prepend(&content, content_type(html)),
            HtmlChange::Append { content, html } => element.append(&content, content_type(html)),
            HtmlChange::Replace { content, html } => element.replace(&content, content_type(html)),
            HtmlChange::SetInnerContent { content, html } => {
                element.set_inner_content(&content, content_type(html));
            }
            HtmlChange::Remove => element.remove(),
            HtmlChange::RemoveAndKeepContent => element.remove_and_keep_content(),
            HtmlChange::SetAttribute { name, value } => element.set_attribute(&name, &value)?,
            HtmlChange::RemoveAttribute { name } => element.remove_attribute(&name),
            HtmlChange::SetName { name } => element.set_tag_name(&name)?,
            HtmlChange::OnEndTag { listener } => {
                let dialogue = dialogue.clone();
                element.on_end_tag(Box::new(move |tag: &mut EndTag<'_>| {
                    on_end_tag(&dialogue, listener, tag)
                }))?;
            }
            HtmlChange::SetText { .. } => {}
        }
    }
    Ok(())
}

fn on_end_tag(dialogue: &Shared, listener: u32, tag: &mut EndTag<'_>) -> HandlerResult {
    let event = HtmlEvent {
        kind: "endTag",
        listener,
        name: Some(tag.name()),
        ..HtmlEvent::default()
    };
    for change in ask(dialogue, event)? {
        match change {
            HtmlChange::Before { content, html } => tag.before(&content, content_type(html)),
            HtmlChange::After { content, html } => tag.after(&content, content_type(html)),
            HtmlChange::Remove => tag.remove(),
            HtmlChange::SetName { name } => tag.set_name_str(name),
            _ => {}
        }
    }
    Ok(())
}

fn on_comment(dialogue: &Shared, index: u32, comment: &mut Comment<'_>) -> HandlerResult {
    let event = HtmlEvent {
        kind: "comments",
        listener: index,
        text: Some(comment.text()),
        removed: comment.removed(),
        ..HtmlEvent::default()
    };
    for change in ask(dialogue, event)? {
        match change {
            HtmlChange::Before { content, html } => comment.before(&content, content_type(html)),
            HtmlChange::After { content, html } => comment.after(&content, content_type(html)),
            HtmlChange::Replace { content, html } => comment.replace(&content, content_type(html)),
            HtmlChange::Remove => comment.remove(),
            HtmlChange::SetText { text } => comment.set_text(&text)?,
            _ => {}
        }
    }
    Ok(())
}

fn on_text(dialogue: &Shared, index: u32, chunk: &mut TextChunk<'_>) -> HandlerResult {
    let event = HtmlEvent {
        kind: "text",
        listener: index,
        text: Some(chunk.as_str().to_owned()),
        last_in_text_node: chunk.last_in_text_node(),
        removed: chunk.removed(),
        ..HtmlEvent::default()
    };
    for change in ask(dialogue, event)? {
        match change {
            HtmlChange::Before { content, html } => chunk.before(&content, content_type(html)),
            HtmlChange::After { content, html } => chunk.after(&content, content_type(html)),
            HtmlChange::Replace { content, html } => chunk.replace(&content, content_type(html)),
            HtmlChange::Remove => chunk.remove(),
            _ => {}
        }
    }
    Ok(())
}
