//! Who gets a page in the place of the text with which a request fails in user code: a browser on this machine
//! that is on its way to a page, where pages are wanted. The page shows code, which other machines need not see, nor
//! those who come through a tunnel, by its name.

use partyrun_ops::message::HttpRequest;

use super::asker::{Named, Way};
use super::door::FrontDoor;
use crate::call::Reply;

/// Whether whoever asks would be shown the page.
pub fn is_wanted(door: &FrontDoor, way: Way, http: &HttpRequest) -> bool {
    http.method == "GET" && door.pages.shows_errors() && asks_for_pages(http) && may_see(way, http)
}

/// Whether whoever asks may see the code that errors are about.
pub fn may_see(way: Way, http: &HttpRequest) -> bool {
    way.is_here && Named::in_url(&http.url).is_fixed()
}

/// The answer as it goes to whoever asked.
pub fn instead(door: &FrontDoor, is_wanted: bool, reply: Reply) -> Reply {
    match reply {
        Reply::Failed(reply, trouble) if is_wanted && reply.status >= 500 => {
            let short = |text: &str| door.reporter.shorten(text);
            Reply::Response(door.pages.error_page(reply.status, &trouble, &short))
        }
        reply => reply.settled(),
    }
}

/// Asked of each request, so nothing is copied.
fn asks_for_pages(http: &HttpRequest) -> bool {
    const PAGE: &[u8] = b"text/html";
    let mut headers = http.headers.iter();
    headers.any(|(name, value)| {
        **name == *b"accept" && value.windows(PAGE.len()).any(|part| part == PAGE)
    })
}
