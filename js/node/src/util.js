// `util` of Node.js: its own `inspect`, V8's answers about types, and the small things.
const { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, coded, validateFunction } = require("./parts/errors.js");
const lazily = require("./parts/lazily.js");
const { notImplemented } = require("./parts/refuse.js");
/** @type {any} */
const types = require("./parts/types.js");

const inspection = () => require("node-inspect-extracted");
const format = (...args) => inspection().format(...args);
const kCustomPromisify = Symbol.for("nodejs.util.promisify.custom");

function promisify(original) {
  validateFunction(original, "original");
  // Node.js has these on the global functions.
  if (original === setTimeout) return require("timers/promises").setTimeout;
  if (original === setImmediate) return require("timers/promises").setImmediate;
  const custom = original[kCustomPromisify];
  if (custom) {
    validateFunction(custom, "util.promisify.custom");
    return Object.defineProperty(custom, kCustomPromisify, { value: custom, configurable: true });
  }
  function promised(...args) {
    return new Promise((resolve, reject) => {
      Reflect.apply(original, this, [...args, (error, ...values) => {
        if (error) reject(error);
        else resolve(values[0]);
      }]);
    });
  }
  Object.setPrototypeOf(promised, Object.getPrototypeOf(original));
  Object.defineProperty(promised, kCustomPromisify, { value: promised, configurable: true });
  const own = Object.getOwnPropertyDescriptors(original);
  return Object.defineProperties(promised, own);
}
promisify.custom = kCustomPromisify;

function callbackify(original) {
  validateFunction(original, "original");
  function callbackified(...args) {
    const callback = args.pop();
    validateFunction(callback, "last argument");
    Reflect.apply(original, this, args).then(
      (value) => queueMicrotask(() => callback.call(this, null, value)),
      (reason) => {
        const error = reason || Object.assign(
          coded(Error, "ERR_FALSY_VALUE_REJECTION", "Promise was rejected with falsy value"),
          { reason },
        );
        queueMicrotask(() => callback.call(this, error));
      },
    );
  }
  Object.defineProperties(callbackified, Object.getOwnPropertyDescriptors(original));
  return callbackified;
}

