// Streams of Node.js, by the copy that its maintainers publish, and their bridges to web streams.
// The module is the oldest class, `Stream`, as in Node.js; the package's own entry is `Readable`.
const stream = require("readable-stream/lib/stream");

const { Duplex, Readable, Writable, destroy, finished } = stream;

const abortReason = () =>
  Object.assign(new Error("The operation was aborted"), { name: "AbortError", code: "ABORT_ERR" });

// The bytes of a chunk as web streams have them: not a Buffer.
const asBytes = (chunk) =>
  Buffer.isBuffer(chunk) ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength) : chunk;

function readableToWeb(readable, { strategy = undefined } = {}) {
  const objects = readable.readableObjectMode;
  const waiting = strategy ??
    (objects
      ? new CountQueuingStrategy({ highWaterMark: readable.readableHighWaterMark })
      : new ByteLengthQueuingStrategy({ highWaterMark: readable.readableHighWaterMark }));
  readable.pause();
  return new ReadableStream({
    start(controller) {
      readable.on("data", (chunk) => {
        controller.enqueue(
          objects ? chunk : typeof chunk === "string" ? new TextEncoder().encode(chunk) : asBytes(chunk),
        );
        if (controller.desiredSize <= 0) readable.pause();
      });
      readable.pause();
      const cleanUp = finished(readable, { writable: false }, (error) => {
        cleanUp();
        // An error that comes after the end has nobody to go to.
        readable.on("error", () => {});
        try {
          if (error) controller.error(error);
          else controller.close();
        } catch {
          // Cancelled before.
        }
      });
    },
    pull() {
      readable.resume();
    },
    cancel(reason) {
      destroy(readable, reason instanceof Error ? reason : undefined);
    },
  }, waiting);
}

function readableFromWeb(web, options = {}) {
  const reader = web.getReader();
  let closed = false;
  const readable = new Readable({
    objectMode: false,
    ...options,
    read() {
      reader.read().then(
        ({ done, value }) => {
          closed = done;
          readable.push(
            done
              ? null
              : ArrayBuffer.isView(value) && !readable.readableObjectMode
              ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
              : value,
          );
        },
        (error) => destroy(readable, error),
      );
    },
    destroy(error, done) {
      if (closed) return done(error);
      closed = true;
      reader.cancel(error ?? undefined).then(() => done(error), () => done(error));
    },
  });
  return readable;
}

function writableToWeb(writable) {
  let failed;
  finished(writable, { readable: false }, (error) => {
    failed = error;
  });
  return new WritableStream({
    write(chunk, controller) {
      if (failed) return controller.error(failed);
      return new Promise((resolve, reject) => {
        writable.write(chunk, (error) => error ? reject(error) : resolve());
      });
    },
    close: () =>
      new Promise((resolve, reject) => {
        writable.end((error) => error ? reject(error) : resolve());
      }),
    abort(reason) {
      destroy(writable, reason instanceof Error ? reason : abortReason());
    },
  });
}

function writableFromWeb(web, options = {}) {
  const writer = web.getWriter();
  let closed = false;
  return new Writable({
    ...options,
    write(chunk, _encoding, done) {
      writer.ready.then(() => writer.write(asBytes(chunk))).then(() => done(), done);
    },
    final(done) {
      closed = true;
      writer.close().then(() => done(), done);
    },
    destroy(error, done) {
      if (closed) return done(error);
      closed = true;
      (error ? writer.abort(error) : writer.close()).then(() => done(error), () => done(error));
    },
  });
}

Object.assign(Readable, {
  fromWeb: readableFromWeb,
  isDisturbed: stream.isDisturbed,
  toWeb: readableToWeb,
});
Object.assign(Writable, { fromWeb: writableFromWeb, toWeb: writableToWeb });
Object.assign(Duplex, {
  fromWeb: ({ readable, writable }, options) =>
    Duplex.from({
      readable: readableFromWeb(readable, options),
      writable: writableFromWeb(writable, options),
    }),
  toWeb: (duplex) => ({ readable: readableToWeb(duplex), writable: writableToWeb(duplex) }),
});

// Two ends: what is written to one is read from the other.
function duplexPair(options) {
  const waiting = [];
  const make = (own, other) =>
    new Duplex({
      ...options,
      read() {
        const taken = waiting[own];
        waiting[own] = undefined;
        taken?.();
      },
      write(chunk, _encoding, done) {
        if (chunk.length === 0) return queueMicrotask(done);
        waiting[other] = done;
        ends[other].push(chunk);
      },
      final(done) {
        ends[other].on("end", done);
        ends[other].push(null);
      },
    });
  const ends = [make(0, 1), make(1, 0)];
  return ends;
}

module.exports = Object.assign(stream, {
  _isArrayBufferView: ArrayBuffer.isView,
  duplexPair,
  isDestroyed: (each) => Boolean(each.destroyed),
  isErrored: stream.isErrored ?? ((each) => Boolean(each.errored)),
  isReadable: stream.isReadable ?? ((each) => Boolean(each.readable)),
  isWritable: (each) => Boolean(each.writable),
});
