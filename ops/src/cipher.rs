//! AES for `node:crypto`: CBC, CTR, ECB and GCM, as OpenSSL names them. The mode's rules are checked
//! here; what a program may call when is checked in js/node/src/crypto.

use std::cell::RefCell;

use aes::cipher::{
    BlockDecryptMut, BlockEncryptMut, InvalidLength, KeyInit, KeyIvInit, StreamCipher,
};
use aes::{Aes128, Aes192, Aes256, Block};
use aes_gcm::aead::AeadInPlace;
use aes_gcm::aead::generic_array::GenericArray;
use aes_gcm::aead::generic_array::typenum::{U12, U16};
use deno_core::GarbageCollected;
use deno_core::convert::Uint8Array;
use deno_core::op2;
use deno_core::v8;

const BLOCK: usize = 16;

#[derive(Debug, thiserror::Error, deno_error::JsError)]
pub enum CipherError {
    #[class(range)]
    #[error("Invalid key length")]
    KeyLength,
    #[class(type)]
    #[error("Invalid initialization vector")]
    Iv,
    #[class(generic)]
    #[error("Unknown cipher")]
    Unknown,
    #[class(generic)]
    #[error("Unsupported state")]
    Finished,
    #[class(generic)]
    #[error("wrong final block length")]
    FinalLength,
    #[class(generic)]
    #[error("bad decrypt")]
    BadDecrypt,
    #[class(generic)]
    #[error("Unsupported state or unable to authenticate data")]
    Unauthentic,
}

impl From<InvalidLength> for CipherError {
    fn from(_: InvalidLength) -> Self {
        CipherError::KeyLength
    }
}

/// Works on whole blocks in place.
type Blocks = Box<dyn FnMut(&mut [Block])>;

enum Mode {
    /// CBC and ECB: a rest waits for its block; a decryption holds the last block back, which may be
    /// padding.
    Blocks { work: Blocks, rest: Vec<u8> },
    /// CTR: as many bytes out as in.
    Stream(Box<dyn StreamCipher>),
    /// GCM: all of it at the end, because nothing of a message may be believed before its tag is.
    Whole {
        key: Vec<u8>,
        iv: Vec<u8>,
        data: Vec<u8>,
    },
}

struct State {
    mode: Mode,
    encrypts: bool,
}

/// An encryption or decryption in progress, held by JavaScript.
pub struct Cipher(RefCell<Option<State>>);

// SAFETY: holds no V8 handles, so there is nothing to trace.
unsafe impl GarbageCollected for Cipher {
    fn trace(&self, _visitor: &mut v8::cppgc::Visitor) {}

    fn get_name(&self) -> &'static std::ffi::CStr {
        c"Cipher"
    }
}

fn cbc<C>(key: &[u8], iv: &[u8], encrypts: bool) -> Result<Blocks, CipherError>
where
    C: aes::cipher::BlockCipher
        + aes::cipher::BlockEncryptMut
        + aes::cipher::BlockDecryptMut
        + KeyInit
        + aes::cipher::BlockSizeUser<BlockSize = U16>
        + 'static,
{
    let cipher = C::new_from_slice(key)?;
    let iv = Block::clone_from_slice(iv);
    Ok(if encrypts {
        let mut mode = <cbc::Encryptor<C> as aes::cipher::InnerIvInit>::inner_iv_init(cipher, &iv);
        Box::new(move |blocks| mode.encrypt_blocks_mut(blocks))
    } else {
        let mut mode = <cbc::Decryptor<C> as aes::cipher::InnerIvInit>::inner_iv_init(cipher, &iv);
        Box::new(move |blocks| mode.decrypt_blocks_mut(blocks))
    })
}

