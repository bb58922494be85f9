//! A run as partyrun runs the code of a project: its transpiler, its module graph, an isolate of its
//! own from its snapshot, and its loader.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use deno_core::error::{CoreError, CoreErrorKind};
use deno_core::{ModuleSpecifier, PollEventLoopOptions, v8};
use partyrun_runtime::modules::{
    GraphBuilder, GraphError, GraphOptions, JavaScript, ModuleGraph, Problem, ProblemKind,
    ScriptError, transpile_script,
};
use partyrun_runtime::{Event, Limits, LoneIsolate, LoneIsolates, Reporter};
use tokio::task::LocalSet;

use crate::ending::{Ending, When};
use crate::host;
use crate::javascript::{run_script, thrown};
use crate::preparation::Preparation;
use crate::suite::{Suite, Variant};
use crate::watch::Watch;

/// The name by which the graph knows what imports the test.
const ENTRY: &str = "main";
/// JavaScript heap of one run, in bytes.
const HEAP: usize = 256 << 20;
/// How long an isolate with nothing to do is left alone: what V8 posts from its own threads, nobody
/// announces.
const PAUSE: Duration = Duration::from_millis(2);
/// How long a module may wait for nothing before it counts as one that never ends.
const PATIENCE: Duration = Duration::from_millis(200);

/// Runs tests, one after the other.
pub struct Projects {
    isolates: LoneIsolates,
    javascript: JavaScript,
    builder: GraphBuilder,
    /// Where the files are written that import tests.
    scratch: PathBuf,
    runtime: tokio::runtime::Runtime,
}

/// Nobody reads what tests print.
struct Silence;

impl Reporter for Silence {
    fn report(&self, _: Event) {}
}

/// Prepares V8 for the process, on the main thread.
pub fn start(has_settable_clock: bool) -> LoneIsolates {
    let limits = Limits {
        heap: HEAP,
        ..Default::default()
    };
    let isolates = LoneIsolates::start(limits, Arc::new(Silence));
    match has_settable_clock {
        true => isolates.with_settable_clock(),
        false => isolates,
    }
}

impl Projects {
    /// # Errors
    /// When the system refuses a folder or an event loop.
    pub fn new(
        isolates: LoneIsolates,
        javascript: JavaScript,
        scratch: &Path,
    ) -> std::io::Result<Self> {
        Ok(Self {
            isolates,
            javascript,
            builder: GraphBuilder::new()
                .with_javascript(javascript)
                .with_unused(),
            scratch: scratch.canonicalize()?,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
        })
    }

    pub fn run(&mut self, suite: &Suite, run: &Preparation, watch: &Watch) -> Ending {
        let file = suite.test(&run.path);
        let Self {
            isolates,
            javascript,
            builder,
            scratch,
            runtime,
        } = self;
        LocalSet::new().block_on(runtime, async {
            let mut isolate = match isolates.isolate() {
                Ok(isolate) => isolate,
                Err(error) => return Ending::Broken(format!("The isolate cannot start: {error}")),
            };
            let deadline = watch.start(isolate.runtime().v8_isolate().thread_safe_handle());
            host::begin(true);
            let mut steps = Steps {
                isolate: &mut isolate,
                javascript: *javascript,
                builder,
                scratch,
                file: &file,
                run,
                deadline,
            };
            let ending = steps.all().await.err().unwrap_or(Ending::Completed);
            watch.stop();
            host::begin(true);
            match ending {
                Ending::Broken(_) if isolate.is_out_of_memory() => {
                    Ending::Broken("It reached its memory limit".to_owned())
                }
                ending => ending,
            }
        })
    }
}

/// One run in its isolate. Each step ends the run with `Err`.
struct Steps<'a> {
    isolate: &'a mut LoneIsolate,
    javascript: JavaScript,
    builder: &'a mut GraphBuilder,
    scratch: &'a Path,
    file: &'a Path,
    run: &'a Preparation,
    deadline: Instant,
}

