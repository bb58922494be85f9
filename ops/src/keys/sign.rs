//! Signatures: RSASSA-PKCS1-v1_5 and PSS (RFC 8017), ECDSA (FIPS 186-4) and Ed25519 (RFC 8032).
//! JavaScript has hashed the message; Ed25519 takes it whole.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use deno_core::convert::Uint8Array;
use deno_core::op2;
use rand_core::OsRng;
use rsa::traits::{PublicKeyParts, SignatureScheme};
use rsa::{BigUint, Pkcs1v15Sign, Pss, RsaPublicKey};

use super::{Key, KeyError, Pair};
use crate::digest::{DynDigest, dyn_digest, oid_of};

/// `padding` is `pkcs1`, `pss` or `raw`, which for ECDSA means both numbers without DER. `salt` is the
/// length of the salt: -1 for that of the digest, -2 for the longest.
#[op2]
pub fn op_pr_key_sign(
    #[cppgc] key: &Key,
    #[string] digest: &str,
    #[buffer] data: &[u8],
    #[string] padding: &str,
    #[smi] salt: i32,
) -> Result<Uint8Array, KeyError> {
    let signature = match &key.0 {
        Pair::Rsa {
            public,
            private,
            pss,
        } => {
            let private = private.as_ref().ok_or(KeyError::NotPrivate)?;
            match *pss || padding == "pss" {
                true => {
                    let scheme = pss_scheme(digest, salt, public)?;
                    private.sign_with_rng(&mut OsRng, scheme, data)?
                }
                false => private.sign_with_rng(&mut OsRng, pkcs1(digest, data)?, data)?,
            }
        }
        Pair::Ec { curve, secret, .. } => {
            let secret = secret.as_ref().ok_or(KeyError::NotPrivate)?;
            curve.sign(secret, data, padding == "raw")?
        }
        Pair::Ed25519 { seed, .. } => {
            let seed = seed.as_ref().ok_or(KeyError::NotPrivate)?;
            let pair = Ed25519KeyPair::from_seed_unchecked(seed)
                .map_err(|error| KeyError::form("ed25519", error))?;
            pair.sign(data).as_ref().to_vec()
        }
        Pair::X25519 { .. } => return Err(KeyError::Unsupported),
    };
    Ok(signature.into())
}

/// The arguments are those of [`op_pr_key_sign`]; a salt of -2 has any length.
#[op2(fast)]
pub fn op_pr_key_verify(
    #[cppgc] key: &Key,
    #[string] digest: &str,
    #[buffer] data: &[u8],
    #[string] padding: &str,
    #[smi] salt: i32,
    #[buffer] signature: &[u8],
) -> Result<bool, KeyError> {
    Ok(match &key.0 {
        Pair::Rsa { public, pss, .. } if *pss || padding == "pss" => {
            let found = match salt {
                -2 => salt_length(public, digest, signature)?,
                given => Some(given),
            };
            let Some(salt) = found else { return Ok(false) };
            let scheme = pss_scheme(digest, salt, public)?;
            scheme.verify(public, data, signature).is_ok()
        }
        Pair::Rsa { public, .. } => {
            let scheme = pkcs1(digest, data)?;
            scheme.verify(public, data, signature).is_ok()
        }
        Pair::Ec { curve, point, .. } => curve.verify(point, data, signature, padding == "raw"),
        Pair::Ed25519 { public, .. } => {
            let key = UnparsedPublicKey::new(&ED25519, public);
            key.verify(data, signature).is_ok()
        }
        Pair::X25519 { .. } => return Err(KeyError::Unsupported),
    })
}

/// The padding with the DigestInfo of RFC 8017, 9.2.
fn pkcs1(digest: &str, hashed: &[u8]) -> Result<Pkcs1v15Sign, KeyError> {
    let oid = oid_of(digest).ok_or_else(|| KeyError::Digest(digest.to_owned()))?;
    let short = |length: usize| u8::try_from(length).expect("names and digests are short");
    let (name, length) = (short(oid.len()), short(hashed.len()));
    let mut prefix = vec![0x30, name + length + 8, 0x30, name + 4, 0x06, name];
    prefix.extend_from_slice(oid);
    prefix.extend_from_slice(&[0x05, 0x00, 0x04, length]);
    Ok(Pkcs1v15Sign {
        hash_len: Some(hashed.len()),
        prefix: prefix.into(),
    })
}

fn hash(digest: &str) -> Result<Box<dyn DynDigest + Send + Sync>, KeyError> {
    dyn_digest(digest).ok_or_else(|| KeyError::Digest(digest.to_owned()))
}

fn pss_scheme(digest: &str, salt: i32, key: &RsaPublicKey) -> Result<Pss, KeyError> {
    let digest = hash(digest)?;
    let size = digest.output_size();
    // RFC 8017, 9.1.1: the encoded message is one bit shorter than the modulus.
    let whole = (key.n().bits() - 1).div_ceil(8);
    let longest = whole.saturating_sub(size + 2);
    let salt_len = match salt {
        -1 => size,
        -2 => longest,
        given => usize::try_from(given).map_err(|_| KeyError::Unsupported)?,
    };
    if salt_len > longest {
        return Err(KeyError::Rsa(
            "the key is too small for the salt".to_owned(),
        ));
    }
    Ok(Pss {
        blinded: true,
        digest,
        salt_len,
    })
}

/// How long the salt of a signature is, by RFC 8017, 9.1.2, steps 6 to 10. None if it is no signature.
fn salt_length(
    key: &RsaPublicKey,
    digest: &str,
    signature: &[u8],
) -> Result<Option<i32>, KeyError> {
    let mut digest = hash(digest)?;
    let size = digest.output_size();
    let number = BigUint::from_bytes_be(signature);
    if signature.len() != key.size() || number >= *key.n() {
        return Ok(None);
    }
    let bits = key.n().bits() - 1;
    let message = number.modpow(key.e(), key.n()).to_bytes_be();
    let whole = bits.div_ceil(8);
    let Some(missing) = whole.checked_sub(message.len()) else {
        return Ok(None);
    };
    let message = [vec![0; missing], message].concat();
    let Some(masked) = whole.checked_sub(size + 1) else {
        return Ok(None);
    };
    let (block, rest) = message.split_at(masked);
    let seed = &rest[..size];
    let mut mask = Vec::with_capacity(masked + size);
    let mut counter = 0_u32;
    while mask.len() < masked {
        digest.update(seed);
        digest.update(&counter.to_be_bytes());
        mask.extend_from_slice(&digest.finalize_reset());
        counter += 1;
    }
    let mut data = block.iter().zip(mask).map(|(byte, mask)| byte ^ mask);
    let unused = whole * 8 - bits;
    let first = data.next().map(|byte| byte & (0xff >> unused));
    let start = first.into_iter().chain(data).position(|byte| byte != 0);
    // A one ends the zeros, the salt follows; what else stands there the verification refuses.
    let salt = start.map(|start| masked - start - 1);
    Ok(salt.and_then(|salt| i32::try_from(salt).ok()))
}
