//! Files that are read and transpiled on threads of their own while the walk resolves imports.
//!
//! Owns the threads and the order of the work: first asked, first done. Never resolves and never
//! keeps a result: the walk takes each once, in its own order, so a graph and its messages do not
//! depend on which thread was faster.

use std::num::NonZero;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{Builder, Scope, available_parallelism};

use super::files::{Finished, Job};

/// Stack of a thread that transpiles: the parser and the passes recurse as deep as the code nests.
pub(super) const STACK: usize = 64 << 20;

/// Files that wait before a thread is worth its start and its memory; most projects have fewer.
const BACKLOG: usize = 16;

/// More threads than this wait for the walk.
const MOST_THREADS: usize = 6;

/// The threads of one walk; they end when this is dropped and their work is done.
pub(super) struct Ahead<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    sender: Sender<Arc<Slot>>,
    receiver: Arc<Mutex<Receiver<Arc<Slot>>>>,
    threads: usize,
    most: usize,
    asked: usize,
    taken: usize,
}

impl<'scope, 'env> Ahead<'scope, 'env> {
    pub(super) fn new(scope: &'scope Scope<'scope, 'env>) -> Self {
        let (sender, receiver) = channel();
        Self {
            scope,
            sender,
            receiver: Arc::new(Mutex::new(receiver)),
            threads: 0,
            // The walk's own thread is one of them.
            most: available_parallelism()
                .map_or(1, NonZero::get)
                .min(MOST_THREADS)
                - 1,
            asked: 0,
            taken: 0,
        }
    }

    /// Asks for a file. Every ticket is to be given to [`Ahead::take`].
    pub(super) fn ask(&mut self, job: Job) -> Ticket {
        let slot = Arc::new(Slot {
            state: Mutex::new(State::Waiting(Box::new(job))),
            done: Condvar::new(),
        });
        self.asked += 1;
        if self.most > 0 && self.sender.send(slot.clone()).is_ok() {
            let wanted = (self.asked - self.taken) / BACKLOG;
            if self.threads < wanted.min(self.most) {
                self.start();
            }
        }
        Ticket(slot)
    }

    fn start(&mut self) {
        let receiver = self.receiver.clone();
        let thread = Builder::new()
            .name("module-graph".into())
            .stack_size(STACK)
            .spawn_scoped(self.scope, move || work(&receiver));
        // Without the thread the walk does its work.
        match thread {
            Ok(_) => self.threads += 1,
            Err(_) => self.most = self.threads,
        }
    }

    /// What became of a file. Does the work itself where no thread has begun it.
    pub(super) fn take(&mut self, ticket: &Ticket) -> Finished {
        self.taken += 1;
        ticket.0.take()
    }
}

fn work(receiver: &Mutex<Receiver<Arc<Slot>>>) {
    loop {
        let next = receiver
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        match next {
            Ok(slot) => slot.work(),
            Err(_) => return,
        }
    }
}

/// A file that was asked for.
pub(super) struct Ticket(Arc<Slot>);

struct Slot {
    state: Mutex<State>,
    done: Condvar,
}

enum State {
    Waiting(Box<Job>),
    /// A thread has it; or the walk has, and nobody waits.
    Begun,
    Done(Finished),
}

impl Slot {
    /// Does the job, unless somebody has begun it.
    fn work(&self) {
        if let Some(job) = self.begin() {
            let finished = job.run();
            *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State::Done(finished);
            self.done.notify_one();
        }
    }

    fn begin(&self) -> Option<Box<Job>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *state, State::Begun) {
            State::Waiting(job) => Some(job),
            other => {
                *state = other;
                None
            }
        }
    }

    fn take(&self) -> Finished {
        if let Some(job) = self.begin() {
            return job.run();
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match std::mem::replace(&mut *state, State::Begun) {
                State::Done(finished) => return finished,
                other => *state = other,
            }
            state = self
                .done
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::modules::testing::Project;

    const FILES: usize = 200;

    fn project() -> Project {
        let mut server = String::new();
        for file in 0..FILES {
            server += &format!("import './m/{file}';\n");
        }
        server += "export default {}";
        let project = Project::new(&[("s.ts", &server)]);
        for file in 0..FILES {
            let next = (file + 1) % FILES;
            let text = format!("import './{next}';\nexport const f: number = {file};\n");
            project.write(&format!("m/{file}.ts"), &text);
        }
        project
    }

    #[test]
    fn every_file_of_a_large_project_is_transpiled_once() {
        let mut project = project();
        let graph = project.graph();
        assert_eq!(graph.len(), FILES + 1);
        assert_eq!(project.builder.transpiled(), FILES + 1);
        assert!(project.text(&graph, "m/150.ts").contains("f = 150"));
        project.write("m/7.ts", "export const f = 'changed'");
        let graph = project.graph();
        assert_eq!(project.builder.transpiled(), FILES + 2);
        assert!(project.text(&graph, "m/7.ts").contains("changed"));
    }

    #[test]
    fn problems_come_in_the_order_of_the_imports() {
        let mut project = project();
        for file in [190, 3, 60] {
            project.write(&format!("m/{file}.ts"), "export const = 1");
        }
        std::fs::remove_file(project.path("m/100.ts")).expect("the file is there");
        let error = project.error();
        let places = ["m/3.ts:1", "m/60.ts:1", "m/190.ts:1"].map(|place| error.find(place));
        assert!(places.iter().all(Option::is_some), "{error}");
        assert!(places.is_sorted(), "{error}");
        assert!(error.contains("`./m/100`"), "{error}");
    }
}
