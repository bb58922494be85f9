//! `crypto` and `zlib` of Node.js in rooms, by known answers.

use serde_json::json;

use crate::node_builtins::answer;

/// Row 213: RFC 1321, FIPS 180-4, FIPS 202.
#[test]
fn hashes_have_their_known_values() {
    let value = answer(
        "import { createHash, getHashes } from 'node:crypto'; import crypto from 'crypto';",
        "const of = (name, ...parts) => { const hash = createHash(name); for (const part of parts) hash.update(part); return hash.digest('hex'); };
         const copied = createHash('sha1').update('a'); const copy = copied.copy(); copied.update('b');
         let twice; try { const hash = createHash('md5'); hash.digest(); hash.digest(); } catch (error) { twice = error.code; }
         let unknown; try { createHash('nope') } catch (error) { unknown = error.message; }
         return [of('md5', 'abc'), of('SHA1', 'a', 'bc'), of('sha256', Buffer.from('abc')), of('RSA-SHA512', 'abc').slice(0, 16), of('sha3-256', ''),
           of('ripemd160', 'abc'), copied.digest('base64'), copy.digest('base64url'), twice, unknown,
           getHashes().includes('sha256'), crypto.createHash('sha256').update('x').digest() instanceof Buffer]",
    );
    let known = json!([
        "900150983cd24fb0d6963f7d28e17f72",
        "a9993e364706816aba3e25717850c26c9cd0d89d",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "ddaf35a193617aba",
        "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a",
        "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc",
        "2iNhTgJGmg18e9G9q1ycR0sZBNw=",
        "hvfkN_qlp_zhXR3cuerq6jd2Z7g",
        "ERR_CRYPTO_HASH_FINALIZED",
        "Digest method not supported",
        true,
        true
    ]);
    assert_eq!(value, known);
}

/// Row 213: RFC 7914, RFC 6070, RFC 5869.
#[test]
fn keys_are_derived_as_the_standards_say() {
    let value = answer(
        "import { createHmac, createSecretKey, hkdfSync, pbkdf2, pbkdf2Sync, scrypt, scryptSync } from 'crypto';
         import { promisify } from 'util';",
        "const hex = (bytes) => Buffer.from(bytes).toString('hex');
         const key = createSecretKey(Buffer.from('key')); const text = 'The quick brown fox jumps over the lazy dog';
         const known = hkdfSync('sha256', Buffer.alloc(22, 0x0b), Buffer.from('000102030405060708090a0b0c', 'hex'), Buffer.from('f0f1f2f3f4f5f6f7f8f9', 'hex'), 42);
         let memory; try { scryptSync('p', 's', 8, { N: 2 ** 20 }) } catch (error) { memory = error.code; }
         return [createHmac('sha256', 'key').update(text).digest('hex'), createHmac('sha256', key).update(text).digest('hex').length,
           hex(scryptSync('', '', 64, { N: 16, r: 1, p: 1 })).slice(0, 32), hex(await promisify(scrypt)('', '', 8, { N: 16, r: 1 })),
           hex(pbkdf2Sync('password', 'salt', 2, 20, 'sha1')), hex(await promisify(pbkdf2)('password', 'salt', 1, 20, 'sha1')), hex(known), memory]",
    );
    assert_eq!(
        value,
        json!([
            "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",
            64,
            "77d6576238657b203b19ca42c18a0497",
            "77d6576238657b20",
            "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957",
            "0c60c80f961f0e71f3a9b524af6012062fe037a6",
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
            "ERR_CRYPTO_INVALID_SCRYPT_PARAMS"
        ])
    );
}

/// Row 213. Beyond the original, which has no ciphers: the answers are OpenSSL's.
#[test]
fn aes_encrypts_as_openssl_does() {
    let value = answer(
        "import { createCipheriv, createDecipheriv } from 'crypto';",
        "const run = (make, name, key, iv, input, from, to) => { const cipher = make(name, key, iv); return cipher.update(input, from, to) + cipher.final(to); };
         const round = (name) => { const key = Buffer.alloc(name.slice(4, 7) / 8, 7), iv = Buffer.alloc(16, 3);
           const secret = run(createCipheriv, name, key, iv, 'more than one block of text', 'utf8', 'hex');
           return [secret, run(createDecipheriv, name, key, iv, secret, 'hex', 'utf8')]; };
         const [key, iv] = [Buffer.alloc(32, 1), Buffer.alloc(12, 2)];
         const cipher = createCipheriv('aes-256-gcm', key, iv); cipher.setAAD(Buffer.from('aad'));
         const secret = cipher.update('secret', 'utf8', 'hex') + cipher.final('hex'); const tag = cipher.getAuthTag();
         const open = (tag) => { const decipher = createDecipheriv('aes-256-gcm', key, iv); decipher.setAAD(Buffer.from('aad')); decipher.setAuthTag(tag); return decipher.update(secret, 'hex', 'utf8') + decipher.final('utf8'); };
         let forged; try { open(Buffer.alloc(16)); } catch (error) { forged = error.message; }
         return [round('aes-128-cbc'), round('aes-256-ctr'), secret, tag.toString('hex'), open(tag), forged]",
    );
    assert_eq!(
        value,
        json!([
            [
                "467715ab7b79f83f282b7fbbadf92f5f1320870371b3f2a53008c66d96f174b0",
                "more than one block of text"
            ],
            [
                "11e302f93cc5f5b2c3a898506448342bd30350178b0972b534f7bc",
                "more than one block of text"
            ],
            "74b3aa3b2f23",
            "ea188d0e0e41f02acde34ec6e11eef5a",
            "secret",
            "Unsupported state or unable to authenticate data"
        ])
    );
}

