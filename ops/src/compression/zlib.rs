//! Deflate with the three wrappers that it has, by zlib-rs. Knows nothing of JavaScript.

use zlib_rs::{
    Deflate, DeflateConfig, DeflateFlush, Inflate, InflateError, InflateFlush, Status, Strategy,
};

use super::{CHUNK, CompressionError};

/// Added to the logarithm of the window: what stands around the data.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wrapper {
    /// RFC 1951.
    None,
    /// RFC 1950.
    Zlib,
    /// RFC 1952.
    Gzip,
}

const GZIP: i32 = 16;

pub struct Settings {
    pub level: i32,
    pub window: i32,
    pub memory: i32,
    pub strategy: i32,
}

pub struct Deflating(Deflate);

impl Deflating {
    pub fn new(
        wrapper: Wrapper,
        settings: &Settings,
        dictionary: &[u8],
    ) -> Result<Self, CompressionError> {
        // Others make zlib-rs panic; 8 is 9 in zlib itself.
        let window = settings.window.clamp(9, 15);
        let mut deflate = Deflate::new_with_config(DeflateConfig {
            level: settings.level.clamp(-1, 9),
            window_bits: match wrapper {
                Wrapper::None => -window,
                Wrapper::Zlib => window,
                Wrapper::Gzip => window + GZIP,
            },
            mem_level: settings.memory.clamp(1, 9),
            strategy: Strategy::try_from(settings.strategy).unwrap_or_default(),
            ..DeflateConfig::default()
        });
        // In gzip there is no place for the name of one, and Node.js ignores it.
        if !dictionary.is_empty() && wrapper != Wrapper::Gzip {
            let set = deflate.set_dictionary(dictionary);
            set.map_err(|_| CompressionError::UnsetDictionary)?;
        }
        Ok(Self(deflate))
    }

    fn run(
        &mut self,
        mut input: &[u8],
        flush: DeflateFlush,
        limit: u32,
    ) -> Result<Vec<u8>, CompressionError> {
        let mut output = Vec::new();
        let mut chunk = vec![0; CHUNK];
        loop {
            let (before_in, before_out) = (self.0.total_in(), self.0.total_out());
            let status = self.0.compress(input, &mut chunk, flush);
            let status =
                status.map_err(|error| CompressionError::Data(error.as_str().to_owned()))?;
            input = &input[length(self.0.total_in() - before_in)..];
            let made = length(self.0.total_out() - before_out);
            output.extend_from_slice(&chunk[..made]);
            if output.len() > limit as usize {
                return Err(CompressionError::TooLarge(limit));
            }
            let wants_more_room = made == chunk.len() || !input.is_empty();
            if status == Status::StreamEnd || !wants_more_room {
                return Ok(output);
            }
        }
    }

    pub fn write(
        &mut self,
        input: &[u8],
        flush: i32,
        limit: u32,
    ) -> Result<Vec<u8>, CompressionError> {
        let flush = DeflateFlush::try_from(flush).unwrap_or(DeflateFlush::NoFlush);
        self.run(input, flush, limit)
    }

    pub fn finish(mut self, limit: u32) -> Result<Vec<u8>, CompressionError> {
        self.run(&[], DeflateFlush::Finish, limit)
    }
}

pub struct Inflating {
    state: Inflate,
    wrapper: Wrapper,
    window: u8,
    dictionary: Vec<u8>,
    /// Input of members that have ended.
    before: u64,
    ended: bool,
}

impl Inflating {
    /// An empty dictionary is none.
    pub fn new(
        wrapper: Wrapper,
        window: i32,
        dictionary: Vec<u8>,
    ) -> Result<Self, CompressionError> {
        let window = u8::try_from(window.clamp(8, 15)).expect("it is between 8 and 15");
        let mut state = open(wrapper, window);
        if wrapper == Wrapper::None && !dictionary.is_empty() {
            let set = state.set_dictionary(&dictionary);
            set.map_err(|_| CompressionError::UnsetDictionary)?;
        }
        Ok(Self {
            state,
            wrapper,
            window,
            dictionary,
            before: 0,
            ended: false,
        })
    }

    pub fn taken(&self) -> u64 {
        self.before + self.state.total_in()
    }

    /// Members of gzip that follow one another are one text. Zeros behind the last are left alone, as
    /// everything is behind other data.
    pub fn write(&mut self, mut input: &[u8], limit: u32) -> Result<Vec<u8>, CompressionError> {
        let mut output = Vec::new();
        let mut chunk = vec![0; CHUNK];
        loop {
            if self.ended {
                let another =
                    self.wrapper == Wrapper::Gzip && input.first().is_some_and(|b| *b != 0);
                if !another {
                    return Ok(output);
                }
                self.before = self.taken();
                self.state = open(self.wrapper, self.window);
                self.ended = false;
            }
            let (before_in, before_out) = (self.state.total_in(), self.state.total_out());
            let status = self
                .state
                .decompress(input, &mut chunk, InflateFlush::SyncFlush);
            input = &input[length(self.state.total_in() - before_in)..];
            let made = length(self.state.total_out() - before_out);
            output.extend_from_slice(&chunk[..made]);
            if output.len() > limit as usize {
                return Err(CompressionError::TooLarge(limit));
            }
            match status {
                Ok(Status::StreamEnd) => self.ended = true,
                Ok(_) if made < chunk.len() && input.is_empty() => return Ok(output),
                // No progress: it waits for more input than there is.
                Ok(Status::BufError) => return Ok(output),
                Ok(Status::Ok) => {}
                Err(InflateError::NeedDict { .. }) => self.give_dictionary()?,
                Err(error) => {
                    let said = self.state.error_message();
                    let said = said.unwrap_or(error.as_str());
                    return Err(CompressionError::Data(said.to_owned()));
                }
            }
        }
    }

    fn give_dictionary(&mut self) -> Result<(), CompressionError> {
        if self.dictionary.is_empty() {
            return Err(CompressionError::MissingDictionary);
        }
        let set = self.state.set_dictionary(&self.dictionary);
        set.map_err(|_| CompressionError::BadDictionary)?;
        Ok(())
    }

    pub fn finish(self) -> Result<Vec<u8>, CompressionError> {
        match self.ended {
            true => Ok(Vec::new()),
            false => Err(CompressionError::Ended),
        }
    }
}

fn open(wrapper: Wrapper, window: u8) -> Inflate {
    match wrapper {
        Wrapper::None => Inflate::new(false, window),
        Wrapper::Zlib => Inflate::new(true, window),
        Wrapper::Gzip => Inflate::new(true, window + GZIP as u8),
    }
}

fn length(bytes: u64) -> usize {
    usize::try_from(bytes).expect("it is part of a slice")
}
