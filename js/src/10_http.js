// Runs while the snapshot is made. The road of requests and responses between user code and Rust
// (specification, sections 3.7 and 4.2).
import { core, primordials } from "ext:core/mod.js";
import {
  ReadableStreamPrototypeCancel,
  ReadableStreamPrototypeGetLocked,
  ReadableStreamPrototypeGetReader,
  RequestPrototypeGetBodyUsed,
  RequestPrototypeGetHeaders,
  ResponsePrototypeGetBodyUsed,
} from "ext:partyrun/04_platform.js";
import { ops } from "ext:partyrun/06_ops.js";
import { InnerBody, kLength, ReadableStreamPrototype, takeSource, USED } from "ext:partyrun/08_bodies.js";
import { cut } from "ext:partyrun/12_console.js";
import {
  givenStatusText,
  isResponse,
  kEncoded,
  kHead,
  kWebSocket,
  Request,
  requestCf,
  Response,
  useWebSocket,
} from "ext:partyrun/09_http_classes.js";

const {
  ArrayBufferIsView,
  ArrayBufferPrototype,
  ArrayPrototypeFilter,
  ErrorPrototype,
  FunctionPrototypeCall,
  ObjectDefineProperty,
  ObjectGetOwnPropertyDescriptor,
  ObjectPrototype,
  ObjectPrototypeIsPrototypeOf,
  PromisePrototypeThen,
  RegExpPrototypeExec,
  String,
  StringPrototypeSplit,
  StringPrototypeStartsWith,
  StringPrototypeToLowerCase,
  TypeError,
  Uint8Array,
} = primordials;

const { fromInnerRequest, toInnerRequest } = core.loadExtScript(
  "ext:deno_fetch/23_request.js",
);
const {
  fromInnerResponse,
  newInnerResponse,
  serveFastBodyKey,
  serveFastConsumedKey,
  serveFastContentTypeKey,
  serveFastHeaderKindKey,
  serveFastStatusKey,
  toInnerResponse,
} = core.loadExtScript("ext:deno_fetch/23_response.js");
const { readableStreamForRid, resourceForReadableStream } = core.loadExtScript(
  "ext:deno_web/06_streams.js",
);

const kRid = Symbol("rid");

const TEXT = "text/plain;charset=UTF-8";

// What deno_fetch has behind a Request. Its own is a literal with accessors, which V8 makes one by one, as a dictionary,
// for each request.
class InnerRequest {
  constructor(head, method, url) {
    this.head = head;
    this.method = method;
    this.list = null;
    this.body = null;
    this.redirectMode = "manual";
    this.redirectCount = 0;
    this.urlList = [() => url];
    this.urlListProcessed = [url];
    this.clientRid = null;
    this.blobUrlEntry = null;
  }

  get headerList() {
    return this.list ??= ops.op_pr_head_headers(this.head);
  }

  set headerList(list) {
    this.list = list;
  }

  url() {
    return this.urlListProcessed[0];
  }

  currentUrl() {
    const last = this.urlList.length - 1;
    return this.urlListProcessed[last] ??= this.urlList[last]();
  }
}

// The request of an event. `guard` is "request" when its headers may be changed, else "immutable".
export function makeRequest(head, method, url, hasBody, guard) {
  const inner = new InnerRequest(head, method, url);
  if (hasBody) {
    const rid = ops.op_pr_head_body(head);
    inner.body = new InnerBody(streamOf(rid));
  }
  const request = fromInnerRequest(inner, guard);
  request[kHead] = head;
  return request;
}

export function isRequest(value) {
  return typeof value === "object" && value !== null && toInnerRequest(value) !== undefined;
}

export function responseSocket(response) {
  return response[kWebSocket];
}

// The headers that user code gave a 101.
export function responseHeaders(response) {
  return toInnerResponse(response).headerList;
}

