//! Rooms that make others hold memory for them, on a machine of 2 GiB: each is refused or reset, the
//! process stays within the machine, and its neighbours go on.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Dev, Project};

const MACHINE_MB: u64 = 2048;
/// The longest that a neighbour may wait for its echo.
const GAP: Duration = Duration::from_millis(500);
/// The longest that the room may take to be of use again.
const RETURN: Duration = Duration::from_secs(5);

/// One at a time: each of these processes may have 2 GiB.
static TURN: Mutex<()> = Mutex::new(());

const BOMBS: &str = r#"
import { createBrotliCompress, createDeflate, createInflate } from "node:zlib";
import { createHash, generateKeyPairSync } from "node:crypto";

const kept: unknown[] = [];
const keep = (make: (turn: number) => unknown) => { for (let i = 0; ; i++) kept.push(make(i)); };
const keepOverTurns = async (make: (turn: number) => unknown) => {
  for (let i = 0; ; i++) {
    kept.push(await make(i));
    if (i % 10 === 0) await new Promise((done) => setTimeout(done));
  }
};
const bytes = new Uint8Array(4_000_000).fill(1);
const small = new Uint8Array(1000).fill(1);
const text = "x".repeat(4_000_000);
const written = (stream: TransformStream, chunk: Uint8Array) => {
  stream.writable.getWriter().write(chunk).catch(() => {});
  return stream;
};

const bombs = {
  blobs: () => keep(() => new Blob([bytes])),
  blobsOfTexts: () => keep(() => new Blob([text])),
  blobsOverTurns: () => keepOverTurns(() => new Blob([bytes])),
  files: () => keep(() => new File([bytes], "name")),
  objectUrls: () => keep(() => URL.createObjectURL(new Blob([bytes]))),
  forms: () => { const form = new FormData(); keep(() => form.append("a", new Blob([bytes]))); },

  compressing: () => keep(() => written(new CompressionStream("gzip"), small)),
  compressingNothing: () => keep(() => new CompressionStream("deflate")),
  decompressing: () => keep(() => written(new DecompressionStream("deflate"), new Uint8Array([0x78, 0x9c]))),
  deflate: () => keep(() => { const stream = createDeflate(); stream.write(small); return stream; }),
  deflateOverTurns: () => keepOverTurns(() => { const stream = createDeflate(); stream.write(small); return stream; }),
  inflate: () => keep(() => { const stream = createInflate(); stream.write(new Uint8Array([0x78, 0x9c])); return stream; }),
  brotli: () => keep(() => { const stream = createBrotliCompress(); stream.write(bytes); return stream; }),

  messages: () => { const { port1 } = new MessageChannel(); keep(() => port1.postMessage(text)); },
  smallMessages: () => { const { port1 } = new MessageChannel(); for (;;) port1.postMessage("x".repeat(1000)); },
  bytesAsMessages: () => { const { port1 } = new MessageChannel(); keep(() => port1.postMessage(bytes)); },
  givenAsMessages: () => {
    const { port1 } = new MessageChannel();
    keep(() => { const given = bytes.slice(); port1.postMessage(given, [given.buffer]); });
  },
  clones: () => keep(() => structuredClone({ bytes })),

  bodies: () => keepOverTurns(() => new Response(text).arrayBuffer()),
  texts: () => keepOverTurns(() => new Response(bytes).text()),
  responses: () => keep(() => new Response(bytes.slice()).clone()),
  streams: () => keep(() => new ReadableStream({ start(stream) { stream.enqueue(bytes.slice()); } })),

  selectors: () => keep((i) => {
    const rewriter = new HTMLRewriter();
    for (let j = 0; j < 100; j++) rewriter.on(`a.b${i}[c="${"d".repeat(1000)}"] > e`, {});
    return rewriter;
  }),
  decoders: () => keep(() => { const decoder = new TextDecoder("gb18030"); decoder.decode(new Uint8Array([0x81]), { stream: true }); return decoder; }),
  keys: () => keepOverTurns(() => crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, true, ["sign"])),
  nodeKeys: () => keep(() => generateKeyPairSync("ec", { namedCurve: "P-256" })),
  hashes: () => keep(() => createHash("sha512")),
  patterns: () => keep((i) => new URLPattern({ pathname: `/a${i}/:b/:c` })),
  signals: () => keep(() => AbortSignal.timeout(1e6)),
  formats: () => keep(() => new Intl.DateTimeFormat("de", { dateStyle: "full" })),
  expressions: () => keep((i) => { const made = new RegExp(`(a|b|${i})`.repeat(300)); made.test("abab"); return made; }),
};

export default class {
  onMessage(message: string, connection) { connection.send(message); }
  async onRequest(request: Request) {
    const what = new URL(request.url).searchParams.get("do");
    if (what !== null) {
      try { await bombs[what](); } finally { kept.length = 0; }
    }
    return new Response("ok");
  }
}"#;

/// Sets a flag when it is dropped.
struct OnEnd<'a>(&'a AtomicBool);

impl Drop for OnEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs `work` while a neighbour echoes, and returns what it returned and the longest pause of echoes.
fn beside_an_echo<T>(dev: &Dev, work: impl FnOnce() -> T) -> (T, Duration) {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let neighbour = scope.spawn(|| {
            let mut socket = dev.ws("/parties/main/neighbour");
            let mut longest = Duration::ZERO;
            while !is_over.load(Ordering::Relaxed) {
                let start = Instant::now();
                assert_eq!(socket.ask("echo"), "echo");
                longest = longest.max(start.elapsed());
                thread::sleep(Duration::from_millis(5));
            }
            longest
        });
        let result = {
            // A failure of `work` ends the echo too.
            let _end = OnEnd(&is_over);
            work()
        };
        (result, neighbour.join().expect("the neighbour goes on"))
    })
}

