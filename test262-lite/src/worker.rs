//! The process in which tests run: one run per line of its standard input, one answer per line of its
//! output. Whatever a test does to the process, the process that asked goes on.

use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::time::Duration;

use partyrun_runtime::modules::JavaScript;
use serde::{Deserialize, Serialize};

use crate::args::{Args, Javascript};
use crate::ending::{Ending, judge};
use crate::plain::Plain;
use crate::preparation::Preparation;
use crate::project::{self, Projects};
use crate::suite::{Suite, Variant};
use crate::watch::Watch;

/// The parser and the passes recurse as deep as the code nests.
const STACK: usize = 256 << 20;

/// One run that is asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    /// Relative to the suite's tests.
    pub path: String,
    pub variant: Variant,
}

/// How it ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answer {
    /// Why it failed, if it did.
    pub failure: Option<String>,
}

/// Answers until the input ends.
///
/// # Errors
/// In words: the worker cannot work at all.
pub fn serve(args: &Args, suite: Suite) -> Result<(), String> {
    let watch = Watch::new(Duration::from_secs(args.timeout.into())).map_err(in_words)?;
    // V8 is prepared here, on the main thread, as it wants to be.
    let prepared = match args.plain {
        true => Prepared::Plain(Plain::start()),
        false => Prepared::Projects(project::start(args.clock)),
    };
    let javascript = match args.javascript {
        Javascript::AsWritten => JavaScript::AsWritten,
        Javascript::Printed => JavaScript::Printed,
        Javascript::AsTypescript => JavaScript::AsTypeScript,
    };
    let thread = std::thread::Builder::new()
        .name("tests".into())
        .stack_size(STACK)
        .spawn(move || {
            let scratch = tempfile::tempdir().map_err(in_words)?;
            let mut way = Way::new(prepared, javascript, scratch.path())?;
            answer_all(|request| way.answer(&suite, request, &watch))
        })
        .map_err(in_words)?;
    match thread.join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn in_words(error: std::io::Error) -> String {
    error.to_string()
}

enum Prepared {
    Plain(Plain),
    Projects(partyrun_runtime::LoneIsolates),
}

enum Way {
    Plain(Plain),
    Projects(Box<Projects>),
}

impl Way {
    fn new(prepared: Prepared, javascript: JavaScript, scratch: &Path) -> Result<Self, String> {
        Ok(match prepared {
            Prepared::Plain(plain) => Way::Plain(plain),
            Prepared::Projects(isolates) => {
                let projects = Projects::new(isolates, javascript, scratch).map_err(in_words)?;
                Way::Projects(Box::new(projects))
            }
        })
    }

    fn answer(&mut self, suite: &Suite, request: &Request, watch: &Watch) -> Answer {
        let failure = match Preparation::read(suite, &request.path, request.variant) {
            Ok(run) => judge(&run.front, &self.run(suite, &run, watch)),
            Err(error) => Some(error.to_string()),
        };
        Answer { failure }
    }

    fn run(&mut self, suite: &Suite, run: &Preparation, watch: &Watch) -> Ending {
        match self {
            Way::Plain(plain) => plain.run(suite, run, watch),
            Way::Projects(projects) => projects.run(suite, run, watch),
        }
    }
}

fn answer_all(mut answer: impl FnMut(&Request) -> Answer) -> Result<(), String> {
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(in_words)?;
        let request = serde_json::from_str(&line).map_err(|error| error.to_string())?;
        let answer = serde_json::to_string(&answer(&request)).expect("strings are JSON");
        let mut output = std::io::stdout().lock();
        writeln!(output, "{answer}").map_err(in_words)?;
        output.flush().map_err(in_words)?;
    }
    Ok(())
}
