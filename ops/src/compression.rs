//! zlib and Brotli for `node:zlib`, in pieces. Formats are those of RFC 1950, 1951, 1952 and 7932.

use std::cell::RefCell;
use std::io::Write;

use deno_core::GarbageCollected;
use deno_core::convert::Uint8Array;
use deno_core::op2;
use deno_core::v8;
use flate2::write::{DeflateEncoder, GzDecoder, GzEncoder, ZlibEncoder};
use flate2::{Compression, Decompress, FlushDecompress, Status};

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
    #[error("Z_BUF_ERROR unexpected end of file")]
    Ended,
    #[class(generic)]
    #[error("Z_DATA_ERROR {0}")]
    Data(String),
    #[class(range)]
    #[error("ERR_BUFFER_TOO_LARGE Cannot create a Buffer larger than {0} bytes")]
    TooLarge(u32),
}

impl From<std::io::Error> for CompressionError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => CompressionError::Ended,
            _ => CompressionError::Data(error.to_string()),
        }
    }
}

enum Codec {
    Deflate(ZlibEncoder<Vec<u8>>),
    DeflateRaw(DeflateEncoder<Vec<u8>>),
    Gzip(GzEncoder<Vec<u8>>),
    Inflate {
        state: Decompress,
        ended: bool,
    },
    Gunzip {
        decoder: GzDecoder<Vec<u8>>,
        started: bool,
    },
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
    Unbrotli(Box<brotli::DecompressorWriter<Bounded>>),
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

/// `level` is that of the format; `window` is Brotli's, as a logarithm.
#[op2]
#[cppgc]
pub fn op_pr_compression(
    #[string] format: &str,
    level: u32,
    window: u32,
) -> Result<Compressing, CompressionError> {
    let codec = match format {
        "deflate" => Codec::Deflate(ZlibEncoder::new(Vec::new(), Compression::new(level.min(9)))),
        "deflateRaw" => Codec::DeflateRaw(DeflateEncoder::new(
            Vec::new(),
            Compression::new(level.min(9)),
        )),
        "gzip" => Codec::Gzip(GzEncoder::new(Vec::new(), Compression::new(level.min(9)))),
        "inflate" => Codec::Inflate {
            state: Decompress::new(true),
            ended: false,
        },
        "inflateRaw" => Codec::Inflate {
            state: Decompress::new(false),
            ended: false,
        },
        "gunzip" => Codec::Gunzip {
            decoder: GzDecoder::new(Vec::new()),
            started: false,
        },
        "brotliCompress" => {
            let writer = brotli::CompressorWriter::new(
                Vec::new(),
                CHUNK,
                level.min(11),
                window.clamp(10, 24),
            );
            Codec::Brotli(Box::new(writer))
        }
        "brotliDecompress" => {
            let output = Bounded {
                bytes: Vec::new(),
                limit: 0,
            };
            Codec::Unbrotli(Box::new(brotli::DecompressorWriter::new(output, CHUNK)))
        }
        _ => return Err(CompressionError::Format),
    };
    Ok(Compressing(RefCell::new(Some(codec))))
}

/// Takes some input; answers what output there is. At most `limit` bytes come of one call.
#[op2]
pub fn op_pr_compression_write(
    #[cppgc] compressing: &Compressing,
    #[buffer] input: &[u8],
    flush: bool,
    limit: u32,
) -> Result<Uint8Array, CompressionError> {
    let mut codec = compressing.0.borrow_mut();
    let output = match codec.as_mut().ok_or(CompressionError::Closed)? {
        Codec::Deflate(encoder) => encode(encoder, input, flush, |e| e.get_mut()),
        Codec::DeflateRaw(encoder) => encode(encoder, input, flush, |e| e.get_mut()),
        Codec::Gzip(encoder) => encode(encoder, input, flush, |e| e.get_mut()),
        Codec::Brotli(encoder) => encode(&mut **encoder, input, flush, |e| e.get_mut()),
        Codec::Inflate { state, ended } => inflate(state, ended, input, limit),
        Codec::Gunzip { decoder, started } => gunzip(decoder, started, input, limit),
        Codec::Unbrotli(decoder) => unbrotli(decoder, input, limit),
    }?;
    Ok(output.into())
}

/// The end of the output.
#[op2]
pub fn op_pr_compression_finish(
    #[cppgc] compressing: &Compressing,
) -> Result<Uint8Array, CompressionError> {
    let codec = compressing.0.borrow_mut().take();
    let output = match codec.ok_or(CompressionError::Closed)? {
        Codec::Deflate(encoder) => encoder.finish()?,
        Codec::DeflateRaw(encoder) => encoder.finish()?,
        Codec::Gzip(encoder) => encoder.finish()?,
        Codec::Brotli(encoder) => encoder.into_inner(),
        Codec::Inflate { ended: true, .. } => Vec::new(),
        Codec::Inflate { .. } => return Err(CompressionError::Ended),
        Codec::Gunzip { started: false, .. } => return Err(CompressionError::Ended),
        Codec::Gunzip { decoder, .. } => decoder.finish()?,
        Codec::Unbrotli(mut decoder) => {
            decoder.close().map_err(|_| CompressionError::Ended)?;
            std::mem::take(&mut decoder.get_mut().bytes)
        }
    };
    Ok(output.into())
}

fn encode<E: Write>(
    encoder: &mut E,
    input: &[u8],
    flush: bool,
    output: impl Fn(&mut E) -> &mut Vec<u8>,
) -> Result<Vec<u8>, CompressionError> {
    encoder.write_all(input)?;
    if flush {
        encoder.flush()?;
    }
    Ok(std::mem::take(output(encoder)))
}

/// What follows the end of the data is left alone.
fn inflate(
    state: &mut Decompress,
    ended: &mut bool,
    mut input: &[u8],
    limit: u32,
) -> Result<Vec<u8>, CompressionError> {
    let mut output = Vec::new();
    while !*ended {
        output.reserve(CHUNK);
        let (before_in, before_out) = (state.total_in(), output.len());
        let status = state
            .decompress_vec(input, &mut output, FlushDecompress::Sync)
            .map_err(|error| {
                let message = error.message().unwrap_or("incorrect header check");
                CompressionError::Data(message.to_owned())
            })?;
        let taken = state.total_in() - before_in;
        input = &input[usize::try_from(taken).expect("it is part of the input")..];
        if output.len() > limit as usize {
            return Err(CompressionError::TooLarge(limit));
        }
        *ended = status == Status::StreamEnd;
        if taken == 0 && output.len() == before_out {
            break;
        }
    }
    Ok(output)
}

/// Members that follow one another are one text; zeros behind the last are left alone.
fn gunzip(
    decoder: &mut GzDecoder<Vec<u8>>,
    started: &mut bool,
    mut input: &[u8],
    limit: u32,
) -> Result<Vec<u8>, CompressionError> {
    let mut output = Vec::new();
    if !*started && !input.is_empty() {
        check_header(input)?;
        *started = true;
    }
    while !input.is_empty() {
        let piece = &input[..input.len().min(CHUNK)];
        let taken = decoder.write(piece).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => CompressionError::Ended,
            _ if decoder.header().is_none() => {
                CompressionError::Data("incorrect header check".to_owned())
            }
            _ => CompressionError::Data(error.to_string()),
        })?;
        decoder.flush()?;
        output.append(decoder.get_mut());
        if output.len() > limit as usize {
            return Err(CompressionError::TooLarge(limit));
        }
        input = &input[taken..];
        if taken == 0 {
            if input[0] == 0 {
                break;
            }
            check_header(input)?;
            let member = std::mem::replace(decoder, GzDecoder::new(Vec::new()));
            output.extend(member.finish()?);
        }
    }
    Ok(output)
}

/// Refuses what cannot be a gzip member; the decoder itself waits for the whole header.
fn check_header(input: &[u8]) -> Result<(), CompressionError> {
    let mut pairs = input.iter().zip([0x1f, 0x8b]);
    match pairs.all(|(byte, magic)| *byte == magic) {
        true => Ok(()),
        false => Err(CompressionError::Data("incorrect header check".to_owned())),
    }
}

/// A Brotli stream of a few bytes can say that gigabytes follow.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
}

impl Write for Bounded {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len() + data.len() > self.limit {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        self.bytes.extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn unbrotli(
    decoder: &mut brotli::DecompressorWriter<Bounded>,
    input: &[u8],
    limit: u32,
) -> Result<Vec<u8>, CompressionError> {
    decoder.get_mut().limit = limit as usize;
    decoder
        .write_all(input)
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::StorageFull => CompressionError::TooLarge(limit),
            _ => CompressionError::Data("Decompression failed".to_owned()),
        })?;
    Ok(std::mem::take(&mut decoder.get_mut().bytes))
}
