//! The version of AWS-LC that `deno_crypto_provider` asks for, made of the newer one that `aws-lc-rs` has: the C library is compiled and
//! linked once. Owns nothing; a function that the newer version has no more fails the build.

#[doc(no_inline)]
pub use newer::*;
