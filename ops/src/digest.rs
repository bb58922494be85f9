//! Hashes, message authentication and key derivation for `node:crypto`, all by RustCrypto's crates.
//! Names and arguments are checked in js/node/src/crypto; what is checked here again keeps the
//! process whole.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use deno_core::GarbageCollected;
use deno_core::OpState;
use deno_core::convert::Uint8Array;
use deno_core::op2;
use deno_core::v8;
pub(crate) use hmac::digest::DynDigest;
use hmac::{Mac, SimpleHmac};
use sha2::Digest;

use crate::interface::SharedGates;
use crate::long_work::{self, WorkLost};

/// Longest key that is derived, in bytes.
const MAX_KEY: u32 = 64 << 20;

/// Most memory that one scrypt call may use, in bytes.
const MAX_SCRYPT: u64 = 512 << 20;

/// Most memory that it may go through, in bytes, which takes half a minute or so.
const MAX_SCRYPT_WORK: u64 = 32 << 30;

#[derive(Debug, thiserror::Error, deno_error::JsError)]
pub enum DigestError {
    #[class(generic)]
    #[error("Digest method not supported: {0}")]
    Unknown(String),
    #[class(generic)]
    #[error("Digest already called")]
    Finished,
    #[class(range)]
    #[error("Invalid scrypt params")]
    Scrypt,
    #[class(range)]
    #[error("The derived key is longer than {MAX_KEY} bytes: {0}")]
    KeyTooLong(u32),
    #[class(generic)]
    #[error("The derivation was abandoned")]
    Stopped,
    #[class(inherit)]
    #[error(transparent)]
    Lost(#[from] WorkLost),
}

/// A hash or a keyed hash that takes its message in pieces.
trait Digesting {
    fn update(&mut self, data: &[u8]);
    fn finish(self: Box<Self>) -> Vec<u8>;
    fn fork(&self) -> Box<dyn Digesting>;
}

struct Plain<D>(D);

impl<D: Digest + Clone + 'static> Digesting for Plain<D> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().to_vec()
    }

    fn fork(&self) -> Box<dyn Digesting> {
        Box::new(Self(self.0.clone()))
    }
}

struct Keyed<M>(M);

impl<M: Mac + Clone + 'static> Digesting for Keyed<M> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().into_bytes().to_vec()
    }

    fn fork(&self) -> Box<dyn Digesting> {
        Box::new(Self(self.0.clone()))
    }
}

/// Evaluates `$body` with `$digest` as the type of the hash that is named as OpenSSL names it.
macro_rules! with_digest {
    ($name:expr, $digest:ident => $body:expr) => {
        with_digest!(@ $name, $digest => $body,
            "md5" md5::Md5, "ripemd160" ripemd::Ripemd160, "sha1" sha1::Sha1,
            "sha224" sha2::Sha224, "sha256" sha2::Sha256, "sha384" sha2::Sha384,
            "sha512" sha2::Sha512, "sha512-224" sha2::Sha512_224, "sha512-256" sha2::Sha512_256,
            "sha3-224" sha3::Sha3_224, "sha3-256" sha3::Sha3_256, "sha3-384" sha3::Sha3_384,
            "sha3-512" sha3::Sha3_512)
    };
    (@ $name:expr, $digest:ident => $body:expr, $($known:literal $type:ty),*) => {
        match $name {
            $($known => { type $digest = $type; Ok($body) })*
            other => Err(DigestError::Unknown(other.to_owned())),
        }
    };
}

/// A hash as RSA's paddings want it.
pub(crate) fn dyn_digest(name: &str) -> Option<Box<dyn DynDigest + Send + Sync>> {
    let made: Result<Box<dyn DynDigest + Send + Sync>, _> =
        with_digest!(name, D => Box::new(D::new()));
    made.ok()
}

