// Loaded by rooms that use it: IdentityTransformStream and FixedLengthStream, Workers' transforms of
// bytes (specification, section 11). What is written waits until somebody reads it.
(function () {
  const { core, primordials } = __bootstrap;
  const {
    ArrayBufferIsView,
    MathMin,
    MathTrunc,
    Number,
    Promise,
    Symbol,
    TypeError,
    TypedArrayPrototypeSlice,
    TypedArrayPrototypeSubarray,
    Uint8Array,
  } = primordials;
  const { ReadableStream, TransformStream, WritableStream } = core.loadExtScript(
    "ext:deno_web/06_streams.js",
  );

  const webidl = core.loadExtScript("ext:deno_webidl/00_webidl.js");

  const NOT_BYTES = "This TransformStream is being used as a byte stream, but received ";
  const ENCODE_IT =
    " on its writable side. If you wish to write a string, you'll probably want to explicitly UTF-8-encode it with TextEncoder.";

  function bytesOf(chunk) {
    if (ArrayBufferIsView(chunk)) {
      return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
    if (core.isAnyArrayBuffer(chunk)) return new Uint8Array(chunk);
    if (typeof chunk === "string") throw new TypeError(`${NOT_BYTES}a string${ENCODE_IT}`);
    throw new TypeError(
      `${NOT_BYTES}an object of non-ArrayBuffer/ArrayBufferView type on its writable side.`,
    );
  }

  // A pair of ends over one another. `count(n)` sees the length of each chunk before it is passed
  // on, `finish()` is called before the end; both may throw.
  function connect(count, finish) {
    let reader;
    let writer;
    // The pull that waits for bytes, and the write that waits for a pull.
    let pull = null;
    let wake = null;
    const served = () => {
      const { resolve } = pull;
      pull = null;
      resolve();
    };
    const pulled = () => pull === null ? new Promise((resolve) => wake = resolve) : undefined;
    const fail = (error) => {
      reader.error(error);
      if (pull !== null) served();
      throw error;
    };

    const readable = new ReadableStream({
      __proto__: null,
      type: "bytes",
      start(controller) {
        reader = controller;
      },
      pull() {
        return new Promise((resolve) => {
          pull = { resolve };
          wake?.();
          wake = null;
        });
      },
      cancel(reason) {
        writer.error(reason);
        wake?.();
        wake = null;
      },
    });
    const writable = new WritableStream({
      __proto__: null,
      start(controller) {
        writer = controller;
      },
      async write(chunk) {
        let bytes;
        try {
          bytes = bytesOf(chunk);
          count(bytes.byteLength);
        } catch (error) {
          fail(error);
        }
        // The writer may reuse its buffer once the write has been answered.
        bytes = TypedArrayPrototypeSlice(bytes);
        while (bytes.byteLength > 0) {
          await pulled();
          if (writer.signal.aborted || pull === null) return;
          const request = reader.byobRequest;
          if (request === null) {
            reader.enqueue(bytes);
            bytes = new Uint8Array();
          } else {
            const { view } = request;
            const length = MathMin(view.byteLength, bytes.byteLength);
            new Uint8Array(view.buffer, view.byteOffset, length).set(
              TypedArrayPrototypeSubarray(bytes, 0, length),
            );
            bytes = TypedArrayPrototypeSubarray(bytes, length);
            request.respond(length);
          }
          served();
        }
      },
      close() {
        try {
          finish();
        } catch (error) {
          fail(error);
        }
        reader.close();
        reader.byobRequest?.respond(0);
        if (pull !== null) served();
      },
      abort(reason) {
        reader.error(reason);
        if (pull !== null) served();
      },
    });
    return { readable, writable };
  }

  const nothing = () => {};

  return (kLength) => {
    /** @type {any} */
    const kEnds = Symbol("ends");

    class IdentityTransformStream extends TransformStream {
      constructor() {
        super();
        this[kEnds] = connect(nothing, nothing);
      }

      get readable() {
        return this[kEnds].readable;
      }

      get writable() {
        return this[kEnds].writable;
      }
    }

    class FixedLengthStream extends IdentityTransformStream {
      constructor(expectedLength) {
        if (typeof expectedLength !== "number" && typeof expectedLength !== "bigint") {
          throw new TypeError(
            "Failed to construct 'FixedLengthStream': constructor parameter 1 is not of type 'bigint'.",
          );
        }
        if (!(expectedLength >= 0)) {
          throw new TypeError(
            "The value cannot be converted because it is negative and this API expects a positive bigint.",
          );
        }
        super();
        let left = MathTrunc(Number(expectedLength));
        const ends = connect(
          (length) => {
            left -= length;
            if (left < 0) {
              throw new TypeError("Attempt to write too many bytes through a FixedLengthStream.");
            }
          },
          () => {
            if (left > 0) {
              throw new TypeError("FixedLengthStream did not see all expected bytes before close().");
            }
          },
        );
        ends.readable[kLength] = left;
        this[kEnds] = ends;
      }
    }
    webidl.configureInterface(IdentityTransformStream);
    webidl.configureInterface(FixedLengthStream);
    return { FixedLengthStream, IdentityTransformStream };
  };
})();
