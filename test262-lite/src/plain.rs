//! A run by V8 alone: no transpiler, no deno_core, no globals but the language's. What partyrun is
//! compared with.

use std::time::{Duration, Instant};

use deno_core::v8;

use crate::ending::{Ending, When};
use crate::host;
use crate::javascript::{run_script, thrown};
use crate::plain_modules;
use crate::preparation::Preparation;
use crate::suite::{Suite, Variant};
use crate::watch::Watch;

/// What deno_core sets beside V8's defaults and partyrun's own, so that both run the same language.
const FLAGS: &str = "--harmony-temporal --js-float16array --js-explicit-resource-management \
                     --js-source-phase-imports --js-defer-import-eval --no-turboshaft-loop-unrolling";
/// How long an isolate with nothing to do is left alone.
const PAUSE: Duration = Duration::from_millis(1);
/// How long a module may wait for nothing before it counts as one that never ends.
const PATIENCE: Duration = Duration::from_millis(200);
/// JavaScript heap of one run, in bytes.
const HEAP: usize = 512 << 20;

type Platform = v8::SharedRef<v8::Platform>;

/// V8, started.
pub struct Plain {
    platform: Platform,
}

impl Plain {
    /// Prepares V8 for the process, on the main thread. deno_core must not have.
    pub fn start() -> Self {
        v8::V8::set_flags_from_string(FLAGS);
        let platform = v8::new_default_platform(1, false).make_shared();
        v8::V8::initialize_platform(platform.clone());
        v8::V8::initialize();
        Self { platform }
    }

    pub fn run(&self, suite: &Suite, run: &Preparation, watch: &Watch) -> Ending {
        let params = v8::CreateParams::default().heap_limits(0, HEAP);
        let isolate = &mut v8::Isolate::new(params);
        isolate.set_allow_atomics_wait(!run.front.flags.cannot_block);
        plain_modules::install(isolate);
        let deadline = watch.start(isolate.thread_safe_handle());
        host::begin(false);
        let ending = self.all(isolate, suite, run, deadline);
        watch.stop();
        host::begin(false);
        plain_modules::forget();
        ending.err().unwrap_or(Ending::Completed)
    }

    fn all(
        &self,
        isolate: &mut v8::Isolate,
        suite: &Suite,
        run: &Preparation,
        deadline: Instant,
    ) -> Result<(), Ending> {
        v8::scope!(let scope, isolate);
        let context = v8::Context::new(scope, Default::default());
        let scope = &mut v8::ContextScope::new(scope, context);
        host::install(scope);
        for (name, text) in &run.harness {
            run_script(scope, name, text, (When::Harness, When::Harness))?;
        }
        let file = suite.test(&run.path);
        let promise = if run.variant == Variant::Module {
            Some(plain_modules::evaluate(scope, &file)?)
        } else {
            let name = file.to_string_lossy();
            run_script(scope, &name, &run.source, (When::Parse, When::Runtime))?;
            None
        };
        self.settle(scope, run, promise.as_ref(), deadline)?;
        match host::said() {
            Some(Err(reason)) => Err(Ending::AsyncFailure(reason)),
            _ => Ok(()),
        }
    }

    /// Runs jobs and tasks until the module has been evaluated and an asynchronous test has said how
    /// it ended.
    fn settle(
        &self,
        scope: &mut v8::PinScope,
        run: &Preparation,
        promise: Option<&v8::Global<v8::Promise>>,
        deadline: Instant,
    ) -> Result<(), Ending> {
        let started = Instant::now();
        loop {
            scope.perform_microtask_checkpoint();
            while v8::Platform::pump_message_loop(&self.platform, scope, false) {
                scope.perform_microtask_checkpoint();
            }
            let evaluated = promise.map_or(Ok(true), |promise| is_fulfilled(scope, promise))?;
            let awaits_done = run.front.flags.is_async && host::said().is_none();
            if evaluated && !awaits_done {
                return Ok(());
            }
            if Instant::now() > deadline {
                let what = if awaits_done {
                    "$DONE was not called"
                } else {
                    "It did not end"
                };
                return Err(Ending::Broken(format!("{what} in time")));
            }
            if !awaits_done && started.elapsed() > PATIENCE {
                return Err(Ending::Broken("The module never ends".to_owned()));
            }
            std::thread::sleep(PAUSE);
        }
    }
}

fn is_fulfilled(
    scope: &mut v8::PinScope,
    promise: &v8::Global<v8::Promise>,
) -> Result<bool, Ending> {
    let promise = v8::Local::new(scope, promise);
    match promise.state() {
        v8::PromiseState::Pending => Ok(false),
        v8::PromiseState::Fulfilled => Ok(true),
        v8::PromiseState::Rejected => {
            let reason = promise.result(scope);
            Err(thrown(scope, reason, When::Runtime))
        }
    }
}
