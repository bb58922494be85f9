//! What happens beside the server's own code: the custom build, the client build, the static files and
//! the reloading of pages. Owns their order; each does its work itself.

use std::sync::Arc;

use partyrun_runtime::{Assets, ProblemSource};

use crate::client::{BuildContext, ClientBuild};
use crate::config::{CustomBuild, Serve, Settings};
use crate::custom_build::{self, BuildError, Rebuilds};
use crate::pages::{PageWatcher, Pages};
use crate::ui::Printer;

/// The builds of one server; they end when this is dropped.
pub struct Builds {
    printer: Printer,
    assets: Arc<Assets>,
    client: ClientBuild,
    custom: Rebuilds,
    pages: Option<PageWatcher>,
    serve: Serve,
    command: Option<CustomBuild>,
}

impl Builds {
    /// Runs the custom build, until `stop` says so, and starts the client build. `port` is the
    /// server's.
    pub fn start(
        settings: &Settings,
        port: u16,
        printer: &Printer,
        stop: &mut dyn FnMut() -> bool,
    ) -> Result<Builds, BuildError> {
        if let Some(command) = &settings.custom_build {
            custom_build::run(command, printer, stop)?;
        }
        let assets = Arc::new(Assets::default());
        if settings.serve.live {
            assets.live.enable(port);
        }
        let context = BuildContext {
            port,
            banner: assets.live.banner(),
            colors: printer.has_colors(),
        };
        let mut builds = Builds {
            client: ClientBuild::start(context, Arc::clone(&assets), printer.clone())?,
            custom: Rebuilds::start(Arc::clone(&assets), printer.clone())?,
            pages: None,
            serve: Serve::default(),
            command: None,
            printer: printer.clone(),
            assets,
        };
        builds.command.clone_from(&settings.custom_build);
        builds.custom.watch(builds.command.clone(), false);
        builds.apply(settings);
        Ok(builds)
    }

    pub fn assets(&self) -> Arc<Assets> {
        Arc::clone(&self.assets)
    }

    /// Shows in pages why the server's own code is older than its files; hides it with `None`.
    pub fn show_server_problem(&self, problem: Option<&str>) {
        let plain = problem.map(|text| anstream::adapter::strip_str(text).to_string());
        self.assets
            .live
            .set_problem(ProblemSource::ServerCode, plain.as_deref());
    }

    /// Returns when the client code is built, or is known not to build.
    pub fn settle(&self) {
        self.client.settle();
        let missing = self.serve.folder.as_ref().filter(|folder| !folder.is_dir());
        if let (Some(folder), None) = (missing, &self.serve.client) {
            let folder = folder.display();
            self.printer.note(&format!(
                "`serve` names a folder that does not exist: `{folder}`"
            ));
        }
    }

    /// Takes on other settings. Nothing is done about what is the same.
    pub fn apply(&mut self, settings: &Settings) {
        if self.command != settings.custom_build {
            self.command.clone_from(&settings.custom_build);
            self.custom.watch(self.command.clone(), true);
        }
        if self.serve == settings.serve {
            return;
        }
        let serve = settings.serve.clone();
        self.assets
            .serve(serve.folder.clone(), serve.single_page_app);
        if self.serve.client != serve.client {
            self.client.build(serve.client.clone());
        }
        self.pages = self.watch_pages(&serve);
        self.assets.live.changed();
        self.serve = serve;
    }

    fn watch_pages(&self, serve: &Serve) -> Option<PageWatcher> {
        if !serve.live {
            return None;
        }
        if self.assets.live.banner().is_none() {
            self.printer
                .note("`serve.build.live` takes effect after a restart");
            return None;
        }
        let pages = Pages {
            folder: serve.folder.clone()?,
            built: serve.client.as_ref().map(|client| client.outdir.clone()),
        };
        PageWatcher::start(pages, Arc::clone(&self.assets))
            .map_err(|error| {
                self.printer
                    .note(&format!("Static files are not watched. {error}"));
            })
            .ok()
    }
}
