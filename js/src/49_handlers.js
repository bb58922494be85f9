// Runs while the snapshot is made; keeps no state. Looks at what a party's module exports: refuses what is no
// server (specification, section 2.3), and warns of what is likely not meant so. Calls nothing of it.
import { primordials } from "ext:core/mod.js";
import { ops } from "ext:partyrun/06_ops.js";
import { isClass } from "ext:partyrun/40_room.js";

const {
  ArrayPrototypeIncludes,
  Error,
  FunctionPrototypeToString,
  ObjectGetOwnPropertyNames,
  ObjectGetPrototypeOf,
  ObjectHasOwn,
  ObjectPrototype,
  ReflectGetOwnPropertyDescriptor,
  RegExpPrototypeExec,
  SafeArrayIterator,
  StringPrototypeStartsWith,
} = primordials;

const ROOM_HANDLERS = ["onConnect", "onRequest", "onMessage", "onClose", "onError", "onAlarm"];
const STATIC_HANDLERS = ["unstable_onFetch", "onFetch", "onBeforeConnect", "onBeforeRequest"];

const HANDLERS = [...ROOM_HANDLERS, ...STATIC_HANDLERS, "onStart", "onSocket", "onCron"];

const WRITE = "export default class { onRequest(request) { return new Response() } }";

// A property that user code may have made a getter, which is not called.
function valueOf(object, name) {
  const property = ReflectGetOwnPropertyDescriptor(object, name);
  return property !== undefined && ObjectHasOwn(property, "value") ? property.value : undefined;
}

function has(server, name) {
  return name in server || (isClass(server) && name in server.prototype);
}

// Names that are nearly those of handlers, or what other programs call them, are slips; but not beside the
// handler itself, which may well call them.
function warnOfSlips(server, object) {
  for (const name of new SafeArrayIterator(ObjectGetOwnPropertyNames(object))) {
    if (RegExpPrototypeExec(/^on/i, name) === null || ArrayPrototypeIncludes(HANDLERS, name)) continue;
    const meant = ops.op_pr_handler_meant(name);
    if (meant === null || has(server, meant)) continue;
    const text = `.${name} is not called by anything, did you mean .${meant}?`;
    ops.op_pr_warn_of(valueOf(object, name), name, text);
  }
}

function warnOfStrangers(server) {
  for (const name of new SafeArrayIterator(HANDLERS)) if (has(server, name)) return;
  const subject = typeof server === "function" ? server : valueOf(server, "fetch");
  if (typeof valueOf(server, "fetch") === "function") {
    const text = "The default export is that of a Cloudflare Worker, and nothing here calls its `fetch`: " +
      "`npx wrangler dev` serves Workers, those of `partyserver` too; a party has handlers, like `onRequest`";
    return ops.op_pr_warn_of(subject, "fetch", text);
  }
  const kind = typeof server;
  if (
    kind === "function"
      ? StringPrototypeStartsWith(FunctionPrototypeToString(server), "class")
      : ArrayPrototypeIncludes([null, ObjectPrototype], ObjectGetPrototypeOf(server))
  ) return;
  const text = `The default export (${kind}) has no handlers: write \`${WRITE}\``;
  const called = valueOf(server, "name");
  ops.op_pr_warn_of(subject, typeof called === "string" ? called : "", text);
}

/** What is likely not meant so. */
export function warnOfHandlers(server) {
  warnOfStrangers(server);
  warnOfSlips(server, server);
  if (!isClass(server)) return;
  warnOfSlips(server, server.prototype);
  for (const name of new SafeArrayIterator([...new SafeArrayIterator(ROOM_HANDLERS), "onStart"])) {
    if (ObjectHasOwn(server, name) && !(name in server.prototype)) {
      const text = `.${name} is a static method, but it should be defined on the class instance`;
      ops.op_pr_warn_of(valueOf(server, name), name, text);
    }
  }
}

/** Throws for what is no server and for a handler that is no function. */
export function checkHandlers(party, server) {
  if (server === null || (typeof server !== "object" && typeof server !== "function")) {
    throw new Error(
      `The default export of party "${party}" should be a class or an object with handlers, got ${
        server === null ? "null" : typeof server
      }: write \`${WRITE}\``,
    );
  }
  const check = (target, name) => {
    if (target[name] !== undefined && typeof target[name] !== "function") {
      throw new Error(`.${name} should be a function`);
    }
  };
  for (const name of new SafeArrayIterator(ROOM_HANDLERS)) {
    if (name in server) check(server, name);
  }
  for (const name of new SafeArrayIterator(STATIC_HANDLERS)) {
    if (!isClass(server)) {
      if (name in server) check(server, name);
    } else if (name in server.prototype) {
      const text = `.${name} is present on the class instance, but it should be defined as a static method`;
      ops.op_pr_warn_of(valueOf(server.prototype, name), name, text);
      check(server.prototype, name);
    }
  }
}
