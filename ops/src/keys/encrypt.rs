//! RSA encryption: PKCS #1 v1.5 and OAEP (RFC 8017, 7), without padding, and the older way of signing
//! with a private key that `privateEncrypt` is.

use deno_core::convert::Uint8Array;
use deno_core::op2;
use rand_core::OsRng;
use rsa::traits::{PublicKeyParts, SignatureScheme};
use rsa::{BigUint, Oaep, Pkcs1v15Encrypt, Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey};

use super::{Key, KeyError, Pair};
use crate::digest::dyn_digest;

fn rsa(key: &Key) -> Result<(&RsaPublicKey, Option<&RsaPrivateKey>), KeyError> {
    match &key.0 {
        Pair::Rsa {
            public,
            private,
            pss: false,
        } => Ok((public, private.as_deref())),
        _ => Err(KeyError::Unsupported),
    }
}

/// The label may be any bytes; the crate takes a text.
fn oaep(hash: &str, label: &[u8]) -> Result<Oaep, KeyError> {
    let digest = || dyn_digest(hash).ok_or_else(|| KeyError::Digest(hash.to_owned()));
    let label = match label {
        [] => None,
        bytes => Some(
            String::from_utf8(bytes.to_vec())
                .map_err(|_| KeyError::Rsa("the label is not UTF-8".to_owned()))?,
        ),
    };
    Ok(Oaep {
        digest: digest()?,
        mgf_digest: digest()?,
        label,
    })
}

fn whole(number: &BigUint, key: &RsaPublicKey) -> Vec<u8> {
    let bytes = number.to_bytes_be();
    let missing = key.size().saturating_sub(bytes.len());
    [vec![0; missing], bytes].concat()
}

/// The number that `data` is, which must be less than the modulus and as long.
fn number(data: &[u8], key: &RsaPublicKey) -> Result<BigUint, KeyError> {
    let number = BigUint::from_bytes_be(data);
    if data.len() != key.size() || number >= *key.n() {
        return Err(KeyError::Rsa(
            "data of a wrong length for the key size".to_owned(),
        ));
    }
    Ok(number)
}

/// For whom has the private key. `padding` is `oaep`, `pkcs1` or `none`.
#[op2]
pub fn op_pr_key_encrypt(
    #[cppgc] key: &Key,
    #[string] padding: &str,
    #[string] hash: &str,
    #[buffer] label: &[u8],
    #[buffer] data: &[u8],
) -> Result<Uint8Array, KeyError> {
    let (public, _) = rsa(key)?;
    let output = match padding {
        "oaep" => public.encrypt(&mut OsRng, oaep(hash, label)?, data)?,
        "pkcs1" => public.encrypt(&mut OsRng, Pkcs1v15Encrypt, data)?,
        _ => whole(
            &number(data, public)?.modpow(public.e(), public.n()),
            public,
        ),
    };
    Ok(output.into())
}

#[op2]
pub fn op_pr_key_decrypt(
    #[cppgc] key: &Key,
    #[string] padding: &str,
    #[string] hash: &str,
    #[buffer] label: &[u8],
    #[buffer] data: &[u8],
) -> Result<Uint8Array, KeyError> {
    use rsa::traits::PrivateKeyParts;
    let (public, private) = rsa(key)?;
    let private = private.ok_or(KeyError::NotPrivate)?;
    let output = match padding {
        "oaep" => private.decrypt_blinded(&mut OsRng, oaep(hash, label)?, data)?,
        "pkcs1" => private.decrypt_blinded(&mut OsRng, Pkcs1v15Encrypt, data)?,
        _ => whole(
            &number(data, public)?.modpow(private.d(), public.n()),
            public,
        ),
    };
    Ok(output.into())
}

/// `privateEncrypt`: a signature of RFC 8017, 8.2 without a digest's name.
#[op2]
pub fn op_pr_key_seal(#[cppgc] key: &Key, #[buffer] data: &[u8]) -> Result<Uint8Array, KeyError> {
    let (_, private) = rsa(key)?;
    let private = private.ok_or(KeyError::NotPrivate)?;
    let scheme = Pkcs1v15Sign {
        hash_len: None,
        prefix: Box::new([]),
    };
    Ok(scheme.sign(Some(&mut OsRng), private, data)?.into())
}

/// `publicDecrypt`: what was sealed.
#[op2]
pub fn op_pr_key_unseal(#[cppgc] key: &Key, #[buffer] data: &[u8]) -> Result<Uint8Array, KeyError> {
    let (public, _) = rsa(key)?;
    let message = whole(
        &number(data, public)?.modpow(public.e(), public.n()),
        public,
    );
    let failed = || KeyError::Rsa("padding check failed".to_owned());
    // 00 01 FF ... FF 00, with eight or more between.
    let end = message.iter().skip(2).position(|byte| *byte != 0xff);
    let end = end.ok_or_else(failed)? + 2;
    if message[..2] != [0, 1] || end < 10 || message[end] != 0 {
        return Err(failed());
    }
    Ok(message[end + 1..].to_vec().into())
}