/// Row 213.
#[test]
fn random_values_and_comparisons_work() {
    let value = answer(
        "import crypto, { randomBytes, randomInt, randomUUID, timingSafeEqual, webcrypto } from 'crypto';",
        "const drawn = Array.from({ length: 200 }, () => randomInt(3, 6));
         let lengths; try { timingSafeEqual(Buffer.from('a'), Buffer.from('ab')) } catch (error) { lengths = error.code; }
         return [randomBytes(100_000).some((byte) => byte > 250), [...new Set(drawn)].sort(), /^[0-9a-f-]{36}$/.test(randomUUID()),
           timingSafeEqual(Buffer.from('a'), Buffer.from('a')), timingSafeEqual(Buffer.from('a'), Buffer.from('b')), lengths,
           webcrypto === globalThis.crypto, await new Promise((done) => randomBytes(4, (error, bytes) => done(bytes.length)))]",
    );
    assert_eq!(
        value,
        json!([
            true,
            [3, 4, 5],
            true,
            true,
            false,
            "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH",
            true,
            4
        ])
    );
}

/// Row 213. Beyond the original, whose `zlib` refuses.
#[test]
fn zlib_compresses_whole_buffers_and_streams() {
    let value = answer(
        "import zlib, { constants } from 'zlib'; import { Readable } from 'stream'; import { pipeline } from 'stream/promises'; import { promisify } from 'util'; import { once } from 'events';",
        "const text = 'hello '.repeat(1000); const out = [];
         for (const [make, undo] of [['gzip', 'gunzip'], ['deflate', 'inflate'], ['deflateRaw', 'inflateRaw'], ['brotliCompress', 'brotliDecompress'], ['gzip', 'unzip'], ['deflate', 'unzip']]) {
           const small = zlib[make + 'Sync'](text); out.push(small.length < 150 && zlib[undo + 'Sync'](small).toString() === text); }
         const codes = []; const attempt = (call) => { try { call(); codes.push('worked'); } catch (error) { codes.push(error.code); } };
         attempt(() => zlib.gunzipSync('not gzip')); attempt(() => zlib.inflateSync(zlib.deflateSync(text).subarray(0, 12)));
         attempt(() => zlib.gunzipSync(zlib.gzipSync(text).subarray(0, 20))); attempt(() => zlib.inflateSync(zlib.deflateSync(text), { maxOutputLength: 100 }));
         attempt(() => zlib.brotliDecompressSync(zlib.brotliCompressSync(text), { maxOutputLength: 100 }));
         let streamed = 0;
         await pipeline(Readable.from(['a'.repeat(100_000), 'b']), zlib.createGzip({ level: 9 }), zlib.createGunzip(), async (source) => { for await (const chunk of source) streamed += chunk.length; });
         const deflate = zlib.createDeflate(), inflate = zlib.createInflate(); deflate.pipe(inflate); deflate.write('now'); deflate.flush(); const [flushed] = await once(inflate, 'data');
         return [out, codes, zlib.inflateSync(Buffer.from('eJzLSM3JyVcozy/KSQEAGgsEXQ==', 'base64')).toString(),
           zlib.gunzipSync(Buffer.concat([zlib.gzipSync('a'), zlib.gzipSync('b')])).toString(), (await promisify(zlib.gunzip)(await promisify(zlib.gzip)('abc'))).toString(),
           streamed, flushed.toString(), constants.Z_BEST_SPEED, zlib.crc32('hello')]",
    );
    assert_eq!(
        value,
        json!([
            [true, true, true, true, true, true],
            [
                "Z_DATA_ERROR",
                "Z_BUF_ERROR",
                "Z_BUF_ERROR",
                "ERR_BUFFER_TOO_LARGE",
                "ERR_BUFFER_TOO_LARGE"
            ],
            "hello world",
            "ab",
            "abc",
            100_001,
            "now",
            1,
            907_060_870
        ])
    );
}
