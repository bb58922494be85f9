//! The code that a thread's isolate runs, for whoever tells where in it something happened. The isolate owns
//! the code; a room that sleeps keeps none alive.

use std::cell::RefCell;
use std::sync::{Arc, Weak};

use partyrun_ops::interface::{FunctionPlace, Level};

use super::IsolateHost;
use crate::call::RoomKey;
use crate::modules::{ModuleGraph, Place};
use crate::project::{Event, Trouble};

/// Nobody's, until an isolate has some.
#[derive(Default)]
pub struct RunningCode {
    graph: RefCell<Weak<ModuleGraph>>,
    /// The last exception that was reported, for the answer to the request that failed with it; kept only
    /// if somebody may be shown it.
    trouble: RefCell<Option<Box<Trouble>>>,
}

impl IsolateHost {
    /// Says which code the isolate is about to run.
    pub fn runs(&self, graph: &Arc<ModuleGraph>) {
        *self.code.graph.borrow_mut() = Arc::downgrade(graph);
    }

    fn graph(&self) -> Option<Arc<ModuleGraph>> {
        self.code.graph.borrow().upgrade()
    }

    /// The place that a text with a stack in it tells of.
    pub(super) fn place_in(&self, text: &str) -> Option<Box<Place>> {
        self.graph()?.place_in(text).map(Box::new)
    }

    /// Reports an exception of user code that nobody caught.
    pub fn report_error(&self, context: &str, text: String) {
        let trouble = Trouble {
            context: context.to_owned(),
            room: self.key.borrow().as_ref().map(RoomKey::address),
            place: self.place_in(&text),
            text,
        };
        if self.outside.borrow().pages.shows_errors() {
            *self.code.trouble.borrow_mut() = Some(Box::new(trouble.clone()));
        }
        let Trouble {
            context,
            text,
            room,
            place,
        } = trouble;
        self.report(Event::UserError {
            context,
            text,
            room,
            place,
        });
    }

    pub(super) fn take_trouble(&self) -> Option<Box<Trouble>> {
        self.code.trouble.borrow_mut().take()
    }

    pub(super) fn report_console(&self, level: Level, text: String, place: Option<Box<Place>>) {
        let room = self.key.borrow().as_ref().map(RoomKey::address);
        self.report(Event::Console {
            level,
            text,
            room,
            place,
        });
    }

    /// Reports a warning that is about a function of the code.
    pub(super) fn report_warning(&self, function: &FunctionPlace, text: String) {
        let place = self.place_of(function);
        self.report_console(Level::Warn, text, place.map(Box::new));
    }

    /// The place of a function of the code.
    pub(super) fn place_of(&self, function: &FunctionPlace) -> Option<Place> {
        let FunctionPlace {
            file,
            line,
            column,
            name,
        } = function;
        self.graph()?.place_of(file, *line, *column, name)
    }
}
