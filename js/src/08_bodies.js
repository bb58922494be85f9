// Runs while the snapshot is made. Bodies as Workers have them: a BYOB reader reads any of them, readers
// have `readAtLeast`, and a length that is known stays known (specification, section 11). Knows nothing
// of requests, responses and events.
import { core, primordials } from "ext:core/mod.js";
import {
  ReadableStreamPrototypeGetLocked,
  ReadableStreamPrototypeGetReader,
} from "ext:partyrun/04_platform.js";
import { ops } from "ext:partyrun/06_ops.js";

const {
  ArrayBufferIsView,
  ArrayPrototypeFind,
  FunctionPrototypeCall,
  MathTrunc,
  Number,
  ObjectGetOwnPropertySymbols,
  ObjectPrototypeIsPrototypeOf,
  PromisePrototypeThen,
  SafeArrayIterator,
  SafeWeakMap,
  StringPrototypeStartsWith,
  TypeError,
  TypedArrayPrototypeSlice,
  Uint8Array,
} = primordials;

const { InnerBody } = core.loadExtScript("ext:deno_fetch/22_body.js");
const { Blob } = core.loadExtScript("ext:deno_web/09_file.js");
const {
  createReadableByteStream,
  getReadableStreamResourceBacking,
  isReadableStreamDisturbed,
  ReadableStreamBYOBReader,
  ReadableStreamPrototype,
} = core.loadExtScript("ext:deno_web/06_streams.js");

export const USED =
  "Body has already been used. It can only be used once. Use tee() first if you need to read it twice.";

/** Bytes that a stream will have, when it is known. */
export const kLength = Symbol("length");

// The text or the bytes that a stream was made of.
const sources = new SafeWeakMap();

/** What the stream of a body was made of, as bytes; undefined once somebody has begun to read it. */
export function takeSource(stream) {
  const source = sources.get(stream);
  if (source === undefined || ReadableStreamPrototypeGetLocked(stream) || isReadableStreamDisturbed(stream)) {
    return undefined;
  }
  ReadableStreamPrototypeGetReader(stream);
  return typeof source === "string" ? core.encode(source) : source;
}

/** Bytes of a stream that nobody has read of; undefined when nobody knows. */
export function lengthOf(stream) {
  if (isReadableStreamDisturbed(stream)) return undefined;
  if (stream[kLength] !== undefined) return stream[kLength];
  const source = sources.get(stream);
  if (source !== undefined) return (typeof source === "string" ? core.encode(source) : source).byteLength;
  const backing = getReadableStreamResourceBacking(stream);
  const length = backing ? ops.op_pr_resource_length(backing.rid) : -1;
  return length < 0 ? undefined : length;
}

const isStream = (value) => ObjectPrototypeIsPrototypeOf(ReadableStreamPrototype, value);

// The streams that bodies and streams are copied into have the length of the copied one.
function withLength(length, streams) {
  if (length === undefined) return;
  for (const stream of new SafeArrayIterator(streams)) stream[kLength] = length;
}

const baseConsume = InnerBody.prototype.consume;
InnerBody.prototype.consume = function consume() {
  if (this.unusable()) throw new TypeError(USED);
  const { streamOrStatic } = this;
  const consumed = FunctionPrototypeCall(baseConsume, this);
  // Those of Rust give nothing but bytes.
  const isMade = isStream(streamOrStatic) && !getReadableStreamResourceBacking(streamOrStatic);
  return isMade ? PromisePrototypeThen(consumed, undefined, explain) : consumed;
};

function explain(error) {
  if (!StringPrototypeStartsWith(`${error?.message}`, "Cannot convert value to Uint8Array")) throw error;
  throw new TypeError("This ReadableStream did not return bytes.");
}

// Copies of a body are as long as the body.
for (const name of ["clone", "createProxy"]) {
  const copy = InnerBody.prototype[name];
  InnerBody.prototype[name] = function () {
    const { streamOrStatic } = this;
    if (!isStream(streamOrStatic)) return FunctionPrototypeCall(copy, this);
    const length = lengthOf(streamOrStatic);
    const second = FunctionPrototypeCall(copy, this);
    withLength(
      length,
      name === "clone" ? [this.streamOrStatic, second.streamOrStatic] : [second.streamOrStatic],
    );
    return second;
  };
}

