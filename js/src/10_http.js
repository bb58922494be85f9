// Runs while the snapshot is made. Requests and responses as party servers see them: `cf`, the
// 101 with a `webSocket`, and the road between them and Rust (specification, sections 3.7 and 4.2).
import { core } from "ext:core/mod.js";

const { fromInnerRequest, newInnerRequest, Request: BaseRequest, RequestPrototype, toInnerRequest } =
  core.loadExtScript("ext:deno_fetch/23_request.js");
const {
  fromInnerResponse,
  newInnerResponse,
  Response: BaseResponse,
  serveFastBodyKey,
  serveFastConsumedKey,
  serveFastContentTypeKey,
  serveFastHeaderKindKey,
  serveFastStatusKey,
  toInnerResponse,
} = core.loadExtScript("ext:deno_fetch/23_response.js");
const { InnerBody } = core.loadExtScript("ext:deno_fetch/22_body.js");
const { readableStreamForRid, resourceForReadableStream, ReadableStreamPrototype } = core
  .loadExtScript("ext:deno_web/06_streams.js");

// Ops with their fast-call overloads exist only after the snapshot is restored.
let ops;
export function useOps(fast) {
  ops = fast;
}

const kHead = Symbol("head");
const kCf = Symbol("cf");
const kWebSocket = Symbol("webSocket");
const kRid = Symbol("rid");

const TEXT = "text/plain;charset=UTF-8";

// What the original's local server answers for every client (section 3.7).
function placeholderCf(clientAcceptEncoding) {
  return {
    clientAcceptEncoding,
    asOrganization: "",
    asn: 395747,
    colo: "DFW",
    city: "Austin",
    region: "Texas",
    regionCode: "TX",
    metroCode: "635",
    postalCode: "78701",
    country: "US",
    continent: "NA",
    timezone: "America/Chicago",
    latitude: "30.27130",
    longitude: "-97.74260",
    clientTcpRtt: 0,
    httpProtocol: "HTTP/1.1",
    requestPriority: "weight=192;exclusive=0",
    tlsCipher: "AEAD-AES128-GCM-SHA256",
    tlsVersion: "TLSv1.3",
    tlsClientAuth: {
      certIssuerDNLegacy: "",
      certIssuerDN: "",
      certPresented: "0",
      certSubjectDNLegacy: "",
      certSubjectDN: "",
      certNotBefore: "",
      certNotAfter: "",
      certSerial: "",
      certFingerprintSHA1: "",
      certFingerprintSHA256: "",
      certVerified: "NONE",
      certRevoked: "0",
      certIssuerSKI: "",
      certSubjectSKI: "",
      certIssuerSerial: "",
      certIssuerDNRFC2253: "",
      certSubjectDNRFC2253: "",
    },
    edgeRequestKeepAliveStatus: 0,
    clientTrustScore: 99,
    botManagement: {
      corporateProxy: false,
      verifiedBot: false,
      ja3Hash: "25b4882c2bcb50cd6b469ff28c596742",
      staticResource: false,
      detectionIds: [],
      score: 99,
    },
  };
}

function requestCf(request) {
  if (Object.hasOwn(request, kCf)) return request[kCf];
  const head = request[kHead];
  const encoding = head === undefined ? null : ops.op_pr_head_client_encoding(head);
  const cf = encoding === null ? undefined : placeholderCf(encoding);
  request[kCf] = cf;
  return cf;
}

const baseRequestClone = RequestPrototype.clone;
Object.defineProperties(RequestPrototype, {
  cf: {
    get() {
      return requestCf(this);
    },
    enumerable: true,
    configurable: true,
  },
  clone: {
    value: function clone() {
      const copy = baseRequestClone.call(this);
      copy[kCf] = requestCf(this);
      return copy;
    },
    writable: true,
    enumerable: true,
    configurable: true,
  },
});

Object.defineProperty(BaseResponse.prototype, "webSocket", {
  get() {
    return this[kWebSocket] ?? null;
  },
  enumerable: true,
  configurable: true,
});

// The constructors take Workers' extra members (`cf`, `webSocket`). A proxy, because a subclass
// would not be the class of the objects that fetch makes.
export const Request = new Proxy(BaseRequest, {
  construct(target, args, newTarget) {
    const request = Reflect.construct(target, args, newTarget);
    const [input, init] = args;
    const cf = init?.cf ??
      (typeof input === "object" && input !== null && RequestPrototype.isPrototypeOf(input)
        ? requestCf(input)
        : undefined);
    if (cf !== undefined) request[kCf] = cf;
    return request;
  },
});
export const Response = new Proxy(BaseResponse, {
  construct(target, args, newTarget) {
    const response = Reflect.construct(target, args, newTarget);
    const webSocket = args[1]?.webSocket;
    if (webSocket != null) response[kWebSocket] = webSocket;
    else if (args[1]?.status === 101) {
      throw new RangeError(
        "Responses may only be constructed with status codes in the range 200 to 599, inclusive.",
      );
    }
    return response;
  },
});
const unlisted = (value) => ({ value, writable: true, enumerable: false, configurable: true });
Object.defineProperty(RequestPrototype, "constructor", unlisted(Request));
Object.defineProperty(BaseResponse.prototype, "constructor", unlisted(Response));

