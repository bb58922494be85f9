// Runs while the snapshot is made. What the runtime itself asks of the platform's classes, as they are
// before user code can change them. Adds nothing to them.
import { core, internals, primordials } from "ext:core/mod.js";

const {
  ArrayPrototypePush,
  ObjectGetOwnPropertyDescriptor,
  ObjectGetPrototypeOf,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  uncurryThis,
} = primordials;
const { URL, URLSearchParams } = core.loadExtScript("ext:deno_web/00_url.js");
const { EventTarget } = core.loadExtScript("ext:deno_web/02_event.js");
const { AbortSignal } = core.loadExtScript("ext:deno_web/03_abort_signal.js");
const { ReadableStream } = core.loadExtScript("ext:deno_web/06_streams.js");
const { Headers } = core.loadExtScript("ext:deno_fetch/20_headers.js");
const { Request } = core.loadExtScript("ext:deno_fetch/23_request.js");
const { Response } = core.loadExtScript("ext:deno_fetch/23_response.js");

const getterOf = (type, name) => uncurryThis(ObjectGetOwnPropertyDescriptor(type.prototype, name).get);
const methodOf = (type, name) => uncurryThis(type.prototype[name]);

export const URLPrototypeGetHost = getterOf(URL, "host");
export const URLPrototypeGetPathname = getterOf(URL, "pathname");
const URLSearchParamsPrototypeGet = methodOf(URLSearchParams, "get");

export const EventTargetPrototypeAddEventListener = methodOf(EventTarget, "addEventListener");
export const EventTargetPrototypeDispatchEvent = methodOf(EventTarget, "dispatchEvent");
export const EventTargetPrototypeRemoveEventListener = methodOf(EventTarget, "removeEventListener");

export const AbortSignalPrototype = AbortSignal.prototype;
export const AbortSignalPrototypeGetReason = getterOf(AbortSignal, "reason");

export const HeadersPrototypeDelete = methodOf(Headers, "delete");
export const HeadersPrototypeGet = methodOf(Headers, "get");
export const HeadersPrototypeHas = methodOf(Headers, "has");
export const HeadersPrototypeSet = methodOf(Headers, "set");

const HeadersPrototypeEntries = methodOf(Headers, "entries");
const HeadersIteratorPrototypeNext = uncurryThis(ObjectGetPrototypeOf(new Headers().entries()).next);

/** All headers as [name, value]. */
export function headersEntries(headers) {
  const entries = HeadersPrototypeEntries(headers);
  const list = [];
  for (;;) {
    const { done, value } = HeadersIteratorPrototypeNext(entries);
    if (done) return list;
    ArrayPrototypePush(list, value);
  }
}

export const ReadableStreamPrototypeCancel = methodOf(ReadableStream, "cancel");
export const ReadableStreamPrototypeGetReader = methodOf(ReadableStream, "getReader");
export const ReadableStreamPrototypeGetLocked = getterOf(ReadableStream, "locked");

export const RequestPrototypeGetBodyUsed = getterOf(Request, "bodyUsed");
export const RequestPrototypeGetHeaders = getterOf(Request, "headers");
export const RequestPrototypeGetMethod = getterOf(Request, "method");
export const RequestPrototypeGetRedirect = getterOf(Request, "redirect");
export const RequestPrototypeGetUrl = getterOf(Request, "url");

export const ResponsePrototypeGetBodyUsed = getterOf(Response, "bodyUsed");
export const ResponsePrototypeGetHeaders = getterOf(Response, "headers");
export const ResponsePrototypeGetStatus = getterOf(Response, "status");

export const URLCanParse = URL.canParse;

/** The first value of a name in the query of a URL as Rust writes it, or null. */
export function queryOf(url, name) {
  const from = StringPrototypeIndexOf(url, "?");
  if (from === -1) return null;
  const end = StringPrototypeIndexOf(url, "#");
  const query = StringPrototypeSlice(url, from + 1, end === -1 ? url.length : end);
  return URLSearchParamsPrototypeGet(new URLSearchParams(query), name);
}

// For the scripts that isolates load later, which cannot import.
internals.platform = {
  __proto__: null,
  Headers,
  HeadersPrototypeDelete,
  HeadersPrototypeGet,
  HeadersPrototypeSet,
  headersEntries,
  ReadableStreamPrototypeCancel,
  ReadableStreamPrototypeGetLocked,
  URL,
  URLCanParse,
  URLPrototypeGetPathname,
};

export { Headers, URL };