fn ecb<C>(key: &[u8], encrypts: bool) -> Result<Blocks, CipherError>
where
    C: aes::cipher::BlockEncryptMut
        + aes::cipher::BlockDecryptMut
        + KeyInit
        + aes::cipher::BlockSizeUser<BlockSize = U16>
        + 'static,
{
    let mut cipher = C::new_from_slice(key)?;
    Ok(if encrypts {
        Box::new(move |blocks| cipher.encrypt_blocks_mut(blocks))
    } else {
        Box::new(move |blocks| cipher.decrypt_blocks_mut(blocks))
    })
}

fn ctr<C>(key: &[u8], iv: &[u8]) -> Result<Box<dyn StreamCipher>, CipherError>
where
    ctr::Ctr128BE<C>: KeyIvInit + StreamCipher + 'static,
    C: aes::cipher::BlockEncryptMut
        + aes::cipher::BlockCipher
        + aes::cipher::BlockSizeUser<BlockSize = U16>,
{
    Ok(Box::new(ctr::Ctr128BE::<C>::new_from_slices(key, iv)?))
}

/// Encrypts or decrypts `data` in place; returns the tag, which a decryption compares.
fn gcm(
    key: &[u8],
    iv: &[u8],
    aad: &[u8],
    data: &mut [u8],
    tag: Option<&[u8]>,
) -> Result<Vec<u8>, CipherError> {
    macro_rules! with {
        ($aes:ty, $nonce:ty) => {{
            let cipher = aes_gcm::AesGcm::<$aes, $nonce>::new_from_slice(key)?;
            let nonce = GenericArray::from_slice(iv);
            match tag {
                None => cipher
                    .encrypt_in_place_detached(nonce, aad, data)
                    .map(|tag| tag.to_vec())
                    .map_err(|_| CipherError::Unauthentic),
                Some(tag) if tag.len() == BLOCK => cipher
                    .decrypt_in_place_detached(nonce, aad, data, GenericArray::from_slice(tag))
                    .map(|()| Vec::new())
                    .map_err(|_| CipherError::Unauthentic),
                Some(_) => Err(CipherError::Unauthentic),
            }
        }};
    }
    match (key.len(), iv.len()) {
        (16, 12) => with!(Aes128, U12),
        (24, 12) => with!(Aes192, U12),
        (32, 12) => with!(Aes256, U12),
        (16, 16) => with!(Aes128, U16),
        (24, 16) => with!(Aes192, U16),
        (32, 16) => with!(Aes256, U16),
        _ => Err(CipherError::Iv),
    }
}

/// `name` is `aes-128-cbc` and the like.
#[op2]
#[cppgc]
pub fn op_pr_cipher(
    #[string] name: &str,
    #[buffer] key: &[u8],
    #[buffer] iv: &[u8],
    encrypts: bool,
) -> Result<Cipher, CipherError> {
    let bits = name
        .strip_prefix("aes-")
        .and_then(|rest| rest.split_once('-'));
    let (bits, mode) = bits.ok_or(CipherError::Unknown)?;
    if !matches!(bits, "128" | "192" | "256") {
        return Err(CipherError::Unknown);
    }
    if bits.parse() != Ok(key.len() * 8) {
        return Err(CipherError::KeyLength);
    }
    let iv_length_is_right = match mode {
        "ecb" => iv.is_empty(),
        "gcm" => matches!(iv.len(), 12 | 16),
        _ => iv.len() == BLOCK,
    };
    if !iv_length_is_right {
        return Err(CipherError::Iv);
    }
    let blocks = |work: Result<Blocks, CipherError>| {
        work.map(|work| Mode::Blocks {
            work,
            rest: Vec::new(),
        })
    };
    let mode = match (mode, bits) {
        ("cbc", "128") => blocks(cbc::<Aes128>(key, iv, encrypts))?,
        ("cbc", "192") => blocks(cbc::<Aes192>(key, iv, encrypts))?,
        ("cbc", _) => blocks(cbc::<Aes256>(key, iv, encrypts))?,
        ("ecb", "128") => blocks(ecb::<Aes128>(key, encrypts))?,
        ("ecb", "192") => blocks(ecb::<Aes192>(key, encrypts))?,
        ("ecb", _) => blocks(ecb::<Aes256>(key, encrypts))?,
        ("ctr", "128") => Mode::Stream(ctr::<Aes128>(key, iv)?),
        ("ctr", "192") => Mode::Stream(ctr::<Aes192>(key, iv)?),
        ("ctr", _) => Mode::Stream(ctr::<Aes256>(key, iv)?),
        ("gcm", _) => Mode::Whole {
            key: key.to_vec(),
            iv: iv.to_vec(),
            data: Vec::new(),
        },
        _ => return Err(CipherError::Unknown),
    };
    Ok(Cipher(RefCell::new(Some(State { mode, encrypts }))))
}

