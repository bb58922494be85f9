//! Streams and encodings in a room's isolate (specification, section 11).

use serde_json::json;

use crate::harness::{Dev, ROOM};
use crate::platform::answering;

/// Row 248.
#[test]
fn byte_streams_fill_the_readers_buffer() {
    let dev = answering(
        r#"
const stream = new ReadableStream({ type: "bytes", pull(controller) {
  const { view } = controller.byobRequest;
  new Uint8Array(view.buffer, view.byteOffset)[0] = 7;
  controller.byobRequest.respond(1);
} });
const { value } = await stream.getReader({ mode: "byob" }).read(new Uint8Array(4));
const from = [];
for await (const piece of ReadableStream.from(["a", "b"])) from.push(piece);
const [left, right] = new Response("tee").body.tee();
return [[...value], from, await new Response(left).text(), await new Response(right).text()];"#,
    );
    assert_eq!(dev.json(ROOM), json!([[7], ["a", "b"], "tee", "tee"]));
}

/// Row 248.
#[test]
fn identity_stream_passes_bytes_to_any_reader() {
    let dev = answering(
        r#"
const { readable, writable } = new IdentityTransformStream();
const writer = writable.getWriter();
const sent = (async () => { await writer.write(new Uint8Array([1, 2, 3])); await writer.write(new Uint8Array([4]).buffer); await writer.close(); })();
const byob = readable.getReader({ mode: "byob" });
const first = await byob.read(new Uint8Array(2));
byob.releaseLock();
const rest = [];
for await (const piece of readable) rest.push(...piece);
await sent;
const other = new IdentityTransformStream();
const refused = await other.writable.getWriter().write("text").catch((error) => error.message);
return [[...first.value], rest, refused.slice(0, 80)];"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([
            [1, 2],
            [3, 4],
            "This TransformStream is being used as a byte stream, but received a string on it"
        ])
    );
}

/// Row 248.
#[test]
fn fixed_length_stream_gives_its_answer_a_length() {
    let dev = Dev::inline(
        r#"
export default class {
  onRequest(req) {
    const { readable, writable } = new FixedLengthStream(6);
    const writer = writable.getWriter();
    const bytes = (text) => new TextEncoder().encode(text);
    writer.write(bytes("abc")).then(() => writer.write(bytes("def"))).then(() => writer.close());
    return new Response(readable);
  }
}"#,
    );
    let answer = dev.get(ROOM);
    assert_eq!(answer.text(), "abcdef");
    assert_eq!(answer.header("content-length"), Some("6"));
    assert_eq!(answer.header("transfer-encoding"), None);
}

/// Row 248.
#[test]
fn fixed_length_stream_refuses_another_length() {
    let dev = answering(
        r#"
const tried = async (text) => {
  const { readable, writable } = new FixedLengthStream(4n);
  const read = new Response(readable).text().catch((error) => error.message);
  const writer = writable.getWriter();
  try { await writer.write(new TextEncoder().encode(text)); await writer.close(); } catch {}
  return await read;
};
return [await tried("four"), await tried("fiver"), await tried("two")];"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([
            "four",
            "Attempt to write too many bytes through a FixedLengthStream.",
            "FixedLengthStream did not see all expected bytes before close()."
        ])
    );
}

/// Row 248.
#[test]
fn every_compression_format_round_trips() {
    let dev = answering(
        r#"
const out = [];
for (const format of ["gzip", "deflate", "deflate-raw"]) {
  const packed = new Blob(["packed and unpacked"]).stream().pipeThrough(new CompressionStream(format));
  out.push(await new Response(packed.pipeThrough(new DecompressionStream(format))).text());
}
const broken = await new Response(new Blob(["not gzip"]).stream().pipeThrough(new DecompressionStream("gzip"))).text().catch((error) => error.name);
return [out, broken];"#,
    );
    let text = "packed and unpacked";
    assert_eq!(dev.json(ROOM), json!([[text, text, text], "TypeError"]));
}

/// Row 248.
#[test]
fn decoders_know_the_encodings() {
    let dev = answering(
        r#"
const decode = (label, ...bytes) => { const decoder = new TextDecoder(label); return [decoder.encoding, decoder.decode(new Uint8Array(bytes))]; };
let fatal;
try { new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([0xff])); } catch (error) { fatal = error.name; }
let unknown;
try { new TextDecoder("nothing"); } catch (error) { unknown = error.name; }
const piped = new Blob(["gr\u00fc\u00dfe"]).stream().pipeThrough(new TextDecoderStream()).pipeThrough(new TextEncoderStream());
return [decode("latin1", 0xe9), decode("shift_jis", 0x83, 0x41), decode("utf-16be", 0, 0x41), decode("koi8-r", 0xe9), decode("gb18030", 0xb0, 0xa1), decode("euc-kr", 0xb0, 0xa1),
  fatal, unknown, await new Response(piped).text(), new TextEncoder().encodeInto("\u00fc", new Uint8Array(2)).written];"#,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([
            ["windows-1252", "é"],
            ["shift_jis", "ア"],
            ["utf-16be", "A"],
            ["koi8-r", "И"],
            ["gb18030", "啊"],
            ["euc-kr", "가"],
            "TypeError",
            "RangeError",
            "grüße",
            2
        ])
    );
}
