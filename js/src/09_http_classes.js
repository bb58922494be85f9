// Runs while the snapshot is made. Request, Response and Headers as Workers have them: `cf`, the 101
// with a `webSocket`, and the texts of the errors that user code and clients see (specification,
// sections 3.7 and 11). Knows nothing of events and answers.
import { core, primordials } from "ext:core/mod.js";
import { isLatin, phraseOf, usualPhrase } from "ext:partyrun/07_phrases.js";
import { HeadersPrototypeHas, HeadersPrototypeSet, URLCanParse } from "ext:partyrun/04_platform.js";
import { ops } from "ext:partyrun/06_ops.js";
import { USED } from "ext:partyrun/08_bodies.js";

const {
  ArrayIsArray,
  ArrayPrototypeFilter,
  ArrayPrototypeIncludes,
  ArrayPrototypeMap,
  FunctionPrototypeCall,
  MathTrunc,
  Number,
  ObjectHasOwn,
  ObjectPrototypeIsPrototypeOf,
  RangeError,
  ReflectApply,
  ReflectConstruct,
  RegExpPrototypeExec,
  SafeArrayIterator,
  SafeMap,
  StringPrototypeEndsWith,
  StringPrototypeToLowerCase,
  TypeError,
} = primordials;

const { Request: BaseRequest, RequestPrototype } = core.loadExtScript("ext:deno_fetch/23_request.js");
const { Response: BaseResponse, toInnerResponse } = core.loadExtScript(
  "ext:deno_fetch/23_response.js",
);
const { Headers, headerListFromHeaders } = core.loadExtScript(
  "ext:deno_fetch/20_headers.js",
);

export const kHead = Symbol("head");
/** On a response whose body user code has compressed. */
export const kEncoded = Symbol("encoded");
export const kWebSocket = Symbol("webSocket");
const kCf = Symbol("cf");

const STATUS_RANGE =
  "Responses may only be constructed with status codes in the range 200 to 599, inclusive.";
const NULL_BODY = "Response with null body status (101, 204, 205, or 304) cannot have a body.";

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
      certSKI: "",
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

export function requestCf(request) {
  if (ObjectHasOwn(request, kCf)) return request[kCf];
  const head = request[kHead];
  const encoding = head === undefined ? null : ops.op_pr_head_client_encoding(head);
  const cf = encoding === null ? undefined : placeholderCf(encoding);
  request[kCf] = cf;
  return cf;
}

function isRequest(value) {
  return typeof value === "object" && value !== null && ObjectPrototypeIsPrototypeOf(RequestPrototype, value);
}

const listed = { writable: true, enumerable: true, configurable: true };
const unlisted = { writable: true, enumerable: false, configurable: true };

// ---- Headers ----

// The headers of a request that came in are immutable: the mistake is common, its text well known.
for (const name of ["append", "delete", "set"]) {
  const base = Headers.prototype[name];
  const value = {
    [name](...args) {
      try {
        return ReflectApply(base, this, args);
      } catch (error) {
        if (!StringPrototypeEndsWith(`${error?.message}`, "headers are immutable")) throw error;
        throw new TypeError("Can't modify immutable headers.");
      }
    },
  }[name];
  Object.defineProperty(value, "length", { value: base.length, configurable: true });
  Object.defineProperty(Headers.prototype, name, { value, ...listed });
}

Object.defineProperty(Headers.prototype, "getAll", {
  value: function getAll(name) {
    if (StringPrototypeToLowerCase(`${name}`) !== "set-cookie") {
      throw new TypeError('getAll() can only be used with the header name "Set-Cookie".');
    }
    return this.getSetCookie();
  },
  ...listed,
});

// ---- Request ----

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
      if (this.bodyUsed) throw new TypeError(USED);
      const copy = FunctionPrototypeCall(baseRequestClone, this);
      copy[kCf] = requestCf(this);
      return copy;
    },
    ...listed,
  },
});

function checkRequest(input, init) {
  const method = init?.method;
  if (method === undefined && init?.body == null) return;
  const name = method ?? (isRequest(input) ? input.method : "GET");
  if (init.body != null && (name === "GET" || name === "HEAD")) {
    throw new TypeError("Request with a GET or HEAD method cannot have a body.");
  }
}

// The constructors take Workers' extra members (`cf`, `webSocket`). Proxies, because a subclass
// would not be the class of the objects that fetch makes.
export const Request = new Proxy(BaseRequest, {
  __proto__: null,
  construct(target, args, newTarget) {
    const { 0: input, 1: init } = args;
    checkRequest(input, init);
    let request;
    try {
      request = ReflectConstruct(target, args, newTarget);
    } catch (error) {
      if (typeof input !== "string" || URLCanParse(input)) throw error;
      throw new TypeError(`Invalid URL: ${input}`);
    }
    const cf = init?.cf ?? (isRequest(input) ? requestCf(input) : undefined);
    if (cf !== undefined) request[kCf] = cf;
    return request;
  },
});
Object.defineProperty(RequestPrototype, "constructor", { value: Request, ...unlisted });

// ---- Response ----

