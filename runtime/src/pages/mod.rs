//! The project's static files (specification, section 3.8): which file a path means, and the answer
//! with it. Read from disk for each request, so that files come and go without anybody being told.
//! Owns no route: who may be asked before a file is `server`'s business.

mod answer;
pub mod dashboard;
mod failed;
mod find;
mod live;
mod media_type;
mod path;
mod told;
mod unbuilt;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use partyrun_ops::message::{HeaderList, HttpReply};
use tokio::sync::watch;

pub use live::{Live, ProblemSource};
pub use path::Malformed;

use answer::Asked;

use crate::project::Trouble;

/// How long a request for a file waits for the client build that is running. The build goes on.
const BUILD_PATIENCE: Duration = Duration::from_secs(30);
/// Answers a path for which there is no other answer (section 3.4).
const NOT_FOUND_PAGE: &str = "/404.html";

/// Where the build of the client code stands (section 10.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ClientBuild {
    /// No build is running, and the files are current.
    #[default]
    Settled,
    /// Files are about to change: requests wait, so that nobody is served what was just replaced.
    Running,
    /// Only the errors of the build are served.
    Failed {
        errors: Arc<str>,
        /// The folder of the files that are missing.
        outdir: Arc<Path>,
    },
}

#[derive(Clone, Default)]
struct Folder {
    path: Option<PathBuf>,
    single_page_app: bool,
}

/// The static files of a server. Shared by the front door and all rooms.
pub struct Assets {
    folder: RwLock<Folder>,
    build: watch::Sender<ClientBuild>,
    shows_errors: AtomicBool,
    /// Pages that reload themselves, when asked for.
    pub live: Live,
}

impl Default for Assets {
    fn default() -> Self {
        Assets {
            folder: RwLock::default(),
            build: watch::Sender::new(ClientBuild::default()),
            shows_errors: AtomicBool::new(false),
            live: Live::default(),
        }
    }
}

impl Assets {
    /// Serves the files below `path`, or none. Affects nothing but the requests that follow.
    pub fn serve(&self, path: Option<PathBuf>, single_page_app: bool) {
        let mut folder = self.folder.write().unwrap_or_else(PoisonError::into_inner);
        *folder = Folder {
            path,
            single_page_app,
        };
    }

    /// Whether there is a folder of files.
    pub fn is_served(&self) -> bool {
        self.folder().path.is_some()
    }

    /// Says where the client build stands.
    pub fn set_client_build(&self, build: ClientBuild) {
        let source = ProblemSource::ClientCode;
        // A page that shows the errors must find them told already, and the files in their place
        // before it hears that there are none any more.
        match &build {
            ClientBuild::Running => {
                self.build.send_replace(build);
            }
            ClientBuild::Failed { errors, .. } => {
                self.live.set_problem(source, Some(errors));
                self.build.send_replace(build);
            }
            ClientBuild::Settled => {
                self.build.send_replace(build);
                self.live.set_problem(source, None);
            }
        }
    }

    /// From here on, browsers on this machine are shown errors of user code as pages.
    pub fn show_errors(&self) {
        self.shows_errors.store(true, Ordering::Relaxed);
    }

    /// Whether they are.
    pub fn shows_errors(&self) -> bool {
        self.shows_errors.load(Ordering::Relaxed)
    }

    /// The page for an error of user code; `short` shortens the names of files.
    pub fn error_page(
        &self,
        status: u16,
        trouble: &Trouble,
        short: &dyn Fn(&str) -> String,
    ) -> HttpReply {
        failed::reply(status, trouble, short, self.live.error_tag())
    }

    fn folder(&self) -> Folder {
        let folder = self.folder.read().unwrap_or_else(PoisonError::into_inner);
        folder.clone()
    }

    /// The answer to a client's request for `path`; `None` when there is no such file.
    ///
    /// # Errors
    /// For a path that is not percent-encoded UTF-8, which has an answer of its own (section 3.8).
    pub async fn answer(
        &self,
        method: &str,
        path: &str,
        headers: &HeaderList,
    ) -> Result<Option<HttpReply>, Malformed> {
        if !matches!(method, "GET" | "HEAD") {
            return Ok(None);
        }
        let path = path::decode(path)?.into_owned();
        let folder = self.folder();
        let Some(root) = folder.path else {
            return Ok(None);
        };
        let asked = Asked::by(method, headers, &self.live);
        let navigates = folder.single_page_app && answer::navigates(headers);
        let shows_pages = answer::shows_pages(headers);
        let build = self.settled().await;
        let tag = shows_pages.then(|| self.live.problem_tag()).flatten();
        Ok(off_thread(move || {
            let found = find::file(&root, &path).or_else(|| {
                let page = navigates && path::is_page(&path);
                page.then(|| find::file(&root, "/index.html")).flatten()
            });
            if let ClientBuild::Failed { errors, outdir } = build {
                let is_built = root.join(path.trim_start_matches('/')).starts_with(outdir);
                return (is_built || found.is_some()).then(|| unbuilt::reply(&errors, tag));
            }
            found?.answer(&asked)
        })
        .await)
    }

    /// The project's own page for what is not found, whatever the method.
    pub async fn not_found(&self, method: &str) -> Option<HttpReply> {
        let root = self.folder().path?;
        let asked = Asked::plainly(method, &self.live);
        let mut reply =
            off_thread(move || find::file(&root, NOT_FOUND_PAGE)?.answer(&asked)).await?;
        reply.status = 404;
        // A client that has this page must not be told that it still is what the path means.
        reply
            .headers
            .retain(|(name, _)| name != answer::ETAG && name != answer::ACCEPT_RANGES);
        Some(reply)
    }

    /// What `assets.fetch()` of user code gets. `path` is decoded. Blocks its thread, which is the
    /// room's own.
    pub fn fetch(&self, path: &str) -> Option<HttpReply> {
        let root = self.folder().path?;
        let found = find::file(&root, path)?;
        let build = self.build.borrow().clone();
        match build {
            // A page that user code asks for is one that it hands on to a browser.
            ClientBuild::Failed { errors, .. } => {
                let tag = found.is_page().then(|| self.live.problem_tag()).flatten();
                Some(unbuilt::reply(&errors, tag))
            }
            ClientBuild::Settled | ClientBuild::Running => found.answer(&Asked::by_user_code()),
        }
    }

    async fn settled(&self) -> ClientBuild {
        if *self.build.borrow() != ClientBuild::Running {
            return self.build.borrow().clone();
        }
        let mut build = self.build.subscribe();
        let settled = build.wait_for(|build| *build != ClientBuild::Running);
        match tokio::time::timeout(BUILD_PATIENCE, settled).await {
            Ok(Ok(build)) => build.clone(),
            _ => ClientBuild::Settled,
        }
    }
}

/// A disk may be slow, and the threads of the front door are few.
async fn off_thread(
    work: impl FnOnce() -> Option<HttpReply> + Send + 'static,
) -> Option<HttpReply> {
    tokio::task::spawn_blocking(work).await.ok().flatten()
}
