//! zlib and Brotli for `node:zlib`, in pieces. Formats are those of RFC 1950, 1951, 1952 and 7932.

mod brotli;
mod zlib;

use std::cell::RefCell;

use deno_core::GarbageCollected;
use deno_core::convert::Uint8Array;
use deno_core::op2;
use deno_core::v8;

/// Output is made in pieces of this length.
const CHUNK: usize = 32 << 10;

/// The first word of a message is the code that Node.js gives such an error.
#[derive(Debug, thiserror::Error, deno_error::JsError)]
pub enum CompressionError {
    #[class(generic)]
    #[error("Z_STREAM_ERROR unknown format")]
    Format,
    #[class(generic)]
    #[error("Z_STREAM_ERROR stream is closed")]
    Closed,
    #[class(generic)]
    #[error("Z_STREAM_ERROR Failed to set dictionary")]
    UnsetDictionary,
    #[class(generic)]
    #[error("Z_BUF_ERROR unexpected end of file")]
    Ended,
    #[class(generic)]
    #[error("Z_NEED_DICT Missing dictionary")]
    MissingDictionary,
    #[class(generic)]
    #[error("Z_NEED_DICT Bad dictionary")]
    BadDictionary,
    #[class(generic)]
    #[error("Z_DATA_ERROR {0}")]
    Data(String),
    #[class(range)]
    #[error("ERR_BUFFER_TOO_LARGE Cannot create a Buffer larger than {0} bytes")]
    TooLarge(u32),
}

enum Codec {
    Deflate(zlib::Deflating),
    Inflate(zlib::Inflating),
    Brotli(brotli::Compressing),
    Unbrotli(brotli::Decompressing),
}

/// A compression or decompression in progress, held by JavaScript.
pub struct Compressing(RefCell<Option<Codec>>);

// SAFETY: holds no V8 handles, so there is nothing to trace.
unsafe impl GarbageCollected for Compressing {
    fn trace(&self, _visitor: &mut v8::cppgc::Visitor) {}

    fn get_name(&self) -> &'static std::ffi::CStr {
        c"Compressing"
    }
}

/// `level` is that of the format; `window` is a logarithm. Memory and strategy are zlib's, and so is
/// the dictionary, of which an empty one is none.
#[op2]
#[cppgc]
pub fn op_pr_compression(
    #[string] format: &str,
    #[smi] level: i32,
    #[smi] window: i32,
    #[smi] memory: i32,
    #[smi] strategy: i32,
    #[buffer] dictionary: &[u8],
) -> Result<Compressing, CompressionError> {
    let inflate =
        |wrapper| zlib::Inflating::new(wrapper, window, dictionary.to_vec()).map(Codec::Inflate);
    let deflate = |wrapper| {
        let settings = zlib::Settings {
            level,
            window,
            memory,
            strategy,
        };
        zlib::Deflating::new(wrapper, &settings, dictionary).map(Codec::Deflate)
    };
    let codec = match format {
        "deflate" => deflate(zlib::Wrapper::Zlib)?,
        "deflateRaw" => deflate(zlib::Wrapper::None)?,
        "gzip" => deflate(zlib::Wrapper::Gzip)?,
        "inflate" => inflate(zlib::Wrapper::Zlib)?,
        "inflateRaw" => inflate(zlib::Wrapper::None)?,
        "gunzip" => inflate(zlib::Wrapper::Gzip)?,
        "brotliCompress" => Codec::Brotli(brotli::Compressing::new(level, window)),
        "brotliDecompress" => Codec::Unbrotli(brotli::Decompressing::new()),
        _ => return Err(CompressionError::Format),
    };
    Ok(Compressing(RefCell::new(Some(codec))))
}

/// Takes some input; returns what output there is. `flush` is zlib's number, and for Brotli 0 or
/// another. At most `limit` bytes come of one call.
#[op2]
pub fn op_pr_compression_write(
    #[cppgc] compressing: &Compressing,
    #[buffer] input: &[u8],
    #[smi] flush: i32,
    limit: u32,
) -> Result<Uint8Array, CompressionError> {
    let mut codec = compressing.0.borrow_mut();
    let output = match codec.as_mut().ok_or(CompressionError::Closed)? {
        Codec::Deflate(deflating) => deflating.write(input, flush, limit),
        Codec::Inflate(inflating) => inflating.write(input, limit),
        Codec::Brotli(compressing) => compressing.write(input, flush != 0),
        Codec::Unbrotli(decompressing) => decompressing.write(input, limit),
    }?;
    Ok(output.into())
}

/// The end of the output.
#[op2]
pub fn op_pr_compression_finish(
    #[cppgc] compressing: &Compressing,
    limit: u32,
) -> Result<Uint8Array, CompressionError> {
    let codec = compressing.0.borrow_mut().take();
    let output = match codec.ok_or(CompressionError::Closed)? {
        Codec::Deflate(deflating) => deflating.finish(limit)?,
        Codec::Inflate(inflating) => inflating.finish()?,
        Codec::Brotli(compressing) => compressing.finish(),
        Codec::Unbrotli(decompressing) => decompressing.finish()?,
    };
    Ok(output.into())
}

/// How many bytes of the input belong to the data: what follows its end does not.
#[op2(fast)]
pub fn op_pr_compression_taken(#[cppgc] compressing: &Compressing) -> f64 {
    match &*compressing.0.borrow() {
        Some(Codec::Inflate(inflating)) => inflating.taken() as f64,
        _ => -1.0,
    }
}