/// The object identifier of a hash, as DER encodes it.
pub(crate) fn oid_of(name: &str) -> Option<&'static [u8]> {
    static NIST: [[u8; 9]; 11] = {
        let mut all = [[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0]; 11];
        let mut index = 0;
        while index < all.len() {
            all[index][8] = index as u8;
            index += 1;
        }
        all
    };
    let nist = |index: usize| Some(&NIST[index][..]);
    match name {
        "md5" => Some(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05]),
        "ripemd160" => Some(&[0x2b, 0x24, 0x03, 0x02, 0x01]),
        "sha1" => Some(&[0x2b, 0x0e, 0x03, 0x02, 0x1a]),
        "sha256" => nist(1),
        "sha384" => nist(2),
        "sha512" => nist(3),
        "sha224" => nist(4),
        "sha512-224" => nist(5),
        "sha512-256" => nist(6),
        "sha3-224" => nist(7),
        "sha3-256" => nist(8),
        "sha3-384" => nist(9),
        "sha3-512" => nist(10),
        _ => None,
    }
}

fn keyed<D>(key: &[u8]) -> Box<dyn Digesting>
where
    D: Digest + hmac::digest::core_api::BlockSizeUser + Clone + 'static,
{
    let mac = <SimpleHmac<D> as hmac::digest::KeyInit>::new_from_slice(key);
    Box::new(Keyed(mac.expect("an HMAC key has any length")))
}

/// A hash in progress, held by JavaScript.
pub struct Hasher(RefCell<Option<Box<dyn Digesting>>>);

// SAFETY: holds no V8 handles, so there is nothing to trace.
unsafe impl GarbageCollected for Hasher {
    fn trace(&self, _visitor: &mut v8::cppgc::Visitor) {}

    fn get_name(&self) -> &'static std::ffi::CStr {
        c"Hasher"
    }
}

impl Hasher {
    fn new(digesting: Box<dyn Digesting>) -> Self {
        Self(RefCell::new(Some(digesting)))
    }
}

#[op2]
#[cppgc]
pub fn op_pr_hash(#[string] name: &str) -> Result<Hasher, DigestError> {
    let digesting: Result<Box<dyn Digesting>, _> =
        with_digest!(name, D => Box::new(Plain(D::new())));
    digesting.map(Hasher::new)
}

#[op2]
#[cppgc]
pub fn op_pr_hmac(#[string] name: &str, #[buffer] key: &[u8]) -> Result<Hasher, DigestError> {
    with_digest!(name, D => keyed::<D>(key)).map(Hasher::new)
}

#[op2(fast)]
pub fn op_pr_hash_update(
    #[cppgc] hasher: &Hasher,
    #[buffer] data: &[u8],
) -> Result<(), DigestError> {
    let mut digesting = hasher.0.borrow_mut();
    digesting
        .as_mut()
        .ok_or(DigestError::Finished)?
        .update(data);
    Ok(())
}

#[op2]
#[cppgc]
pub fn op_pr_hash_copy(#[cppgc] hasher: &Hasher) -> Result<Hasher, DigestError> {
    let digesting = hasher.0.borrow();
    let fork = digesting.as_ref().ok_or(DigestError::Finished)?.fork();
    Ok(Hasher::new(fork))
}

#[op2]
pub fn op_pr_hash_finish(#[cppgc] hasher: &Hasher) -> Result<Uint8Array, DigestError> {
    let digesting = hasher.0.borrow_mut().take().ok_or(DigestError::Finished)?;
    Ok(digesting.finish().into())
}

/// Iterations after which a derivation looks whether anybody still wants the key.
const LOOK: u32 = 1 << 12;

/// Whether a computation is to end early.
type IsStopped<'a> = &'a dyn Fn() -> bool;

/// RFC 8018, section 5.2.
fn derive<D>(
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    key: &mut [u8],
    is_stopped: IsStopped<'_>,
) -> Result<(), DigestError>
where
    D: Digest + hmac::digest::core_api::BlockSizeUser + Clone,
{
    let keyed = <SimpleHmac<D> as hmac::digest::KeyInit>::new_from_slice(password)
        .expect("an HMAC key has any length");
    let size = <D as Digest>::output_size();
    for (block, index) in key.chunks_mut(size).zip(1u32..) {
        let first = keyed.clone().chain_update(salt);
        let mut last = first
            .chain_update(index.to_be_bytes())
            .finalize()
            .into_bytes();
        let mut sum = last.clone();
        for iteration in 1..iterations {
            if iteration % LOOK == 0 && is_stopped() {
                return Err(DigestError::Stopped);
            }
            last = keyed.clone().chain_update(&last).finalize().into_bytes();
            for (sum, byte) in sum.iter_mut().zip(&last) {
                *sum ^= byte;
            }
        }
        block.copy_from_slice(&sum[..block.len()]);
    }
    Ok(())
}

