//! Keeps web pages and strangers from what is the server's own: the stream of `--live`, crons, and
//! whatever else shows or drives the server and is not user code. Owns the decision and what has been
//! told of it; which paths are the server's own is `ours`' business.
//!
//! A page may send anything to this machine, and browsers only keep it from reading the answers. It reads
//! them too when its own name leads to this machine (DNS rebinding): then a browser takes both for one
//! site. So whoever asks for what is ours must have a near address, must use a name that nobody can
//! have pointed here, and must not be a foreign page.
//!
//! User code and files are the platform's, whose contract is that everybody may ask. Of them only what a
//! rebound page gains is refused: answers under a name that somebody on the Internet may own. A browser
//! that came by https has checked the name, which no rebound page gets past. Pages open WebSockets
//! to every host anyway, so that a name gains them nothing there.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use deno_core::url::Url;
use partyrun_ops::message::HttpRequest;

use super::allowed_hosts::{AllowedHost, can_be_registered};
use super::asker::{Named, Page, Way, is_told_by_browser};
use super::refusal::{Refusal, Tip};

/// Refusals that are told at most: pages may make up as many names as they like.
const MOST_TOLD: usize = 20;

/// What somebody wants of something of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To read it, which browsers prevent where the page is foreign.
    Read,
    /// To have something done, which has happened before a browser prevents anything.
    Act,
}

/// Who is let in.
#[derive(Debug)]
pub struct Guard {
    allowed: RwLock<Vec<AllowedHost>>,
    told: Mutex<HashSet<Refusal>>,
}

impl Guard {
    pub fn new(allowed: Vec<AllowedHost>) -> Guard {
        Guard {
            allowed: RwLock::new(allowed),
            told: Mutex::default(),
        }
    }

    /// The names that it goes by.
    pub fn allowed(&self) -> Vec<AllowedHost> {
        let allowed = self.allowed.read();
        allowed.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Goes by other names from here on.
    pub fn allow(&self, allowed: Vec<AllowedHost>) {
        *self.allowed.write().unwrap_or_else(PoisonError::into_inner) = allowed;
        // Whoever took a name off the list hears of it again.
        self.told().clear();
    }

    /// Lets a request to something of ours in. Gives the origin of a foreign page that is allowed: it may
    /// read the answer.
    ///
    /// # Errors
    /// When it is refused.
    pub fn admit(
        &self,
        way: Way,
        http: &HttpRequest,
        purpose: Purpose,
    ) -> Result<Option<String>, Refusal> {
        if !way.is_near() {
            return Err(Refusal::Far(way.peer.to_canonical()));
        }
        let host = Named::in_url(&http.url);
        if !host.is_fixed() && !self.is_allowed(host, way.usual_port()) {
            return Err(Refusal::Name(Tip::of(host)));
        }
        match Page::of(http) {
            Page::Own => Ok(None),
            Page::Unsaid { is_browser } if is_browser && purpose == Purpose::Act => {
                Err(Refusal::Silent)
            }
            Page::Unsaid { .. } => Ok(None),
            Page::Of(origin) => self.admit_page(&origin).map(Some),
            Page::Nameless => Err(Refusal::Nameless),
            Page::Other => Err(Refusal::Other),
        }
    }

    fn admit_page(&self, origin: &Url) -> Result<String, Refusal> {
        let page = Named::in_url(origin.as_str());
        let usual = origin.port_or_known_default().unwrap_or_default();
        match self.is_allowed(page, usual) {
            true => Ok(origin.origin().ascii_serialization()),
            false => Err(Refusal::Page(Tip::of_page(page))),
        }
    }

    /// Lets a request to user code or a file in.
    ///
    /// # Errors
    /// When it came under a name that a web page may have and that nobody has allowed.
    pub fn admit_name(&self, way: Way, http: &HttpRequest) -> Result<(), Refusal> {
        let host = Named::in_url(&http.url);
        let is_fine = host.is_fixed()
            || way.is_encrypted()
            || !can_be_registered(host.name)
            || is_told_by_browser(http)
            || self.is_allowed(host, way.usual_port());
        match is_fine {
            true => Ok(()),
            false => Err(Refusal::Name(Tip::of(host))),
        }
    }

    fn is_allowed(&self, host: Named<'_>, usual_port: u16) -> bool {
        let allowed = self.allowed.read().unwrap_or_else(PoisonError::into_inner);
        let port = host.port.unwrap_or(usual_port);
        allowed.iter().any(|allowed| allowed.is(host.name, port))
    }

    /// Whether the developer has yet to hear of `refusal`.
    pub fn is_new(&self, refusal: &Refusal) -> bool {
        let mut told = self.told();
        told.len() < MOST_TOLD && told.insert(refusal.clone())
    }

    fn told(&self) -> MutexGuard<'_, HashSet<Refusal>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