// [bytes, rid] of an inner body, for the ops: bytes or null, a resource or -1.
function takeBody(body) {
  if (body === null || body === undefined) return [null, -1];
  if (body.unusable()) throw new TypeError(USED);
  const { streamOrStatic } = body;
  if (!ObjectPrototypeIsPrototypeOf(ReadableStreamPrototype, streamOrStatic)) {
    streamOrStatic.consumed = true;
    const bytes = streamOrStatic.body;
    return [typeof bytes === "string" ? core.encode(bytes) : bytes, -1];
  }
  const rid = streamOrStatic[kRid];
  if (rid !== undefined) {
    // Nobody has read of it: the resource moves on as it is.
    ReadableStreamPrototypeGetReader(streamOrStatic);
    return [null, rid];
  }
  const source = takeSource(streamOrStatic);
  return source === undefined ? [null, resourceForReadableStream(streamOrStatic)] : [source, -1];
}

// The headers of an answer. Its body is not compressed, whatever they say: what user code passes on from
// fetch has been decoded, and other bodies the original compresses as they say.
function answerHeaders(response, { headerList }) {
  if (response[kEncoded] === true) return headerList;
  return ArrayPrototypeFilter(
    headerList,
    ({ 0: name, 1: value }) =>
      StringPrototypeToLowerCase(name) !== "content-encoding" ||
      RegExpPrototypeExec(/^\s*(gzip|br)\s*$/i, value) === null,
  );
}

/** Bytes of a value for the ops that take a body: bytes or null, a resource or -1. */
export function bodyParts(value) {
  if (typeof value === "string") return [core.encode(value), -1];
  if (ObjectPrototypeIsPrototypeOf(ArrayBufferPrototype, value)) return [new Uint8Array(value), -1];
  if (ArrayBufferIsView(value)) {
    return [new Uint8Array(value.buffer, value.byteOffset, value.byteLength), -1];
  }
  return takeBody(new InnerBody(value));
}

// deno_web asks the source that it makes for a `start`, which it does not have: what all objects inherit
// must not be taken for it.
function readable(rid) {
  const inherited = ObjectGetOwnPropertyDescriptor(ObjectPrototype, "start");
  if (inherited === undefined || !inherited.configurable) return readableStreamForRid(rid);
  delete ObjectPrototype.start;
  try {
    return readableStreamForRid(rid);
  } finally {
    ObjectDefineProperty(ObjectPrototype, "start", { __proto__: null, ...inherited });
  }
}

/** The bytes of a resource, which go on to a client or a binding without a trip through JavaScript. */
export function streamOf(rid) {
  const stream = readable(rid);
  stream[kRid] = rid;
  return stream;
}

// Answers the event `id` with a user's response. A static text or JSON of status 200 takes one op
// with no header list.
export function respond(id, response) {
  if (response[serveFastConsumedKey] || ResponsePrototypeGetBodyUsed(response)) throw new TypeError(USED);
  const text = response[serveFastBodyKey];
  if (typeof text === "string" && FunctionPrototypeCall(givenStatusText, response) === "") {
    const kind = response[serveFastHeaderKindKey];
    const type = kind === 1 ? TEXT : kind === 2 ? response[serveFastContentTypeKey] : "";
    ops.op_pr_respond_text(id, response[serveFastStatusKey], type, text);
    response[serveFastConsumedKey] = true;
    return;
  }
  const inner = toInnerResponse(response);
  const length = streamLength(inner);
  const { 0: bytes, 1: rid } = takeBody(inner.body);
  const headers = answerHeaders(response, inner);
  ops.op_pr_respond(id, inner.status, inner.statusMessage, headers, bytes, rid, length);
}

// Bytes that a stream will have, -1 when nobody knows: of a stream that user code made nobody does,
// whatever it states. That of a fetched response is noted when it comes.
function streamLength({ body }) {
  const stream = body?.streamOrStatic;
  if (!ObjectPrototypeIsPrototypeOf(ReadableStreamPrototype, stream)) return -1;
  return stream[kLength] ?? body.length ?? -1;
}

