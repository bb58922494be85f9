//! Rewriting of HTML, on a thread of its own for each document: lol_html calls its listeners from
//! the middle of its work, and those of user code may be asynchronous. The thread waits for them
//! there; the isolate never waits for the thread.
//!
//! The two speak in turns: each input has one step as its answer. The thread ends with the document,
//! or when the isolate drops its end. `listeners` has what is said.

mod listeners;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Builder;

use lol_html::send::Settings;
use lol_html::{AsciiCompatibleEncoding, HtmlRewriter, MemorySettings, Selector};
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
#[error("The document was abandoned")]
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
                listeners::of_elements(&dialogue, listener, index),
            )),
            None => settings
                .document_content_handlers
                .push(listeners::of_document(&dialogue, listener, index)),
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