/// Runs the whole blocks of `data`.
fn run(work: &mut Blocks, data: &mut [u8]) {
    for block in data.chunks_exact_mut(BLOCK) {
        work(std::slice::from_mut(Block::from_mut_slice(block)));
    }
}

#[op2]
pub fn op_pr_cipher_update(
    #[cppgc] cipher: &Cipher,
    #[buffer] input: &[u8],
) -> Result<Uint8Array, CipherError> {
    let mut state = cipher.0.borrow_mut();
    let State { mode, encrypts } = state.as_mut().ok_or(CipherError::Finished)?;
    let output = match mode {
        Mode::Blocks { work, rest } => {
            rest.extend_from_slice(input);
            let held = if *encrypts { 0 } else { 1 };
            let ready = (rest.len().saturating_sub(held)) / BLOCK * BLOCK;
            let mut output: Vec<u8> = rest.drain(..ready).collect();
            run(work, &mut output);
            output
        }
        Mode::Stream(stream) => {
            let mut output = input.to_vec();
            stream.apply_keystream(&mut output);
            output
        }
        Mode::Whole { data, .. } => {
            data.extend_from_slice(input);
            Vec::new()
        }
    };
    Ok(output.into())
}

/// The end of the output. For GCM all of it, after the tag of 16 bytes when it encrypts; `tag` is
/// what a decryption compares with.
#[op2]
pub fn op_pr_cipher_finish(
    #[cppgc] cipher: &Cipher,
    pads: bool,
    #[buffer] aad: &[u8],
    #[buffer] tag: &[u8],
) -> Result<Uint8Array, CipherError> {
    let state = cipher.0.borrow_mut().take();
    let State { mode, encrypts } = state.ok_or(CipherError::Finished)?;
    let output = match mode {
        Mode::Stream(_) => Vec::new(),
        Mode::Whole { key, iv, mut data } if encrypts => {
            let mut output = gcm(&key, &iv, aad, &mut data, None)?;
            output.extend_from_slice(&data);
            output
        }
        Mode::Whole { key, iv, mut data } => {
            gcm(&key, &iv, aad, &mut data, Some(tag))?;
            data
        }
        Mode::Blocks { mut work, mut rest } if encrypts => {
            if pads {
                let missing = BLOCK - rest.len() % BLOCK;
                rest.resize(rest.len() + missing, missing as u8);
            } else if !rest.is_empty() {
                return Err(CipherError::FinalLength);
            }
            run(&mut work, &mut rest);
            rest
        }
        Mode::Blocks { mut work, mut rest } => {
            if rest.len() % BLOCK != 0 || (pads && rest.is_empty()) {
                return Err(CipherError::FinalLength);
            }
            run(&mut work, &mut rest);
            if pads {
                let padding = *rest.last().expect("an empty rest was refused") as usize;
                let is_padding = (1..=BLOCK).contains(&padding)
                    && rest[rest.len() - padding..]
                        .iter()
                        .all(|byte| *byte as usize == padding);
                if !is_padding {
                    return Err(CipherError::BadDecrypt);
                }
                rest.truncate(rest.len() - padding);
            }
            rest
        }
    };
    Ok(output.into())
}
