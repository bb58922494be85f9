//! What others are told of where an isolate computes and waits, in places of the user's files. Changes nothing
//! but that a thing is told once.

use std::time::Instant;

use super::limits::Health;
use super::turn_stack;
use crate::project::RoomAddress;

impl Health {
    /// What the user should know of work on another thread that began before `earliest`, once for each.
    pub fn waiting_news(&self, earliest: Instant) -> Option<String> {
        let subject = self.shared.subject()?;
        let took = self.shared.waiting.news(earliest)?;
        Some(format!(
            "{} has been waiting for `crypto.subtle` for {} s, and its events wait with it",
            subject.name(),
            took.as_secs()
        ))
    }

    /// Where the isolate of `room` (`None`: of static handlers) computes, if that has been looked at; `None`
    /// if it is another's, too.
    pub fn computes_at(&self, room: Option<&RoomAddress>) -> Option<String> {
        let subject = self.shared.subject()?;
        if subject.room.as_ref() != room {
            return None;
        }
        let frame = self.shared.turn().as_ref()?.frames.first().cloned()?;
        Some(frame.place(&subject.project.graph))
    }

    /// A place of a script as the user wrote it: `<file>:<line>:<column>`. `None` before it serves anybody.
    pub fn original_place(&self, script: &str, line: u32, column: u32) -> Option<String> {
        let subject = self.shared.subject()?;
        let graph = &subject.project.graph;
        Some(graph.original_place(script, line, column))
    }

    /// What the user should know of a turn that began before `earliest`, once for each turn.
    pub fn news(&self, earliest: Instant) -> Option<String> {
        let subject = self.shared.subject()?;
        let (took, innermost) = {
            let mut turn = self.shared.turn();
            let turn = turn.as_mut()?;
            let is_over = self.shared.broken.get().is_some();
            let since = turn.since().filter(|since| *since < earliest)?;
            if is_over || std::mem::replace(&mut turn.is_told, true) {
                return None;
            }
            (since.elapsed(), turn.frames.first().cloned())
        };
        let who = subject.name();
        let seconds = took.as_secs();
        // What blocks in the runtime, or in one of V8's own functions, has no place.
        let place = innermost.map_or_else(String::new, |frame| {
            format!(", at {}", frame.place(&subject.project.graph))
        });
        Some(format!("{who} has been computing for {seconds} s{place}"))
    }

    /// Where the turn was that was condemned, as the stack of an error; empty when that is not known.
    pub fn stopped_at(&self) -> String {
        let (subject, frames) = (self.shared.subject(), self.shared.stopped_at.get());
        subject
            .zip(frames)
            .map_or_else(String::new, |(subject, frames)| {
                turn_stack::describe(frames, &subject.project.graph)
            })
    }
}
