// Structured values as JSON and back, as the control plane writes them: JSON stands for itself, what it has not is
// an object with one key that begins with `$`.
//
// Works by what values are, not by their constructors: a runner may have a realm of its own for each test file.
"use strict";

const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
const VIEWS = [
  "BigInt64Array",
  "BigUint64Array",
  "DataView",
  "Float16Array",
  "Float32Array",
  "Float64Array",
  "Int16Array",
  "Int32Array",
  "Int8Array",
  "Uint16Array",
  "Uint32Array",
  "Uint8Array",
  "Uint8ClampedArray",
];

const kindOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

function numberAsJson(value) {
  if (Object.is(value, -0)) return { $number: "-0" };
  return Number.isFinite(value) ? value : { $number: `${value}` };
}

/** What the JSON of a value is. */
function toJson(root) {
  const known = new Map();
  const fields = (object) => {
    const plain = {};
    for (const key of Object.keys(object)) set(plain, key, walk(object[key]));
    return plain;
  };
  const list = (array) => {
    const { length } = array;
    if (Object.keys(array).length === length) return Array.from(array, walk);
    return { $array: { length, items: fields(array) } };
  };
  const bytes = (type, view) => {
    const base64 = Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("base64");
    return { $bytes: { type, base64 } };
  };
  const failure = (error) => {
    const plain = { name: `${error.name}`, message: `${error.message}` };
    if (typeof error.stack === "string") plain.stack = error.stack;
    if (Object.hasOwn(error, "cause")) plain.cause = walk(error.cause);
    return { $error: plain };
  };
  const objectAsJson = (value) => {
    if (Array.isArray(value)) return list(value);
    if (ArrayBuffer.isView(value)) return bytes(Buffer.isBuffer(value) ? "Uint8Array" : kindOf(value), value);
    switch (kindOf(value)) {
      case "Date":
        return { $date: Number.isNaN(value.getTime()) ? null : value.getTime() };
      case "RegExp":
        return { $regexp: [value.source, value.flags] };
      case "Map":
        return { $map: Array.from(value, ([key, item]) => [walk(key), walk(item)]) };
      case "Set":
        return { $set: Array.from(value, walk) };
      case "ArrayBuffer":
        return bytes("ArrayBuffer", new Uint8Array(value));
      case "Error":
        return failure(value);
      case "Number":
      case "String":
      case "Boolean":
      case "BigInt":
        return { $boxed: walk(value.valueOf()) };
      default: {
        const plain = fields(value);
        return Object.keys(plain).some((key) => key.startsWith("$")) ? { $object: plain } : plain;
      }
    }
  };
  const walk = (value) => {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        return numberAsJson(value);
      case "undefined":
        return { $undefined: true };
      case "bigint":
        return { $bigint: `${value}` };
      case "object":
        break;
      default:
        throw new TypeError(`A ${typeof value} is no value that can be stored or sent`);
    }
    if (value === null) return null;
    if (known.has(value)) return { $ref: known.get(value) };
    known.set(value, known.size);
    return objectAsJson(value);
  };
  return walk(root);
}

function set(object, key, value) {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

function platformObject([name, ...parts]) {
  if (name === "Headers") return new Headers(parts[0]);
  if (name === "DOMException") return new DOMException(...parts.filter((part) => typeof part === "string"));
  // Requests and responses have bodies that are read where they are.
  return { platform: name, parts };
}

/** The value that JSON stands for. */
function fromJson(root) {
  const known = [];
  const put = (object) => {
    known.push(object);
    return object;
  };
  const fill = (object, fields) => {
    for (const key of Object.keys(fields)) set(object, key, walk(fields[key]));
    return object;
  };
  const TAGS = {
    __proto__: null,
    $undefined: () => undefined,
    $number: Number,
    $bigint: (text) => BigInt(text),
    $ref: (number) => known[number],
    $date: (time) => put(new Date(time ?? NaN)),
    $regexp: ([source, flags]) => put(new RegExp(source, flags)),
    $map: (pairs) => {
      const map = put(new Map());
      for (const [key, item] of pairs) {
        const name = walk(key);
        map.set(name, walk(item));
      }
      return map;
    },
    $set: (items) => {
      const all = put(new Set());
      for (const item of items) all.add(walk(item));
      return all;
    },
    $bytes: ({ type, base64 }) => {
      const { buffer } = Uint8Array.from(Buffer.from(base64, "base64"));
      if (!VIEWS.includes(type) || !(type in globalThis)) return put(buffer);
      return put(new globalThis[type](buffer));
    },
    $error: (plain) => {
      const error = put(new (ERRORS[plain.name] ?? Error)(plain.message));
      const hidden = { writable: true, enumerable: false, configurable: true };
      if (error.name !== plain.name) Object.defineProperty(error, "name", { value: plain.name, ...hidden });
      if (plain.stack !== undefined) Object.defineProperty(error, "stack", { value: plain.stack, ...hidden });
      if ("cause" in plain) Object.defineProperty(error, "cause", { value: walk(plain.cause), ...hidden });
      return error;
    },
    $boxed: (value) => put(Object(walk(value))),
    $object: (fields) => fill(put({}), fields),
    $array: ({ length, items }) => {
      const array = put([]);
      array.length = length;
      return fill(array, items);
    },
    $platform: (description) => put(platformObject(description)),
  };
  const walk = (value) => {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) {
      const array = put([]);
      for (const item of value) array.push(walk(item));
      return array;
    }
    const keys = Object.keys(value);
    if (keys.length === 1 && keys[0].startsWith("$")) {
      const make = TAGS[keys[0]];
      if (make === undefined) {
        throw new TypeError(`partyrun has sent a kind of value this package does not know: ${keys[0]}`);
      }
      return make(value[keys[0]]);
    }
    return fill(put({}), value);
  };
  return walk(root);
}

module.exports = { fromJson, toJson };