// The request of an event. `guard` is "request" when its headers may be changed, else "immutable".
export function makeRequest(head, method, url, hasBody, guard) {
  const inner = newInnerRequest(method, url, () => ops.op_pr_head_headers(head), null, false);
  inner.redirectMode = "manual";
  if (hasBody) {
    const rid = ops.op_pr_head_body(head);
    inner.body = new InnerBody(streamOf(rid));
  }
  const request = fromInnerRequest(inner, guard);
  request[kHead] = head;
  return request;
}

export function isResponse(value) {
  return typeof value === "object" && value !== null && toInnerResponse(value) !== undefined;
}

export function isRequest(value) {
  return typeof value === "object" && value !== null && toInnerRequest(value) !== undefined;
}

export function responseSocket(response) {
  return response[kWebSocket];
}

const USED =
  "Body has already been used. It can only be used once. Use tee() first if you need to read it twice.";

// [bytes, rid] of an inner body, for the ops: bytes or null, a resource or -1.
function takeBody(body) {
  if (body === null || body === undefined) return [null, -1];
  if (body.unusable()) throw new TypeError(USED);
  const { streamOrStatic } = body;
  if (!ReadableStreamPrototype.isPrototypeOf(streamOrStatic)) {
    streamOrStatic.consumed = true;
    const bytes = streamOrStatic.body;
    return [typeof bytes === "string" ? core.encode(bytes) : bytes, -1];
  }
  const rid = streamOrStatic[kRid];
  if (rid !== undefined) {
    // Nobody has read of it: the resource moves on as it is.
    streamOrStatic.getReader();
    return [null, rid];
  }
  return [null, resourceForReadableStream(streamOrStatic)];
}

/** Bytes of a value for the ops that take a body: bytes or null, a resource or -1. */
export function bodyParts(value) {
  if (typeof value === "string") return [core.encode(value), -1];
  if (value instanceof ArrayBuffer) return [new Uint8Array(value), -1];
  if (ArrayBuffer.isView(value)) {
    return [new Uint8Array(value.buffer, value.byteOffset, value.byteLength), -1];
  }
  return takeBody(new InnerBody(value));
}

/** The bytes of a resource, which go on to a client or a binding without a trip through JavaScript. */
export function streamOf(rid) {
  const stream = readableStreamForRid(rid);
  stream[kRid] = rid;
  return stream;
}

// Answers the event `id` with a user's response. A static text or JSON of status 200 takes one op
// with no header list.
export function respond(id, response) {
  if (response[serveFastConsumedKey] || response.bodyUsed) throw new TypeError(USED);
  const text = response[serveFastBodyKey];
  if (typeof text === "string") {
    const kind = response[serveFastHeaderKindKey];
    const type = kind === 1 ? TEXT : kind === 2 ? response[serveFastContentTypeKey] : "";
    ops.op_pr_respond_text(id, response[serveFastStatusKey], type, text);
    response[serveFastConsumedKey] = true;
    return;
  }
  const inner = toInnerResponse(response);
  const [bytes, rid] = takeBody(inner.body);
  ops.op_pr_respond(id, inner.status, inner.statusMessage, inner.headerList, bytes, rid);
}

// The answer is given and nobody reads the request's body: a client that is still sending would wait
// for a reader for ever. A locked stream has one; it may feed the answer.
export function dropBody(request) {
  const stream = toInnerRequest(request).body?.streamOrStatic;
  if (ReadableStreamPrototype.isPrototypeOf(stream) && !stream.locked) {
    stream.cancel().catch(() => {});
  }
}

// A thrown value as text: the message of an Error, anything else as String() has it. A message that is
// missing is an empty text. Some values cannot be converted.
export function textOf(value) {
  try {
    const text = value instanceof Error ? value.message ?? "" : value;
    const shown = String(text);
    // Objects of the platform have no names of their own in the original.
    return shown.startsWith("[object ") ? "[object Object]" : shown;
  } catch {
    return "[object Object]";
  }
}

export function respondText(id, status, text) {
  ops.op_pr_respond_text(id, status, TEXT, text);
}

// The parts of a request for the ops that send it to a room: method, url, headers, bytes, rid.
function requestParts(request) {
  const inner = toInnerRequest(request);
  // Reading the headers makes the inner list the current one.
  request.headers;
  const [bytes, rid] = takeBody(inner.body);
  // A fragment is the caller's own (RFC 9110, section 7.1).
  return [inner.method, inner.url().split("#", 1)[0], inner.headerList, bytes, rid];
}

// What a room shall see as `cf`: that of the client's request when it is that request, or a copy.
function clientEncoding(request) {
  return requestCf(request)?.clientAcceptEncoding ?? null;
}

export function forward(id, party, room, request) {
  if (request.bodyUsed) throw new TypeError("Cannot reconstruct a Request with a used body.");
  ops.op_pr_forward(id, party, room, ...requestParts(request), clientEncoding(request));
}

// Sends a request to a room in-process. Resolves a Response, whose `webSocket` is made by
// `openSocket(id)` when the room answered 101.
export async function sendToRoom(party, room, request, openSocket) {
  const parts = requestParts(request);
  const answer = await ops.op_pr_stub_fetch(party, room, ...parts, clientEncoding(request));
  if (answer.socket !== null) {
    return new Response(null, { status: 101, webSocket: openSocket(answer.socket) });
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
    const stream = readableStreamForRid(answer.rid);
    stream[kRid] = answer.rid;
    inner.body = new InnerBody(stream);
  }
  return fromInnerResponse(inner, "immutable");
}

// Says which URLs led to a response, the last one being its own.
export function locate(response, urls) {
  toInnerResponse(response).urlList = urls;
  return response;
}
