//! One V8 isolate: made from the snapshot, loaded with user modules, fed with events. It must be made
//! and used on one thread.

mod buffers;
mod code;
mod debugging;
mod deliver;
mod error_stack;
mod fatal;
mod heap;
mod inspector;
mod leftovers;
mod limits;
mod loader;
mod long_error;
mod memory;
mod pages;
mod places;
mod source_maps;
mod telling;
mod turn;
mod turn_stack;
mod verdict;
mod wait;

use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use deno_core::error::{CoreError, CoreErrorKind, JsError};
use deno_core::{JsRuntime, ModuleId, ModuleLoader, PollEventLoopOptions, RuntimeOptions, v8};
use partyrun_js::extensions;
use partyrun_ops::Services;
use partyrun_ops::bindings_interface::SharedBindings;
use partyrun_ops::modules_interface::SharedModules;
use partyrun_ops::storage_interface::SharedStorage;

pub use debugging::DebugSession;
pub use deliver::{Delivery, IsolateKind};
pub use limits::Health;
pub use pages::return_pages;
pub use verdict::{Subject, Verdict};

use crate::memory::thread_cache;
use crate::modules::{CodeCounts, GraphModules, ModuleGraph, Moment};
use crate::project::Limits;

/// Prepares V8 for the process. Call it on the main thread, before the first isolate.
pub fn start_v8() {
    extensions::set_v8_flags();
    partyrun_ops::tls::install_tls_provider();
    fatal::catch();
    JsRuntime::init_platform(None);
}

/// What a party's module exports, as far as the router must know (section 2.3).
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Handlers {
    pub on_before_request: bool,
    pub on_before_connect: bool,
    pub on_fetch: bool,
    pub on_socket: bool,
    pub on_cron: bool,
    pub on_request: bool,
    // The router has no need of these.
    pub on_start: bool,
    pub on_connect: bool,
    pub on_message: bool,
    pub on_close: bool,
    pub on_error: bool,
    pub on_alarm: bool,
    /// Names of handlers of rooms, and where each stands in the project's files, as `file:line:column`.
    #[serde(skip)]
    pub places: Vec<(&'static str, String)>,
}

/// Those of a module that has none.
pub static NO_HANDLERS: Handlers = Handlers {
    on_before_request: false,
    on_before_connect: false,
    on_fetch: false,
    on_socket: false,
    on_cron: false,
    on_request: false,
    on_start: false,
    on_connect: false,
    on_message: false,
    on_close: false,
    on_error: false,
    on_alarm: false,
    places: Vec::new(),
};

impl Handlers {
    /// The names of those that there are, of rooms first.
    pub fn names(&self) -> Vec<&'static str> {
        [
            (self.on_start, "onStart"),
            (self.on_connect, "onConnect"),
            (self.on_message, "onMessage"),
            (self.on_close, "onClose"),
            (self.on_error, "onError"),
            (self.on_request, "onRequest"),
            (self.on_alarm, "onAlarm"),
            (self.on_before_connect, "onBeforeConnect"),
            (self.on_before_request, "onBeforeRequest"),
            (self.on_fetch, "onFetch"),
            (self.on_socket, "onSocket"),
            (self.on_cron, "onCron"),
        ]
        .into_iter()
        .filter_map(|(is_there, name)| is_there.then_some(name))
        .collect()
    }

    /// Whether the party has a handler that runs in the worker.
    pub fn is_any_static(&self) -> bool {
        self.on_before_request
            || self.on_before_connect
            || self.on_fetch
            || self.on_socket
            || self.on_cron
    }

    /// Where this handler of rooms stands, if that is known.
    pub fn place_of(&self, handler: &str) -> Option<&str> {
        let place = self.places.iter().find(|(name, _)| *name == handler)?;
        Some(&place.1)
    }
}

/// Why user code could not be loaded or called.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct LoadError(pub String);

