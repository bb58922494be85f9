//! The first line of a connection, as a browser would have sent it: curl and scripts leave characters
//! in a URL as they were typed that no URL has (RFC 3986, appendix A), and hyper refuses them. The rest
//! passes through. Never looks at a connection's later requests: programs that keep one open encode.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A line that is longer than hyper takes is left to hyper.
const LONGEST: usize = 64 << 10;
const PIECE: usize = 4 << 10;

/// A connection whose first line is mended while it is read.
pub struct FirstLine<S> {
    stream: S,
    head: Head,
}

enum Head {
    Coming(Vec<u8>),
    /// The mended bytes and how many of them were handed on.
    There(Vec<u8>, usize),
    Gone,
}

impl<S> FirstLine<S> {
    /// `begun`: what has been read of the connection.
    pub fn new(stream: S, begun: Vec<u8>) -> Self {
        let head = match is_enough(&begun) {
            true => Head::There(mended(begun), 0),
            false => Head::Coming(begun),
        };
        FirstLine { stream, head }
    }

    pub fn stream(&self) -> &S {
        &self.stream
    }

    pub fn stream_mut(&mut self) -> &mut S {
        &mut self.stream
    }

    /// The connection, and what was read of it that nobody has had.
    pub fn into_parts(self) -> (S, Vec<u8>) {
        let rest = match self.head {
            Head::Coming(bytes) => bytes,
            Head::There(bytes, given) => bytes[given..].to_vec(),
            Head::Gone => Vec::new(),
        };
        (self.stream, rest)
    }
}

/// Whether waiting for more bytes would change nothing.
fn is_enough(bytes: &[u8]) -> bool {
    // What speaks another protocol may never send a line.
    let is_foreign = |first: &u8| !first.is_ascii() || first.is_ascii_control();
    bytes.first().is_some_and(is_foreign) || bytes.contains(&b'\n') || bytes.len() > LONGEST
}

impl<S: AsyncRead + Unpin> AsyncRead for FirstLine<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let FirstLine { stream, head } = &mut *self;
        while let Head::Coming(bytes) = head {
            let mut piece = [std::mem::MaybeUninit::uninit(); PIECE];
            let mut piece = ReadBuf::uninit(&mut piece);
            ready!(Pin::new(&mut *stream).poll_read(cx, &mut piece))?;
            bytes.extend_from_slice(piece.filled());
            if piece.filled().is_empty() || is_enough(bytes) {
                *head = Head::There(mended(std::mem::take(bytes)), 0);
            }
        }
        if let Head::There(bytes, given) = head {
            let more = &bytes[*given..];
            let count = more.len().min(buffer.remaining());
            buffer.put_slice(&more[..count]);
            *given += count;
            if *given == bytes.len() {
                *head = Head::Gone;
            }
            return Poll::Ready(Ok(()));
        }
        Pin::new(stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for FirstLine<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The bytes with the target of the first line encoded, where it has to be.
fn mended(bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let line = &bytes[..end.unwrap_or(0)];
    let first = line.iter().position(|byte| *byte == b' ');
    let last = line.iter().rposition(|byte| *byte == b' ');
    let (Some(first), Some(last)) = (first, last) else {
        return bytes;
    };
    let Some(target) = line.get(first + 1..last) else {
        return bytes;
    };
    if !target.iter().any(is_foreign) {
        return bytes;
    }
    let mut encoded = Vec::with_capacity(bytes.len() + 64);
    encoded.extend_from_slice(&bytes[..=first]);
    for byte in target {
        match is_foreign(byte) {
            true => encoded.extend_from_slice(format!("%{byte:02X}").as_bytes()),
            false => encoded.push(*byte),
        }
    }
    encoded.extend_from_slice(&bytes[last..]);
    encoded
}

fn is_foreign(byte: &u8) -> bool {
    matches!(byte, b'"' | b'<' | b'>' | b'`' | b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[tokio::test]
    async fn only_the_target_of_the_first_line_is_encoded() {
        let sent: &[u8] =
            b"GET /a`b?q={\"a\": <1>} HTTP/1.1\r\nHost: \"x\"\r\n\r\nGET /\" HTTP/1.1\r\n";
        let mut read = String::new();
        let mut stream = FirstLine::new(sent, Vec::new());
        stream
            .read_to_string(&mut read)
            .await
            .expect("memory can be read");
        assert_eq!(
            read,
            "GET /a%60b?q={%22a%22:%20%3C1%3E} HTTP/1.1\r\nHost: \"x\"\r\n\r\nGET /\" HTTP/1.1\r\n"
        );
    }

    #[tokio::test]
    async fn what_is_no_request_passes_through() {
        for sent in ["", "GET", "GET /\n", "\r\n", "a b\r\n", "\"<>\"", " \n"] {
            let mut read = String::new();
            let mut stream = FirstLine::new(sent.as_bytes(), Vec::new());
            stream
                .read_to_string(&mut read)
                .await
                .expect("memory can be read");
            assert_eq!(read, sent);
        }
    }

    #[tokio::test]
    async fn what_nobody_has_had_comes_back_with_the_connection() {
        let sent = b"GET / HTTP/1.1\r\n\r\nframe";
        for begun in [0, 4, 16, 20] {
            let mut stream = FirstLine::new(&sent[begun..], sent[..begun].to_vec());
            let mut head = [0; 18];
            stream
                .read_exact(&mut head)
                .await
                .expect("memory can be read");
            assert_eq!(head, sent[..18]);
            let (later, unread) = stream.into_parts();
            assert_eq!([&unread[..], later].concat(), b"frame");
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::chance::cases(300))]

        #[test]
        fn random_bytes_are_mended_once_and_only_within_the_target(bytes in "[GET /\"<>`?\r\n\t]{0,40}") {
            let bytes = bytes.into_bytes();
            let once = mended(bytes.clone());
            proptest::prop_assert_eq!(mended(once.clone()), once.clone());
            let decoded: Vec<u8> = percent_encoding::percent_decode(&once).collect();
            proptest::prop_assert_eq!(decoded, bytes);
        }
    }
}