// The answer is given and nobody reads the request's body: a client that is still sending would wait
// for a reader for ever. A locked stream has one; it may feed the answer.
export function dropBody(request) {
  const stream = toInnerRequest(request).body?.streamOrStatic;
  if (
    ObjectPrototypeIsPrototypeOf(ReadableStreamPrototype, stream) && !ReadableStreamPrototypeGetLocked(stream)
  ) {
    PromisePrototypeThen(ReadableStreamPrototypeCancel(stream), undefined, () => {});
  }
}

// A thrown value as text: the message of an Error, anything else as String() has it. A message that is
// missing is an empty text. Some values cannot be converted.
export function textOf(value) {
  try {
    const text = ObjectPrototypeIsPrototypeOf(ErrorPrototype, value) ? value.message ?? "" : value;
    const shown = cut(String(text));
    // Objects of the platform have no names of their own in the original.
    return StringPrototypeStartsWith(shown, "[object ") ? "[object Object]" : shown;
  } catch {
    return "[object Object]";
  }
}

export function respondText(id, status, text) {
  ops.op_pr_respond_text(id, status, TEXT, text);
}

/** Answers the event `id`, whose exception has just been reported. */
export function respondFailure(id, status, text) {
  ops.op_pr_respond_failure(id, status, TEXT, text);
}

// The parts of a request for the ops that send it to a room: method, url, headers, bytes, rid.
function requestParts(request) {
  const inner = toInnerRequest(request);
  // Reading the headers makes the inner list the current one.
  RequestPrototypeGetHeaders(request);
  const { 0: bytes, 1: rid } = takeBody(inner.body);
  // A fragment is the caller's own (RFC 9110, section 7.1).
  return [inner.method, StringPrototypeSplit(inner.url(), "#", 1)[0], inner.headerList, bytes, rid];
}

// What a room shall see as `cf`: that of the client's request when it is that request, or a copy.
function clientEncoding(request) {
  return requestCf(request)?.clientAcceptEncoding ?? null;
}

export function forward(id, party, room, request) {
  if (RequestPrototypeGetBodyUsed(request)) {
    throw new TypeError("Cannot reconstruct a Request with a used body.");
  }
  const { 0: method, 1: url, 2: headers, 3: bytes, 4: rid } = requestParts(request);
  ops.op_pr_forward(id, party, room, method, url, headers, bytes, rid, clientEncoding(request));
}

// A Response of what an op answered; `openSocket(id)` makes the `webSocket` of a 101.
export function receive(answer, openSocket) {
  if (answer.socket !== null) {
    const init = {
      __proto__: null,
      status: 101,
      webSocket: openSocket(answer.socket),
      headers: answer.headers,
    };
    return new Response(null, init);
  }
  return makeResponse(answer);
}

// A response that Rust made. Its headers may not be changed.
export function makeResponse(answer) {
  const inner = newInnerResponse(answer.status, answer.reason);
  inner.headerList = answer.headers;
  if (answer.bytes !== null) {
    inner.body = new InnerBody({ body: answer.bytes, consumed: false });
  } else if (answer.rid !== null) {
    inner.body = new InnerBody(streamOf(answer.rid));
  }
  return fromInnerResponse(inner, "immutable");
}

// Says which URLs led to a response, the last one being its own.
export function locate(response, urls) {
  toInnerResponse(response).urlList = urls;
  return response;
}

// Sends a request to a room in-process.
export async function sendToRoom(party, room, request, openSocket) {
  const { 0: method, 1: url, 2: headers, 3: bytes, 4: rid } = requestParts(request);
  const encoding = clientEncoding(request);
  const answer = await ops.op_pr_stub_fetch(party, room, method, url, headers, bytes, rid, encoding);
  // deno_core calls what waits for something with the `call` of all functions.
  if (typeof answer !== "object") throw new TypeError("`Function.prototype.call` has been replaced");
  return receive(answer, openSocket);
}

export { isResponse, Request, Response, useWebSocket };