/// What V8 leaves of code that was stopped from outside.
const STOPPED: &str = "Execution was stopped";

impl LoadError {
    /// Whether nothing was thrown: the code was stopped.
    pub fn is_stop(&self) -> bool {
        self.0 == STOPPED
    }
}

impl From<Box<JsError>> for LoadError {
    fn from(error: Box<JsError>) -> Self {
        LoadError(partyrun_ops::describe(&error))
    }
}

impl From<CoreError> for LoadError {
    fn from(error: CoreError) -> Self {
        match error.into_kind() {
            CoreErrorKind::Js(error) => error.into(),
            other => LoadError(other.to_string()),
        }
    }
}

/// Restores the snapshot.
fn restore(
    loader: Option<Rc<loader::AssignedLoader>>,
    params: v8::CreateParams,
) -> Result<JsRuntime, CoreError> {
    JsRuntime::try_new(RuntimeOptions {
        module_loader: loader.map(|loader| loader as Rc<dyn ModuleLoader>),
        extensions: extensions::for_runtime(),
        startup_snapshot: Some(partyrun_js::SNAPSHOT),
        residual_lazy_js_sources: partyrun_js::RESIDUAL_SCRIPTS,
        skip_op_registration: true,
        // Without a store, what is transferred is copied and stays usable.
        shared_array_buffer_store: Some(deno_core::SharedArrayBufferStore::default()),
        create_params: Some(params),
        ..Default::default()
    })
}

pub struct Isolate {
    /// Before the runtime, whose isolate it must not outlive.
    inspector: Option<inspector::Inspector>,
    runtime: JsRuntime,
    calls: deliver::Calls,
    loader: Rc<loader::AssignedLoader>,
    health: Health,
    leftovers: leftovers::Leftovers,
    /// That of its thread.
    cache: thread_cache::Earned,
    /// After everything that has a part of the heap.
    _pages: pages::Pages,
}

impl Drop for Isolate {
    fn drop(&mut self) {
        thread_cache::turn_off();
    }
}

impl Isolate {
    /// Restores the snapshot. Costs several milliseconds of this thread.
    pub fn new(services: Services, limits: Limits) -> Result<Self, LoadError> {
        // Until it has had events enough.
        thread_cache::turn_off();
        let loader = Rc::new(loader::AssignedLoader::default());
        let (params, budget) = heap::create_params(limits);
        let mut runtime = restore(Some(loader.clone()), params)?;
        runtime
            .v8_isolate()
            .set_prepare_stack_trace_callback(error_stack::prepare);
        let health = Health::watch(&mut runtime, limits, budget);
        turn_stack::prepare(&mut runtime);
        let start = match services.time {
            Some(_) => "__partyrun_start(true)",
            None => "__partyrun_start()",
        };
        services.put_into(&mut runtime.op_state().borrow_mut());
        let events = runtime.execute_script("ext:partyrun/start", start)?;
        let calls = deliver::Calls::new(&mut runtime, &events)?;
        Ok(Isolate {
            inspector: None,
            runtime,
            calls,
            loader,
            health,
            leftovers: leftovers::Leftovers::default(),
            _pages: pages::Pages,
            cache: thread_cache::Earned::default(),
        })
    }

    /// Lets debuggers in. V8 shows them only what is compiled from here on, so it must come before the
    /// first module.
    pub fn open_to_debuggers(&mut self) {
        let debugging = self.health.debugging();
        self.inspector = Some(inspector::Inspector::new(&mut self.runtime, debugging));
    }

    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Looks at its memory, if there is reason to.
    pub fn measure(&mut self) {
        self.health.measure(&mut self.runtime);
    }

    pub fn runtime(&mut self) -> &mut JsRuntime {
        &mut self.runtime
    }

    pub fn set_storage(&mut self, storage: SharedStorage) {
        self.runtime.op_state().borrow_mut().put(storage);
    }

