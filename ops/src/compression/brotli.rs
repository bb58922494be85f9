//! Brotli (RFC 7932). Knows nothing of JavaScript.

use std::io::Write;

use brotli::{CompressorWriter, DecompressorWriter};

use super::{CHUNK, CompressionError};

pub struct Compressing(Box<CompressorWriter<Vec<u8>>>);

impl Compressing {
    pub fn new(quality: i32, window: i32) -> Self {
        let (quality, window) = (quality.clamp(0, 11), window.clamp(10, 24));
        let small = |number: i32| u32::try_from(number).expect("it is clamped");
        let writer = CompressorWriter::new(Vec::new(), CHUNK, small(quality), small(window));
        Self(Box::new(writer))
    }

    pub fn write(&mut self, input: &[u8], flush: bool) -> Result<Vec<u8>, CompressionError> {
        let failed = |error: std::io::Error| CompressionError::Data(error.to_string());
        self.0.write_all(input).map_err(failed)?;
        if flush {
            self.0.flush().map_err(failed)?;
        }
        Ok(std::mem::take(self.0.get_mut()))
    }

    pub fn finish(self) -> Vec<u8> {
        self.0.into_inner()
    }
}

/// A stream of a few bytes can say that gigabytes follow.
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

pub struct Decompressing(Box<DecompressorWriter<Bounded>>);

impl Decompressing {
    pub fn new() -> Self {
        let output = Bounded {
            bytes: Vec::new(),
            limit: 0,
        };
        Self(Box::new(DecompressorWriter::new(output, CHUNK)))
    }

    pub fn write(&mut self, input: &[u8], limit: u32) -> Result<Vec<u8>, CompressionError> {
        self.0.get_mut().limit = limit as usize;
        self.0
            .write_all(input)
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::StorageFull => CompressionError::TooLarge(limit),
                _ => CompressionError::Data("Decompression failed".to_owned()),
            })?;
        Ok(std::mem::take(&mut self.0.get_mut().bytes))
    }

    pub fn finish(mut self) -> Result<Vec<u8>, CompressionError> {
        self.0.close().map_err(|_| CompressionError::Ended)?;
        Ok(std::mem::take(&mut self.0.get_mut().bytes))
    }
}
