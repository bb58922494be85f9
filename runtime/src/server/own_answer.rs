//! Answers to requests that hyper cannot read. It makes them by itself, before anybody sees a request, and
//! they have no body. Never looks at a request.

use bytes::Bytes;

/// hyper's answer: its status line, and these lines. None of ours has them in this order.
const REST: &[u8] = b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
const TOO_LARGE: &[u8] = b"431 Request Header Fields Too Large";
/// `HTTP/1.1 `: the version is that of the last request.
const VERSION: usize = 9;

/// Most header lines of a request. The original counts their bytes only. hyper has a place for so many each time when it
/// is told; by itself it has few, on the stack, which nearly all requests can do with.
pub const MAX_HEADERS: usize = 1000;

/// Whether `bytes` are hyper's answer to a head with too many lines, or too many bytes.
pub fn is_too_large(bytes: &[u8]) -> bool {
    let line = bytes.strip_suffix(REST);
    line.is_some_and(|line| line.ends_with(TOO_LARGE))
}

/// What to send instead of `bytes`, if they are an answer of hyper's.
pub fn instead_of(bytes: &[u8]) -> Option<Bytes> {
    let line = bytes.strip_suffix(REST)?;
    let text = match line.get(VERSION..)? {
        b"400 Bad Request" => "ERROR: The head of the request is not valid HTTP/1.1.",
        b"414 URI Too Long" => "ERROR: The URL is too long: it has more than 65,534 bytes.",
        TOO_LARGE => {
            "ERROR: The head of the request is too large: it has more than 1,000 lines or 400 KiB."
        }
        _ => return None,
    };
    let line = std::str::from_utf8(line).ok()?;
    let length = text.len();
    let answer = format!(
        "{line}\r\nConnection: close\r\nContent-Length: {length}\r\nContent-Type: text/plain\r\n\r\n{text}"
    );
    Some(answer.into())
}

/// What the terminal says of such a request. `None`: the client has only gone away.
pub fn notice(error: &hyper::Error) -> Option<String> {
    error
        .is_parse()
        .then(|| format!("A request was refused, because its head cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hypers_own_answers_are_replaced() {
        for status in ["400 Bad Request", "414 URI Too Long"] {
            let own =
                format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            let instead = instead_of(own.as_bytes()).expect("it is one");
            let instead = std::str::from_utf8(&instead).expect("it is text");
            let (head, body) = instead.split_once("\r\n\r\n").expect("it has a body");
            assert!(
                head.starts_with(&format!("HTTP/1.1 {status}\r\n")),
                "{head}"
            );
            assert!(
                head.contains(&format!("Content-Length: {}\r\n", body.len())),
                "{head}"
            );
        }
        for other in [
            "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            "",
        ] {
            assert_eq!(instead_of(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn the_text_names_the_limit() {
        let own = "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        let instead = instead_of(own.as_bytes()).expect("it is one");
        let limit = MAX_HEADERS / 1000;
        let text = String::from_utf8_lossy(&instead).into_owned();
        assert!(
            text.contains(&format!("more than {limit},000 lines")),
            "{text}"
        );
    }
}