const { stream: blobStream } = Blob.prototype;
const { tee: baseTee } = ReadableStreamPrototype;
const { stream, tee } = {
  /** @this {any} */
  stream() {
    const stream = FunctionPrototypeCall(blobStream, this);
    stream[kLength] = this.size;
    return stream;
  },
  tee() {
    const length = isStream(this) ? lengthOf(this) : undefined;
    const branches = FunctionPrototypeCall(baseTee, this);
    withLength(length, branches);
    return branches;
  },
};
const method = (value) => ({ value, writable: true, enumerable: true, configurable: true });
Object.defineProperty(Blob.prototype, "stream", method(stream));
Object.defineProperty(ReadableStreamPrototype, "tee", method(tee));

function bytesOnce(source) {
  return createReadableByteStream(
    () => {},
    async (controller) => {
      // A copy, because what is enqueued is detached and a clone may have the same bytes.
      const chunk = typeof source === "string" ? core.encode(source) : TypedArrayPrototypeSlice(source);
      if (chunk.byteLength > 0) controller.enqueue(chunk);
      controller.close();
      controller.byobRequest?.respond(0);
    },
    async () => {},
  );
}

const slots = {};
for (const key of Object.getOwnPropertySymbols(bytesOnce(""))) slots[key.description] = key;
const kController = slots["[[controller]]"];
const kErrorController = slots["[[controllerErrorFunction]]"];

// The stream of a text or of bytes comes with a controller that serves no BYOB reader. The stream itself
// is kept, because the constructors of Request and Response know it and take its source back.
const { get: baseStream } = Object.getOwnPropertyDescriptor(InnerBody.prototype, "stream");
Object.defineProperty(InnerBody.prototype, "stream", {
  get() {
    const { streamOrStatic } = this;
    const stream = FunctionPrototypeCall(baseStream, this);
    if (stream === streamOrStatic || streamOrStatic.consumed) return stream;
    const other = bytesOnce(streamOrStatic.body);
    exchange(stream, other);
    sources.set(stream, streamOrStatic.body);
    return stream;
  },
  configurable: true,
});

function exchange(stream, other) {
  for (const key of new SafeArrayIterator([kController, kErrorController])) {
    const was = stream[key];
    stream[key] = other[key];
    other[key] = was;
  }
  for (const { 0: end, 1: was } of new SafeArrayIterator([[stream, other], [other, stream]])) {
    const controller = end[kController];
    const key = ArrayPrototypeFind(ObjectGetOwnPropertySymbols(controller), (key) => controller[key] === was);
    controller[key] = end;
  }
}

const { read } = ReadableStreamBYOBReader.prototype;
const refuse = (message) => {
  throw new TypeError(message);
};
Object.defineProperty(ReadableStreamBYOBReader.prototype, "readAtLeast", {
  value: async function readAtLeast(minBytes, view) {
    if (!ArrayBufferIsView(view)) {
      refuse(
        "Failed to execute 'readAtLeast' on 'ReadableStreamBYOBReader': parameter 2 is not of type 'ArrayBufferView'.",
      );
    }
    const min = MathTrunc(Number(minBytes)) || 0;
    if (min < 1) refuse(`Requested invalid minimum number of bytes to read (${min}).`);
    const { byteLength } = view;
    if (min > byteLength) {
      refuse(`Minimum bytes to read (${min}) exceeds size of buffer (${byteLength}).`);
    }
    const bytes = new Uint8Array(view.buffer, view.byteOffset, byteLength);
    const result = await FunctionPrototypeCall(read, this, bytes, { __proto__: null, min });
    // Fewer bytes, because the stream has ended, are bytes all the same: the next read hears of the end.
    const last = result.done && result.value?.byteLength > 0;
    return last ? { done: false, value: result.value } : result;
  },
  writable: true,
  enumerable: true,
  configurable: true,
});

export { InnerBody, ReadableStreamPrototype };
