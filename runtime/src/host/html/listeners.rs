//! What lol_html tells of a document, as events for the listeners of user code, and their changes as calls of
//! lol_html. Knows nothing of threads: it asks, and has the answer.

use lol_html::HandlerResult;
use lol_html::html_content::{Comment, ContentType, Doctype, DocumentEnd, EndTag, TextChunk};
use lol_html::send::{DocumentContentHandlers, Element, ElementContentHandlers};
use partyrun_ops::html::{HtmlChange, HtmlEvent, HtmlListener};

use super::{Shared, ask};

/// Has lol_html tell these listeners of the elements that fit a selector, and of what is in them.
pub(super) fn of_elements(
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

/// The same of the document as a whole.
pub(super) fn of_document(
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

/// Makes changes to a unit that can be replaced: those that all of them know, and its own.
macro_rules! make {
    ($changes:expr, $unit:expr $(, $own:pat => $make:expr)* $(,)?) => {
        for change in $changes {
            match change {
                HtmlChange::Before { content, html } => $unit.before(&content, content_type(html)),
                HtmlChange::After { content, html } => $unit.after(&content, content_type(html)),
                HtmlChange::Replace { content, html } => $unit.replace(&content, content_type(html)),
                HtmlChange::Remove => $unit.remove(),
                $($own => $make,)*
                _ => {}
            }
        }
    };
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
    make!(
        ask(dialogue, event)?,
        element,
        HtmlChange::Prepend { content, html } => element.prepend(&content, content_type(html)),
        HtmlChange::Append { content, html } => element.append(&content, content_type(html)),
        HtmlChange::SetInnerContent { content, html } => {
            element.set_inner_content(&content, content_type(html));
        },
        HtmlChange::RemoveAndKeepContent => element.remove_and_keep_content(),
        HtmlChange::SetAttribute { name, value } => element.set_attribute(&name, &value)?,
        HtmlChange::RemoveAttribute { name } => element.remove_attribute(&name),
        HtmlChange::SetName { name } => element.set_tag_name(&name)?,
        HtmlChange::OnEndTag { listener } => {
            let dialogue = dialogue.clone();
            element.on_end_tag(Box::new(move |tag: &mut EndTag<'_>| {
                on_end_tag(&dialogue, listener, tag)
            }))?;
        },
    );
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
    make!(
        ask(dialogue, event)?,
        comment,
        HtmlChange::SetText { text } => comment.set_text(&text)?,
    );
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
    make!(ask(dialogue, event)?, chunk);
    Ok(())
}