/// Each of `bombs` goes off in a room of its own. Some take little memory for their time, and end with the
/// turn.
fn go_off(bombs: &[&str]) {
    let _turn = TURN.lock();
    let mut dev = Project::inline(BOMBS)
        .env("PARTYRUN_MEMORY_MB", &MACHINE_MB.to_string())
        .env("PARTYRUN_TURN_MS", "8000")
        .dev();
    let mut faults = Vec::new();
    for bomb in bombs {
        let room = format!("/parties/main/{bomb}");
        let ((answer, took), gap) = beside_an_echo(&dev, || {
            let answer = dev.get(&format!("{room}?do={bomb}"));
            let start = Instant::now();
            crate::harness::eventually("the room serves again", || {
                (dev.get(&room).text() == "ok").then_some(())
            });
            (answer, start.elapsed())
        });
        let text = answer.text();
        let is_refused = text == "The room was reset"
            || text.starts_with("Out of memory")
            || text == "Array buffer allocation failed"
            || text == "could not deserialize value";
        let peak = dev.peak_memory() >> 20;
        if answer.status != 500 || !is_refused || took > RETURN || gap > GAP || peak > MACHINE_MB {
            faults.push(format!(
                "{bomb}: {text}; back after {took:?}, gap {gap:?}, peak {peak} MiB"
            ));
        }
    }
    assert!(dev.is_alive());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn blobs_end_alone() {
    go_off(&[
        "blobs",
        "blobsOfTexts",
        "blobsOverTurns",
        "files",
        "objectUrls",
        "forms",
    ]);
}

#[test]
fn compressors_end_alone() {
    go_off(&[
        "compressing",
        "compressingNothing",
        "decompressing",
        "deflate",
        "deflateOverTurns",
        "inflate",
        "brotli",
    ]);
}

#[test]
fn messages_that_nobody_reads_end_alone() {
    go_off(&[
        "messages",
        "smallMessages",
        "bytesAsMessages",
        "givenAsMessages",
        "clones",
    ]);
}

#[test]
fn bodies_and_streams_end_alone() {
    go_off(&["bodies", "texts", "responses", "streams"]);
}

#[test]
fn objects_of_the_platform_end_alone() {
    go_off(&[
        "selectors",
        "decoders",
        "keys",
        "nodeKeys",
        "hashes",
        "patterns",
        "signals",
        "formats",
        "expressions",
    ]);
}

const TIDY: &str = r#"
export default class {
  async onRequest(request: Request) {
    const what = new URL(request.url).searchParams.get("do");
    const bytes = new Uint8Array(4_000_000).fill(1);
    let refusal = "none";
    for (let i = 0; i < 500; i++) {
      if (what === "blobs") { await new Blob([bytes]).text(); }
      if (what === "compressors") new CompressionStream("gzip");
      if (what === "messages") {
        const { port1, port2 } = new MessageChannel();
        const received = new Promise((done) => port2.onmessage = done);
        port1.postMessage(bytes);
        await received;
        port1.close();
      }
      if (what === "kept") {
        globalThis.kept ??= [];
        try { globalThis.kept.push(new Blob([bytes])); } catch (error) { refusal = `${error.name}: ${error.message}`; }
      }
      await new Promise((done) => setTimeout(done));
    }
    globalThis.kept = undefined;
    return new Response(refusal);
  }
}"#;

/// Gigabytes that are let go again are nobody's business.
#[test]
fn what_is_not_kept_is_never_too_much() {
    let _turn = TURN.lock();
    let dev = Project::inline(TIDY)
        .env("PARTYRUN_MEMORY_MB", &MACHINE_MB.to_string())
        .dev();
    for what in ["blobs", "compressors", "messages"] {
        let answer = dev.get(&format!("/parties/main/{what}?do={what}"));
        assert_eq!(answer.text(), "none", "{what}: {}", dev.stderr());
    }
    assert!(dev.peak_memory() >> 20 < MACHINE_MB);
}

#[test]
fn what_can_be_refused_is_a_range_error_and_the_room_lives() {
    let _turn = TURN.lock();
    let dev = Project::inline(TIDY)
        .env("PARTYRUN_MEMORY_MB", &MACHINE_MB.to_string())
        .dev();
    let answer = dev.get("/parties/main/kept?do=kept");
    assert!(
        answer.text().starts_with("RangeError: Out of memory: "),
        "{}",
        answer.text()
    );
    assert!(!dev.stderr().contains("reset"), "{}", dev.stderr());
}

/// The terminal says what a room had too much of.
#[test]
fn the_terminal_says_what_was_too_much() {
    let _turn = TURN.lock();
    let dev = Project::inline(BOMBS)
        .env("PARTYRUN_MEMORY_MB", &MACHINE_MB.to_string())
        .dev();
    dev.get("/parties/main/texts?do=texts");
    dev.stderr_has("it reached its memory limit: its JavaScript heap takes more than `512 MiB`");
    dev.get("/parties/main/bodies?do=bodies");
    dev.stderr_has("take more than `960 MiB`");
}