    /// Binds it elsewhere than it was made for.
    pub fn set_bindings(&mut self, bindings: SharedBindings) {
        self.runtime.op_state().borrow_mut().put(bindings);
    }

    /// Takes the modules of `graph` for what will be loaded.
    pub fn set_graph(&mut self, graph: std::sync::Arc<ModuleGraph>) {
        let modules: SharedModules =
            Rc::new(GraphModules::new(graph.clone(), self.loader.loaded.clone()));
        self.runtime.op_state().borrow_mut().put(modules);
        self.loader.assign(graph);
    }

    /// Loads and evaluates the module of a party; returns its default export.
    pub async fn load(
        &mut self,
        graph: &ModuleGraph,
        party: &str,
    ) -> Result<v8::Global<v8::Value>, LoadError> {
        let specifier = graph
            .entry(party)
            .ok_or_else(|| LoadError(format!("There is no party named `{party}`")))?;
        let module = source_maps::load_without(&mut self.runtime, &self.loader, specifier).await?;
        let evaluated = self.runtime.mod_evaluate(module);
        self.finish(evaluated).await?;
        self.default_export(module)
    }

    /// Runs whatever is due until `evaluated` has come to its end.
    async fn finish(
        &mut self,
        evaluated: impl Future<Output = Result<(), CoreError>>,
    ) -> Result<(), CoreError> {
        let mut evaluated = pin!(evaluated);
        poll_fn(|cx| {
            if let Poll::Ready(outcome) = evaluated.as_mut().poll(cx) {
                return Poll::Ready(outcome);
            }
            ready!(self.poll_all(cx))?;
            // Nothing is left that could go on with it.
            let outcome = evaluated.as_mut().poll(cx);
            Poll::Ready(match outcome {
                Poll::Ready(outcome) => outcome,
                Poll::Pending => Err(CoreErrorKind::PendingPromiseResolution.into_box()),
            })
        })
        .await
    }

    /// Counts where the code of its modules came from.
    pub fn code_counts(&self) -> CodeCounts {
        self.loader.loaded.counts()
    }

    /// Whether later isolates would start faster with this one's code.
    pub fn has_code_to_keep(&self) -> bool {
        self.loader.loaded.is_wanted()
    }

    /// Keeps this isolate's code for later ones. Takes `patience` at most; the next call goes on with what is
    /// left.
    pub fn keep_code(&mut self, moment: Moment, patience: Duration) {
        code::keep(&mut self.runtime, &self.loader.loaded, moment, patience);
    }

    /// Gives memory back, if that is worth the milliseconds that it takes. For when nobody waits, and after the
    /// code has been kept, which V8 forgets with it.
    pub fn collect_leftovers(&mut self) {
        self.leftovers.collect(self.runtime.v8_isolate());
    }

    fn default_export(&mut self, module: ModuleId) -> Result<v8::Global<v8::Value>, LoadError> {
        let namespace = self.runtime.get_module_namespace(module)?;
        deno_core::scope!(scope, &mut self.runtime);
        let namespace = v8::Local::new(scope, namespace);
        let name = v8::String::new(scope, "default").expect("a short string fits");
        let value = namespace
            .get(scope, name.into())
            .unwrap_or_else(|| v8::undefined(scope).into());
        Ok(v8::Global::new(scope, value))
    }

    /// Runs timers, ops and whatever else is due. Returns exceptions that nobody caught.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LoadError>> {
        self.poll_all(cx).map_err(LoadError::from)
    }

    fn poll_all(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CoreError>> {
        let runtime = &mut self.runtime;
        let debugging = self.health.debugging();
        let is_visited = self
            .inspector
            .as_mut()
            .is_some_and(|inspector| inspector.poll(runtime, debugging, cx));
        let polled = runtime.poll_event_loop(cx, PollEventLoopOptions::default());
        if is_visited {
            // For profiles, which else take all time for computing.
            runtime.v8_isolate().set_idle(polled.is_pending());
        }
        polled
    }
}
