//! A body whose end is not there yet: produced on another thread, or read from a file. Its end is
//! said, not implied: a producer that just goes away has not produced the whole.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::mpsc;

/// Bytes of one read from a file.
const FILE_CHUNK: usize = 128 << 10;

/// How a body ended, as its producer says; a failure has its reason. Apart from the chunks, because it
/// must not wait until a slow reader has room for one more.
type End = Arc<OnceLock<Result<(), String>>>;

/// The producer's end.
pub struct BodySender {
    chunks: mpsc::Sender<Bytes>,
    end: End,
}

/// The reader's end. Dropping it tells the producer that nobody reads on.
pub struct BodyStream {
    source: Source,
    /// Total length in bytes, when the producer declared it.
    pub length: Option<u64>,
}

enum Source {
    Producer {
        chunks: mpsc::Receiver<Bytes>,
        end: End,
        /// A failure is told once.
        is_told: bool,
    },
    /// Read by whoever takes the chunks, when they do: it has no task that could outlive its reader.
    /// Boxed, because bodies are part of every event and most of them are no files.
    File(Box<FileSource>),
}

struct FileSource {
    file: tokio::fs::File,
    left: u64,
}

/// Nobody reads the body any more.
#[derive(Debug, PartialEq, Eq)]
pub struct Unread;

/// A stream of which at most `capacity` chunks wait for their reader.
pub fn body_stream(capacity: usize, length: Option<u64>) -> (BodySender, BodyStream) {
    let (sender, receiver) = mpsc::channel(capacity);
    let end = End::default();
    let producer = BodySender {
        chunks: sender,
        end: end.clone(),
    };
    let reader = BodyStream {
        source: Source::Producer {
            chunks: receiver,
            end,
            is_told: false,
        },
        length,
    };
    (producer, reader)
}

impl BodySender {
    /// Waits for room, then sends.
    ///
    /// # Errors
    /// [`Unread`] when the reader is gone.
    pub async fn send(&self, chunk: Bytes) -> Result<(), Unread> {
        self.chunks.send(chunk).await.map_err(|_| Unread)
    }

    /// That was all of it.
    pub fn finish(self) {
        self.end(Ok(()));
    }

    /// There will be no more, and `message` is why. Its reader hears of it after what was sent.
    pub fn fail(self, message: String) {
        self.end(Err(message));
    }

    fn end(self, how: Result<(), String>) {
        self.end
            .set(how)
            .expect("a sender ends once, for that consumes it");
    }

    /// Waits until nobody reads any more.
    pub async fn closed(&self) {
        self.chunks.closed().await;
    }
}

impl BodyStream {
    /// The next `length` bytes of an open file.
    pub fn file(file: std::fs::File, length: u64) -> Self {
        BodyStream {
            source: Source::File(Box::new(FileSource {
                file: tokio::fs::File::from_std(file),
                left: length,
            })),
            length: Some(length),
        }
    }

    /// The next chunk, or why there is none; `None` at the end of a whole body. A file's is read on
    /// the thread pool of the tokio runtime that this is called in.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, String>>> {
        match &mut self.source {
            Source::Producer {
                chunks,
                end,
                is_told,
            } => {
                let chunk = ready!(chunks.poll_recv(cx));
                if chunk.is_some() || std::mem::replace(is_told, true) {
                    return Poll::Ready(chunk.map(Ok));
                }
                Poll::Ready(match end.get() {
                    Some(Ok(())) => None,
                    Some(Err(message)) => Some(Err(message.clone())),
                    None => Some(Err("The body ended early".to_owned())),
                })
            }
            Source::File(source) => source.poll_next(cx),
        }
    }

    /// As [`BodyStream::poll_next`].
    pub async fn next(&mut self) -> Option<Result<Bytes, String>> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }
}

impl FileSource {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, String>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let length = usize::try_from(self.left).map_or(FILE_CHUNK, |left| left.min(FILE_CHUNK));
        let mut bytes = BytesMut::zeroed(length);
        let mut buffer = ReadBuf::new(&mut bytes);
        let read = ready!(Pin::new(&mut self.file).poll_read(cx, &mut buffer));
        let count = buffer.filled().len();
        let failure = match read {
            Ok(()) if count > 0 => {
                self.left -= count as u64;
                bytes.truncate(count);
                return Poll::Ready(Some(Ok(bytes.freeze())));
            }
            Ok(()) => "The file has become shorter".to_owned(),
            Err(error) => format!("The file cannot be read on: {error}"),
        };
        self.left = 0;
        Poll::Ready(Some(Err(failure)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    fn next(stream: &mut BodyStream) -> Poll<Option<Result<Bytes, String>>> {
        stream.poll_next(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_producer_that_goes_away_is_an_error_once() {
        let (sender, mut stream) = body_stream(1, None);
        drop(sender);
        assert!(matches!(next(&mut stream), Poll::Ready(Some(Err(_)))));
        assert_eq!(next(&mut stream), Poll::Ready(None));
    }

    #[test]
    fn a_finished_body_just_ends() {
        let (sender, mut stream) = body_stream(1, None);
        sender.finish();
        assert_eq!(next(&mut stream), Poll::Ready(None));
    }

    #[tokio::test]
    async fn a_failure_waits_for_nobody_and_comes_after_what_was_sent() {
        let (sender, mut stream) = body_stream(1, None);
        let sent = Bytes::from_static(b"sent");
        sender.send(sent.clone()).await.expect("it is read");
        sender.fail("why".to_owned());
        assert_eq!(stream.next().await, Some(Ok(sent)));
        assert_eq!(stream.next().await, Some(Err("why".to_owned())));
        assert_eq!(stream.next().await, None);
    }

    #[test]
    fn a_file_is_read_up_to_its_length_and_no_further() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime starts");
        let path = std::env::temp_dir().join(format!("partyrun-body-{}", std::process::id()));
        std::fs::write(&path, vec![7; FILE_CHUNK + 10]).expect("writable");
        let file = || std::fs::File::open(&path).expect("it is there");
        runtime.block_on(async {
            let mut stream = BodyStream::file(file(), FILE_CHUNK as u64 + 2);
            let mut lengths = Vec::new();
            while let Some(chunk) = stream.next().await {
                lengths.push(chunk.expect("readable").len());
            }
            assert_eq!(lengths.iter().sum::<usize>(), FILE_CHUNK + 2);

            let mut short = BodyStream::file(file(), FILE_CHUNK as u64 + 11);
            let mut last = None;
            while let Some(chunk) = short.next().await {
                last = Some(chunk);
            }
            assert!(last.is_some_and(|chunk| chunk.is_err()));
        });
        std::fs::remove_file(&path).expect("removable");
    }
}
