//! How hyper is told to spell header names. It keeps the spelling of what it has parsed in an
//! extension of the message and honours it when it writes a message that has one, but no other code
//! can make that extension: so hyper parses a request with these names.

use std::cell::RefCell;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Waker};

use bytes::Bytes;
use hashlink::LruCache;
use http::Extensions;
use http_body_util::Empty;
use hyper::Response;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

/// Lists of names that are kept. A program's answers have few.
const LISTS: usize = 256;
/// Longest list that is kept, in bytes of its names. What is longer keeps hyper's spelling.
const LIST_BYTES: usize = 4 << 10;

thread_local! {
    /// Of the one thread that writes answers: nobody waits for it.
    static KNOWN: RefCell<LruCache<Vec<u8>, Extensions>> = RefCell::new(LruCache::new(LISTS));
}

/// Has hyper spell these names as they are.
pub fn ask_for(extensions: &mut Extensions, names: &[Bytes]) {
    let list = lines(names);
    if list.len() > LIST_BYTES {
        return;
    }
    let known = KNOWN.with_borrow_mut(|known| known.get(&list).cloned());
    let spelled = known.unwrap_or_else(|| {
        let spelled = parsed(&list);
        KNOWN.with_borrow_mut(|known| known.insert(list, spelled.clone()));
        spelled
    });
    extensions.extend(spelled);
}

/// A request with these headers.
fn lines(names: &[Bytes]) -> Vec<u8> {
    let mut request = b"GET / HTTP/1.1\r\n".to_vec();
    for name in names {
        request.extend_from_slice(name);
        request.extend_from_slice(b":\r\n");
    }
    request.extend_from_slice(b"\r\n");
    request
}

/// The extensions that hyper gives a request.
fn parsed(request: &[u8]) -> Extensions {
    let found = Mutex::new(Extensions::new());
    let take = service_fn(|request: hyper::Request<_>| {
        let extensions = request.into_parts().0.extensions;
        *found.lock().unwrap_or_else(PoisonError::into_inner) = extensions;
        std::future::ready(Ok::<_, std::convert::Infallible>(Response::new(Empty::<
            Bytes,
        >::new(
        ))))
    });
    let wire = tokio::io::join(request, tokio::io::sink());
    {
        let mut connection = pin!(
            hyper::server::conn::http1::Builder::new()
                .preserve_header_case(true)
                .keep_alive(false)
                .serve_connection(TokioIo::new(wire), take)
        );
        // Neither end of this wire makes anybody wait: one look is enough.
        let _ = connection
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
    }
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parsed_once_for_all() {
        let mut first = Extensions::new();
        let names = [Bytes::from("x-lower"), Bytes::from("X-UPPER")];
        ask_for(&mut first, &names);
        assert_eq!(first.len(), 1, "hyper has made its extension");
        let mut second = Extensions::new();
        ask_for(&mut second, &names);
        assert_eq!(second.len(), 1);
    }

    #[test]
    fn overlong_lists_are_left_alone() {
        let mut extensions = Extensions::new();
        ask_for(&mut extensions, &[Bytes::from(vec![b'a'; LIST_BYTES])]);
        assert!(extensions.is_empty());
    }
}