// The phrase of a response that user code gave, else an empty text.
export const givenStatusText = Object.getOwnPropertyDescriptor(BaseResponse.prototype, "statusText").get;
const baseResponseClone = BaseResponse.prototype.clone;
Object.defineProperties(BaseResponse.prototype, {
  cf: {
    get() {
      return this[kCf];
    },
    enumerable: true,
    configurable: true,
  },
  clone: {
    value: function clone() {
      if (this[kWebSocket] !== undefined) {
        throw new TypeError("Cannot clone a response to a WebSocket handshake.");
      }
      if (this.bodyUsed) throw new TypeError(USED);
      const copy = FunctionPrototypeCall(baseResponseClone, this);
      copy[kCf] = this[kCf];
      return copy;
    },
    ...listed,
  },
  statusText: {
    get() {
      return FunctionPrototypeCall(givenStatusText, this) || usualPhrase(this.status);
    },
    enumerable: true,
    configurable: true,
  },
  webSocket: {
    get() {
      return this[kWebSocket] ?? null;
    },
    enumerable: true,
    configurable: true,
  },
});

let WebSocket;
export function useWebSocket(type) {
  WebSocket = type;
}

// Such a body was once the only way to give an answer a status that has none.
function isEmptyBody(body) {
  return body === "" || body.byteLength === 0 || body.size === 0;
}

// The body for the standard's constructor.
function checkResponse(body, init) {
  const { status, webSocket, encodeBody } = init;
  if (encodeBody !== undefined && encodeBody !== "automatic" && encodeBody !== "manual") {
    throw new TypeError(`encodeBody: unexpected value: ${encodeBody}`);
  }
  if (webSocket != null) {
    if (!(webSocket instanceof WebSocket)) {
      throw new TypeError(
        "Incorrect type for the 'webSocket' field on 'InitializerDict': the provided value is not of type 'WebSocket'.",
      );
    }
    if (status !== 101) {
      throw new RangeError("Responses with a WebSocket must have status code 101.");
    }
  }
  if (status === undefined) return body;
  const code = MathTrunc(Number(status));
  if (webSocket == null && !(code >= 200 && code <= 599)) throw new RangeError(STATUS_RANGE);
  if (body == null || !(code === 101 || code === 204 || code === 205 || code === 304)) return body;
  if (!isEmptyBody(body)) throw new TypeError(NULL_BODY);
  return null;
}

// The standard's way to copy headers leaves their names in lower case; on the wire they are spelled
// as they were given.
function spellAs(response, headers) {
  const spelled = ArrayPrototypeFilter(
    headerListFromHeaders(headers),
    (pair) => RegExpPrototypeExec(/[A-Z]/, pair[0]) !== null,
  );
  if (spelled.length === 0) return;
  const names = new SafeMap(
    ArrayPrototypeMap(spelled, (pair) => [StringPrototypeToLowerCase(pair[0]), pair[0]]),
  );
  for (const pair of new SafeArrayIterator(toInnerResponse(response).headerList)) {
    pair[0] = names.get(pair[0]) ?? pair[0];
  }
}

// Makes a response with a phrase of user code's with `make(init)`.
function withPhrase(init, make) {
  const phrase = phraseOf(init.statusText);
  if (isLatin(phrase)) return make(init);
  const { status, headers } = init;
  const response = make({ __proto__: null, status, headers, statusText: "-" });
  toInnerResponse(response).statusMessage = phrase;
  return response;
}

export const Response = new Proxy(BaseResponse, {
  __proto__: null,
  construct(target, args, newTarget) {
    const init = args[1];
    // The standard's constructor would read the list as a stream of bytes.
    if (ArrayIsArray(args[0])) args[0] = `${args[0]}`;
    if (init == null) return ReflectConstruct(target, args, newTarget);
    const body = checkResponse(args[0], init);
    const response = init.statusText === undefined
      ? ReflectConstruct(target, [body, init], newTarget)
      : withPhrase(init, (init) => ReflectConstruct(target, [body, init], newTarget));
    const { cf, headers, webSocket } = init;
    if (headers instanceof Headers) spellAs(response, headers);
    if (webSocket != null) response[kWebSocket] = webSocket;
    if (cf !== undefined) response[kCf] = cf;
    if (init.encodeBody === "manual") response[kEncoded] = true;
    return response;
  },
});
Object.defineProperty(BaseResponse.prototype, "constructor", { value: Response, ...unlisted });

const { json: baseJson, redirect: baseRedirect } = BaseResponse;
Object.defineProperty(BaseResponse, "json", {
  value: function json(data, init = undefined) {
    if (arguments.length === 0) {
      throw new TypeError("Failed to execute 'json' on 'Response': parameter 1 is not of type 'JsValue'.");
    }
    if (init != null) checkResponse("null", init);
    if (data !== undefined && typeof data !== "function" && typeof data !== "symbol") {
      if (init?.statusText === undefined) return FunctionPrototypeCall(baseJson, this, data, init);
      return withPhrase(init, (init) => FunctionPrototypeCall(baseJson, this, data, init));
    }
    // JSON.stringify has no text for these; the original writes what String() makes of that.
    const headers = new Headers(init?.headers);
    if (!HeadersPrototypeHas(headers, "content-type")) {
      HeadersPrototypeSet(headers, "content-type", "application/json");
    }
    return new Response("undefined", {
      __proto__: null,
      status: init?.status,
      statusText: init?.statusText,
      headers,
    });
  },
  ...listed,
});
Object.defineProperty(BaseResponse, "redirect", {
  value: function redirect(url, status = 302) {
    if (!URLCanParse(url)) throw new TypeError(`Unable to parse URL: ${url}`);
    if (!ArrayPrototypeIncludes([301, 302, 303, 307, 308], Number(status))) {
      throw new RangeError(
        `${status} is not a redirect status code. It must be one of: 301, 302, 303, 307, or 308.`,
      );
    }
    return FunctionPrototypeCall(baseRedirect, this, url, status);
  },
  ...listed,
});

export function isResponse(value) {
  return typeof value === "object" && value !== null && toInnerResponse(value) !== undefined;
}
