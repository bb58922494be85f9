// Runs while the snapshot is made. Which objects of the web standards' classes `room.storage` takes as
// values, and how. Called by Rust while V8 clones a value.
import { core, primordials } from "ext:core/mod.js";
import { headersEntries } from "ext:partyrun/04_platform.js";
import { Request, Response } from "ext:partyrun/10_http.js";

const { DOMException } = core.loadExtScript("ext:deno_web/01_dom_exception.js");
const { Headers } = core.loadExtScript("ext:deno_fetch/20_headers.js");
const { Event } = core.loadExtScript("ext:deno_web/02_event.js");
const { brand } = core.loadExtScript("ext:deno_webidl/00_webidl.js");
const { RequestPrototype } = core.loadExtScript("ext:deno_fetch/23_request.js");
const { ResponsePrototype } = core.loadExtScript("ext:deno_fetch/23_response.js");

const { Error, ObjectDefineProperty, ObjectPrototypeIsPrototypeOf } = primordials;

/** Has `describe` asked about the instances of a class that has no brand of its own. */
export function markUnstorable(constructor) {
  ObjectDefineProperty(constructor.prototype, brand, { __proto__: null, value: brand });
}
markUnstorable(Event);

/** The error for a value that cannot be stored. */
export const refusal = (message) => new DOMException(message, "DataCloneError");

function unstorable(type) {
  if (type === "ReadableStream" || type === "WritableStream") {
    return refusal(`${type} can only be serialized for RPC.`);
  }
  return refusal(
    `Could not serialize object of type "${type}". This type does not support serialization.`,
  );
}

function withoutBody(object) {
  if (object.body !== null) throw unstorable("ReadableStream");
  return object;
}

/** What must be kept of an object that Rust found branded. Plain data. */
export function describe(object) {
  if (ObjectPrototypeIsPrototypeOf(Headers.prototype, object)) {
    return ["Headers", headersEntries(object)];
  }
  if (ObjectPrototypeIsPrototypeOf(RequestPrototype, object)) {
    const { headers, method, redirect, url } = withoutBody(object);
    return ["Request", url, { headers: headersEntries(headers), method, redirect }];
  }
  if (ObjectPrototypeIsPrototypeOf(ResponsePrototype, object)) {
    const { headers, status, statusText } = withoutBody(object);
    return ["Response", { headers: headersEntries(headers), status, statusText }];
  }
  if (ObjectPrototypeIsPrototypeOf(DOMException.prototype, object)) {
    const { message, name, stack } = object;
    return ["DOMException", `${message}`, `${name}`, `${stack}`];
  }
  throw unstorable(object.constructor?.name);
}

/** An object of its description. */
export function revive({ 0: type, 1: first, 2: second, 3: third }) {
  switch (type) {
    case "DOMException":
      return ObjectDefineProperty(new DOMException(first, second), "stack", {
        __proto__: null,
        value: third,
        writable: true,
        configurable: true,
      });
    case "Headers":
      return new Headers(first);
    case "Request":
      return new Request(first, second);
    case "Response":
      return new Response(null, first);
  }
  throw new Error(`A stored value cannot be read: it holds an object of unknown type: \`${type}\``);
}