impl Steps<'_> {
    async fn all(&mut self) -> Result<(), Ending> {
        self.harness()?;
        let promise = match self.run.variant {
            Variant::Module => Some(self.module().await?),
            _ => {
                self.script()?;
                None
            }
        };
        if promise.is_some() || self.run.front.flags.is_async {
            self.settle(promise.as_ref()).await?;
        }
        match host::said() {
            Some(Err(reason)) => Err(Ending::AsyncFailure(reason)),
            _ => Ok(()),
        }
    }

    fn harness(&mut self) -> Result<(), Ending> {
        let blocks = !self.run.front.flags.cannot_block;
        let runtime = self.isolate.runtime();
        runtime.v8_isolate().set_allow_atomics_wait(blocks);
        deno_core::scope!(scope, runtime);
        host::install(scope);
        for (name, text) in &self.run.harness {
            run_script(scope, name, text, (When::Harness, When::Harness))?;
        }
        Ok(())
    }

    fn script(&mut self) -> Result<(), Ending> {
        let text = self.transpiled()?;
        let url = self.url();
        if self.run.source.contains("import") {
            self.take_graph_of_script()?;
        }
        deno_core::scope!(scope, self.isolate.runtime());
        run_script(scope, url.as_str(), &text, (When::Parse, When::Runtime)).map(drop)
    }

    fn url(&self) -> ModuleSpecifier {
        ModuleSpecifier::from_file_path(self.file).expect("the suite's folder is absolute")
    }

    fn transpiled(&self) -> Result<String, Ending> {
        let transpile = || transpile_script(self.file, &self.run.source, self.javascript);
        match catch_unwind(AssertUnwindSafe(transpile)) {
            Ok(Ok(text)) => Ok(text),
            Ok(Err(ScriptError::Syntax(message))) => Err(Ending::Threw {
                when: When::Parse,
                kind: "SyntaxError".to_owned(),
                message,
            }),
            Ok(Err(error)) => Err(Ending::Broken(error.to_string())),
            Err(_) => Err(Ending::Broken("The transpiler panicked".to_owned())),
        }
    }

    /// The modules that a script imports. No project has scripts: the graph is made as if it were a
    /// module, which is never loaded.
    fn take_graph_of_script(&mut self) -> Result<(), Ending> {
        match self.graph() {
            Ok(graph) => self.isolate.set_graph(graph),
            // As a module the script itself may be wrong.
            Err(error)
                if error
                    .problems
                    .iter()
                    .all(|problem| self.is_in_test(problem)) => {}
            Err(error) => return Err(Ending::Broken(format!("No project: {error}"))),
        }
        Ok(())
    }

    async fn module(&mut self) -> Result<v8::Global<v8::Value>, Ending> {
        let graph = self.graph().map_err(|error| self.refused(&error))?;
        let entry = graph
            .entry(ENTRY)
            .expect("the graph was built with it")
            .clone();
        self.isolate.set_graph(graph);
        let runtime = self.isolate.runtime();
        if let Err(error) = runtime.load_side_es_module(&entry).await {
            return Err(described(error, When::Early));
        }
        deno_core::scope!(scope, runtime);
        // The promise has the very exception, which deno_core's own errors only describe.
        let import = format!("import(\"{entry}\")");
        run_script(
            scope,
            entry.as_str(),
            &import,
            (When::Harness, When::Harness),
        )
    }

    /// A graph in which the test is imported: what a project starts with must be a party.
    fn graph(&mut self) -> Result<Arc<ModuleGraph>, GraphError> {
        let name = serde_json::to_string(&self.file.to_string_lossy()).expect("a string is JSON");
        let entry = self.scratch.join("entry.js");
        std::fs::write(&entry, format!("import {name};\nexport default null;\n"))
            .expect("the folder was made for it");
        self.builder.build(&GraphOptions {
            root: self.file.parent().unwrap_or(self.scratch).to_owned(),
            entries: vec![(ENTRY.to_owned(), entry)],
            ..Default::default()
        })
    }

    fn is_in_test(&self, problem: &Problem) -> bool {
        let name = self.file.file_name().map(|name| name.to_string_lossy());
        let place = problem.place.as_ref();
        place.is_some_and(|place| name.is_some_and(|name| place.file == name))
    }

    fn refused(&self, error: &GraphError) -> Ending {
        let problem = error.problems.first().expect("a refusal has a reason");
        let (when, kind) = match &problem.kind {
            ProblemKind::Syntax(_) if self.is_in_test(problem) => (When::Parse, "SyntaxError"),
            ProblemKind::Syntax(_) | ProblemKind::NoSuchExport { .. } => {
                (When::Resolution, "SyntaxError")
            }
            ProblemKind::Transpiler(reason) => return Ending::Broken(reason.clone()),
            _ => (When::Resolution, "TypeError"),
        };
        Ending::Threw {
            when,
            kind: kind.to_owned(),
            message: problem.kind.to_string(),
        }
    }

    /// Runs timers, operations and jobs until the module has been evaluated and an asynchronous test
    /// has said how it ended.
    async fn settle(&mut self, promise: Option<&v8::Global<v8::Value>>) -> Result<(), Ending> {
        let mut idle_since = None;
        loop {
            let is_idle = std::future::poll_fn(|cx| {
                let options = PollEventLoopOptions::default();
                Poll::Ready(match self.isolate.runtime().poll_event_loop(cx, options) {
                    Poll::Pending => Ok(false),
                    Poll::Ready(Ok(())) => Ok(true),
                    Poll::Ready(Err(error)) => Err(described(error, When::Runtime)),
                })
            })
            .await?;
            let evaluated = promise.map_or(Ok(true), |promise| self.is_fulfilled(promise))?;
            let awaits_done = self.run.front.flags.is_async && host::said().is_none();
            if evaluated && !awaits_done {
                return Ok(());
            }
            if Instant::now() > self.deadline {
                let what = if awaits_done {
                    "$DONE was not called"
                } else {
                    "It did not end"
                };
                return Err(Ending::Broken(format!("{what} in time")));
            }
            if is_idle && !awaits_done {
                let since = idle_since.get_or_insert_with(Instant::now);
                if since.elapsed() > PATIENCE {
                    return Err(Ending::Broken("The module never ends".to_owned()));
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn is_fulfilled(&mut self, promise: &v8::Global<v8::Value>) -> Result<bool, Ending> {
        deno_core::scope!(scope, self.isolate.runtime());
        let promise = v8::Local::new(scope, promise);
        let promise = v8::Local::<v8::Promise>::try_from(promise)
            .map_err(|_| Ending::Broken("`import()` is no promise".to_owned()))?;
        match promise.state() {
            v8::PromiseState::Pending => Ok(false),
            v8::PromiseState::Fulfilled => Ok(true),
            v8::PromiseState::Rejected => {
                promise.mark_as_handled();
                let reason = promise.result(scope);
                Err(thrown(scope, reason, When::Runtime))
            }
        }
    }
}

/// What deno_core says of an exception.
fn described(error: CoreError, when: When) -> Ending {
    match error.into_kind() {
        CoreErrorKind::Js(error) => Ending::Threw {
            when,
            kind: error.name.clone().unwrap_or_else(|| "no error".to_owned()),
            message: error.exception_message.clone(),
        },
        other => Ending::Broken(other.to_string()),
    }
}