fn pbkdf2(
    name: &str,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    length: u32,
    is_stopped: IsStopped<'_>,
) -> Result<Vec<u8>, DigestError> {
    if length > MAX_KEY {
        return Err(DigestError::KeyTooLong(length));
    }
    let mut key = vec![0; length as usize];
    with_digest!(name, D => derive::<D>(password, salt, iterations, &mut key, is_stopped)?)?;
    Ok(key)
}

#[op2]
pub fn op_pr_pbkdf2_sync(
    state: &OpState,
    #[string] name: &str,
    #[buffer] password: &[u8],
    #[buffer] salt: &[u8],
    iterations: u32,
    length: u32,
) -> Result<Uint8Array, DigestError> {
    let gates = state.borrow::<SharedGates>();
    let is_stopped = || gates.is_stopped();
    pbkdf2(name, password, salt, iterations, length, &is_stopped).map(Into::into)
}

#[op2]
pub async fn op_pr_pbkdf2(
    state: Rc<RefCell<OpState>>,
    #[string] name: String,
    #[buffer(copy)] password: Vec<u8>,
    #[buffer(copy)] salt: Vec<u8>,
    iterations: u32,
    length: u32,
) -> Result<Uint8Array, DigestError> {
    let what = format!("`crypto.pbkdf2` with {iterations} iterations");
    // Goes with this future when the isolate does.
    let waiting = Arc::new(());
    let wanted = Arc::downgrade(&waiting);
    let derived = long_work::on_thread(move || {
        let is_stopped = || wanted.strong_count() == 0;
        pbkdf2(&name, &password, &salt, iterations, length, &is_stopped)
    });
    let key = long_work::told(&state, &what, derived).await;
    drop(waiting);
    Ok(key??.into())
}

/// `cost` is the logarithm of N.
fn scrypt(
    password: &[u8],
    salt: &[u8],
    cost: u8,
    block: u32,
    parallel: u32,
    length: u32,
) -> Result<Vec<u8>, DigestError> {
    let memory = 128u64
        .checked_mul(u64::from(block))
        .and_then(|bytes| bytes.checked_mul(1u64.checked_shl(u32::from(cost))?));
    let work = memory.and_then(|bytes| bytes.checked_mul(u64::from(parallel)));
    if memory.is_none_or(|bytes| bytes > MAX_SCRYPT)
        || work.is_none_or(|bytes| bytes > MAX_SCRYPT_WORK)
        || u64::from(block) * u64::from(parallel) > MAX_SCRYPT / 128
    {
        return Err(DigestError::Scrypt);
    }
    if length > MAX_KEY {
        return Err(DigestError::KeyTooLong(length));
    }
    if length == 0 {
        return Ok(Vec::new());
    }
    let params = scrypt::Params::new(cost, block, parallel, scrypt::Params::RECOMMENDED_LEN)
        .map_err(|_| DigestError::Scrypt)?;
    let mut key = vec![0; length as usize];
    scrypt::scrypt(password, salt, &params, &mut key).map_err(|_| DigestError::Scrypt)?;
    Ok(key)
}

#[op2]
pub fn op_pr_scrypt_sync(
    #[buffer] password: &[u8],
    #[buffer] salt: &[u8],
    cost: u8,
    block: u32,
    parallel: u32,
    length: u32,
) -> Result<Uint8Array, DigestError> {
    scrypt(password, salt, cost, block, parallel, length).map(Into::into)
}

#[op2]
pub async fn op_pr_scrypt(
    state: Rc<RefCell<OpState>>,
    #[buffer(copy)] password: Vec<u8>,
    #[buffer(copy)] salt: Vec<u8>,
    cost: u8,
    block: u32,
    parallel: u32,
    length: u32,
) -> Result<Uint8Array, DigestError> {
    let derive = move || scrypt(&password, &salt, cost, block, parallel, length);
    let derived = long_work::on_thread(derive);
    let key = long_work::told(&state, "`crypto.scrypt`", derived).await;
    Ok(key??.into())
}