function inherits(ctor, parent) {
  if (ctor === undefined || ctor === null) throw new ERR_INVALID_ARG_TYPE("ctor", "Function", ctor);
  if (parent === undefined || parent === null) {
    throw new ERR_INVALID_ARG_TYPE("superCtor", "Function", parent);
  }
  if (parent.prototype === undefined) {
    throw new ERR_INVALID_ARG_TYPE("superCtor.prototype", "Object", parent.prototype);
  }
  Object.defineProperty(ctor, "super_", { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(ctor.prototype, parent.prototype);
}

const warned = new Set();
function deprecate(original, message, code) {
  let told = false;
  function deprecated(...args) {
    if (!told) {
      told = true;
      if (code === undefined || !warned.has(code)) {
        warned.add(code);
        process.emitWarning(message, "DeprecationWarning", code, deprecated);
      }
    }
    return new.target ? Reflect.construct(original, args, new.target) : Reflect.apply(original, this, args);
  }
  Object.setPrototypeOf(deprecated, original);
  if (original.prototype) deprecated.prototype = original.prototype;
  return deprecated;
}

// What NODE_DEBUG names is printed, as in Node.js.
function debuglog(set) {
  const wanted = String(process.env.NODE_DEBUG ?? "").toUpperCase().split(",");
  const name = set.toUpperCase();
  const enabled = wanted.some((pattern) =>
    pattern &&
    new RegExp(`^${pattern.trim().replace(/[|\\{}()[\]^$+?.]/g, "\\$&").replaceAll("*", ".*")}$`).test(name)
  );
  const log = (...args) => {
    if (enabled) console.error("%s: %s", name, format(...args));
  };
  return Object.defineProperty(log, "enabled", { value: enabled, enumerable: true });
}

function styleText(style, text, _options) {
  if (typeof text !== "string") throw new ERR_INVALID_ARG_TYPE("text", "string", text);
  let before = "";
  let after = "";
  for (const name of [style].flat()) {
    if (name === "none") continue;
    const { colors } = inspection().inspect;
    const codes = colors[name];
    if (codes === undefined) {
      const known = Object.keys(colors).map((color) => `'${color}'`).join(", ");
      throw new ERR_INVALID_ARG_VALUE("format", name, `must be one of: ${known}`);
    }
    before += `\u001b[${codes[0]}m`;
    after = `\u001b[${codes[1]}m${after}`;
  }
  return before + text + after;
}

// The text of a `.env` file, by the rules of Node.js.
function parseEnv(content) {
  const line =
    /^\s*(?:export\s+)?([\w.-]+)\s*=[^\S\r\n]*("[^"]*"|'[^']*'|`[^`]*`|[^#\r\n]*)?[^\S\r\n]*(?:#.*)?$/gm;
  const found = {};
  for (const [, name, raw = ""] of content.matchAll(line)) {
    const quote = /^(["'`])([\s\S]*)\1$/.exec(raw.trim());
    const value = quote ? quote[2] : raw.trim();
    found[name] = quote?.[1] === '"' ? value.replaceAll("\\n", "\n") : value;
  }
  return found;
}

async function aborted(signal, resource) {
  if (signal === undefined) throw new ERR_INVALID_ARG_TYPE("signal", "AbortSignal", signal);
  if (resource === undefined) throw new ERR_INVALID_ARG_TYPE("resource", "Object", resource);
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

// A stack of this moment, as objects.
function getCallSites(count = 10) {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = count + 1;
  Error.prepareStackTrace = (_error, sites) => sites;
  const holder = {};
  Error.captureStackTrace(holder, getCallSites);
  const sites = holder.stack;
  Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  if (!Array.isArray(sites)) return [];
  return sites.slice(0, count).map((site) => ({
    functionName: site.getFunctionName() ?? "",
    scriptId: "0",
    scriptName: site.getFileName() ?? "",
    lineNumber: site.getLineNumber(),
    columnNumber: site.getColumnNumber(),
    column: site.getColumnNumber(),
  }));
}

const systemErrors = new Map(
  Object.entries({
    EACCES: [-13, "permission denied"],
    EADDRINUSE: [-98, "address already in use"],
    ECONNREFUSED: [-111, "connection refused"],
    ECONNRESET: [-104, "connection reset by peer"],
    EEXIST: [-17, "file already exists"],
    EINVAL: [-22, "invalid argument"],
    ENOENT: [-2, "no such file or directory"],
    ENOTFOUND: [-3008, "unknown node or service"],
    EPERM: [-1, "operation not permitted"],
    EPIPE: [-32, "broken pipe"],
    ETIMEDOUT: [-110, "connection timed out"],
  }).map(([name, [number, message]]) => [number, [name, message]]),
);

// The comparison asks for this module itself, so it is loaded after it.
function isDeepStrictEqual(one, other) {
  return require("assert/build/internal/util/comparisons").isDeepStrictEqual(one, other);
}

const legacy = {
  isArray: Array.isArray,
  isBoolean: (value) => typeof value === "boolean",
  isBuffer: (value) => Buffer.isBuffer(value),
  isDate: types.isDate,
  isError: (value) => types.isNativeError(value) || value instanceof Error,
  isFunction: (value) => typeof value === "function",
  isNull: (value) => value === null,
  isNullOrUndefined: (value) => value === null || value === undefined,
  isNumber: (value) => typeof value === "number",
  isObject: (value) => value !== null && typeof value === "object",
  isPrimitive: (value) => value === null || (typeof value !== "object" && typeof value !== "function"),
  isRegExp: types.isRegExp,
  isString: (value) => typeof value === "string",
  isSymbol: (value) => typeof value === "symbol",
  isUndefined: (value) => value === undefined,
};

module.exports = {
  ...legacy,
  TextDecoder,
  TextEncoder,
  _errnoException: notImplemented("util._errnoException"),
  _exceptionWithHostPort: notImplemented("util._exceptionWithHostPort"),
  _extend: (target, source) =>
    source !== null && typeof source === "object" ? Object.assign(target, source) : target,
  aborted,
  callbackify,
  debug: debuglog,
  debuglog,
  deprecate,
  diff: notImplemented("util.diff"),
  getCallSite: getCallSites,
  getCallSites,
  getSystemErrorMap: () => systemErrors,
  getSystemErrorMessage: (number) => systemErrors.get(number)?.[1],
  getSystemErrorName: (number) => systemErrors.get(number)?.[0],
  inherits,
  isDeepStrictEqual,
  log: (...args) => console.log("%s - %s", new Date().toLocaleTimeString(), format(...args)),
  parseEnv,
  promisify,
  setTraceSigInt: () => {},
  styleText,
  toUSVString: (text) => String(text).toWellFormed(),
  transferableAbortController: () => new AbortController(),
  transferableAbortSignal: (signal) => signal,
  types,
};
lazily(module.exports, inspection, ["format", "formatWithOptions", "inspect", "stripVTControlCharacters"]);
lazily(module.exports, () => require("unenv/node/internal/util/mime"), ["MIMEParams", "MIMEType"]);
lazily(module.exports, () => require("@pkgjs/parseargs"), ["parseArgs"]);
