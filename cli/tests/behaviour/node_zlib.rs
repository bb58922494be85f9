//! `zlib` of Node.js in rooms beyond whole buffers. What is expected is what Node.js 20 answers.

use serde_json::json;

use crate::node_builtins::answer;

const START: &str = "import zlib, { constants } from 'zlib'; import { Readable } from 'stream'; import { pipeline } from 'stream/promises'; import { promisify } from 'util'; import { once } from 'events';
    const text = 'hello '.repeat(1000); const said = (call) => { try { return call(); } catch (error) { return [error.code, error.errno ?? null, error.message]; } };";

/// Row 213.
#[test]
fn dictionaries_shorten_and_must_fit() {
    let value = answer(
        START,
        "const dictionary = Buffer.from('hello world dictionary'), words = 'hello dictionary'; const small = zlib.deflateSync(words, { dictionary });
         return [small.length < zlib.deflateSync(words).length, zlib.inflateSync(small, { dictionary }).toString(), zlib.inflateRawSync(zlib.deflateRawSync(words, { dictionary }), { dictionary }).toString(),
           said(() => zlib.inflateSync(small)), said(() => zlib.inflateSync(small, { dictionary: Buffer.from('other') })), said(() => zlib.deflateSync('a', { dictionary: 'text' }))[0], zlib.gunzipSync(zlib.gzipSync('a', { dictionary })).toString()]",
    );
    assert_eq!(
        value,
        json!([
            true,
            "hello dictionary",
            "hello dictionary",
            ["Z_NEED_DICT", 2, "Missing dictionary"],
            ["Z_NEED_DICT", 2, "Bad dictionary"],
            "ERR_INVALID_ARG_TYPE",
            "a"
        ])
    );
}

/// Row 213.
#[test]
fn broken_data_is_named_as_zlib_names_it() {
    let value = answer(
        START,
        "const changed = (data, at) => { data[data.length - at] ^= 1; return data; }; const gzip = zlib.gzipSync('abc');
         return [said(() => zlib.gunzipSync('not gzip')), said(() => zlib.inflateRawSync(Buffer.from([7, 7, 7]))), said(() => zlib.gunzipSync(gzip.subarray(0, 12))), said(() => zlib.gunzipSync(changed(zlib.gzipSync('abc'), 6))), said(() => zlib.inflateSync(changed(zlib.deflateSync('abc'), 1)))[2],
           said(() => zlib.gunzipSync(Buffer.concat([gzip, Buffer.from('junk')])))[2], zlib.gunzipSync(Buffer.concat([gzip, Buffer.alloc(9)])).toString(), zlib.gunzipSync(Buffer.concat([gzip, zlib.gzipSync('def')])).toString(), zlib.inflateSync(Buffer.concat([zlib.deflateSync('abc'), Buffer.from('junk')])).toString(),
           said(() => zlib.gunzipSync(zlib.gzipSync(text), { maxOutputLength: 100 })), said(() => zlib.deflateSync('a', { level: 10 }))[2], said(() => zlib.deflateSync('a', { level: '1' }))[0], said(() => zlib.deflateSync('a', { chunkSize: 10 }))[2],
           await promisify(zlib.gunzip)('bad').catch((error) => [error.code, error.errno]), await once(zlib.createGunzip().end('garbage!'), 'data').catch((error) => error.code)]",
    );
    assert_eq!(
        value,
        json!([
            ["Z_DATA_ERROR", -3, "incorrect header check"],
            ["Z_DATA_ERROR", -3, "invalid block type"],
            ["Z_BUF_ERROR", -5, "unexpected end of file"],
            ["Z_DATA_ERROR", -3, "incorrect data check"],
            "incorrect data check",
            "incorrect header check",
            "abc",
            "abcdef",
            "abc",
            [
                "ERR_BUFFER_TOO_LARGE",
                null,
                "Cannot create a Buffer larger than 100 bytes"
            ],
            "The value of \"options.level\" is out of range. It must be >= -1 and <= 9. Received 10",
            "ERR_INVALID_ARG_TYPE",
            "The value of \"options.chunkSize\" is out of range. It must be >= 64. Received 10",
            ["Z_DATA_ERROR", -3],
            "Z_DATA_ERROR"
        ])
    );
}

/// Row 213.
#[test]
fn streams_flush_when_they_are_told_to() {
    let value = answer(
        START,
        "const cut = { finishFlush: constants.Z_SYNC_FLUSH }; const got = []; const gzip = zlib.createGzip(); gzip.on('data', (chunk) => got.push(chunk));
         gzip.write('first'); await new Promise((done) => gzip.flush(done)); const early = zlib.gunzipSync(Buffer.concat(got), cut).toString(); gzip.end(' second'); await once(gzip, 'end');
         const always = zlib.createDeflateRaw({ flush: constants.Z_SYNC_FLUSH }), raw = always.pipe(zlib.createInflateRaw()); always.write('ping'); const [ping] = await once(raw, 'data');
         const brotli = zlib.createBrotliCompress(), back = brotli.pipe(zlib.createBrotliDecompress()); brotli.write('pong'); brotli.flush(); const [pong] = await once(back, 'data');
         const parts = [], changing = zlib.createDeflate({ level: 9 }); changing.on('data', (chunk) => parts.push(chunk)); changing.write('a'.repeat(1000)); await new Promise((done) => changing.params(0, 0, done)); changing.end('b'.repeat(1000)); await once(changing, 'end');
         const all = Buffer.concat(parts); const { buffer, engine } = zlib.inflateSync(Buffer.concat([zlib.deflateSync('abc'), Buffer.from('junk')]), { info: true });
         let length = 0; await pipeline(Readable.from([text, text]), zlib.createGzip(), zlib.createUnzip(), async (source) => { for await (const chunk of source) length += chunk.length; });
         return [early, zlib.gunzipSync(Buffer.concat(got)).toString(), String(ping), String(pong), zlib.inflateSync(all).length, buffer.toString(), engine.bytesWritten, engine instanceof zlib.Inflate, length,
           zlib.inflateSync(zlib.deflateSync('abc', cut), cut).toString(), [0, 1, 2, 3, 4].map((strategy) => zlib.inflateSync(zlib.deflateSync(text, { strategy, memLevel: 1, windowBits: 9 })).length), zlib.crc32('hello')]",
    );
    assert_eq!(
        value,
        json!([
            "first",
            "first second",
            "ping",
            "pong",
            2000,
            "abc",
            11,
            true,
            12_000,
            "abc",
            [6000, 6000, 6000, 6000, 6000],
            907_060_870_u32
        ])
    );
}
