// What the rule of primordials knows of JavaScript's own objects: which names deno_core keeps of them,
// and which method belongs to which. Knows nothing of syntax trees.

const CONSTRUCTORS = [
  "AggregateError",
  "Array",
  "ArrayBuffer",
  "BigInt",
  "BigInt64Array",
  "BigUint64Array",
  "Boolean",
  "DataView",
  "Date",
  "Error",
  "EvalError",
  "FinalizationRegistry",
  "Float32Array",
  "Float64Array",
  "Function",
  "Int16Array",
  "Int32Array",
  "Int8Array",
  "Map",
  "Number",
  "Object",
  "Promise",
  "RangeError",
  "ReferenceError",
  "RegExp",
  "Set",
  "String",
  "Symbol",
  "SyntaxError",
  "TypeError",
  "URIError",
  "Uint16Array",
  "Uint32Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "WeakMap",
  "WeakRef",
  "WeakSet",
];
const NAMESPACES = ["JSON", "Math", "Reflect"];
const FUNCTIONS = [
  "Proxy",
  "decodeURI",
  "decodeURIComponent",
  "encodeURI",
  "encodeURIComponent",
  "globalThis",
  "isNaN",
];

/** Globals whose own properties primordials has, each under a name of its own. */
export const holders = new Set([...CONSTRUCTORS, ...NAMESPACES]);

/** Globals that primordials has under the same name. */
export const kept = new Set([...CONSTRUCTORS, ...FUNCTIONS]);

/** Globals whose values cannot be replaced. */
export const constant = new Set(["undefined", "NaN", "Infinity", "arguments", "__bootstrap"]);

/** Collections whose methods stay their own only in these subclasses. */
export const collections = new Map([
  ["Map", "SafeMap"],
  ["Set", "SafeSet"],
  ["WeakMap", "SafeWeakMap"],
  ["WeakSet", "SafeWeakSet"],
  ["WeakRef", "SafeWeakRef"],
  ["FinalizationRegistry", "SafeFinalizationRegistry"],
]);

/** The same function under the name that primordials has it by. */
export const renamed = new Map([
  ["parseInt", "NumberParseInt"],
  ["parseFloat", "NumberParseFloat"],
]);

const capitalized = (name) => name[0].toUpperCase() + name.slice(1);

/** `Object.keys` is `ObjectKeys`. */
export function staticName(holder, key) {
  if (holder === "Promise" && ["all", "allSettled", "any", "race"].includes(key)) {
    return `SafePromise${capitalized(key)}`;
  }
  return holder + capitalized(key);
}

const METHODS = {
  Array: [
    "copyWithin",
    "every",
    "fill",
    "filter",
    "find",
    "findIndex",
    "findLast",
    "findLastIndex",
    "flat",
    "flatMap",
    "forEach",
    "join",
    "map",
    "pop",
    "push",
    "reduce",
    "reduceRight",
    "reverse",
    "shift",
    "some",
    "sort",
    "splice",
    "toReversed",
    "toSorted",
    "toSpliced",
    "unshift",
    "with",
  ],
  String: [
    "charAt",
    "charCodeAt",
    "codePointAt",
    "endsWith",
    "isWellFormed",
    "localeCompare",
    "match",
    "matchAll",
    "normalize",
    "padEnd",
    "padStart",
    "repeat",
    "replace",
    "replaceAll",
    "search",
    "split",
    "startsWith",
    "substring",
    "toLowerCase",
    "toUpperCase",
    "toWellFormed",
    "trim",
    "trimEnd",
    "trimStart",
  ],
  Object: ["hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable"],
  Date: ["getTime", "toISOString", "toUTCString"],
  Number: ["toFixed", "toPrecision"],
  Function: ["call", "bind"],
  Promise: ["then", "catch", "finally"],
  RegExp: ["exec", "test"],
  TypedArray: ["subarray"],
};

/** Methods that several kinds of objects have. */
const SHARED = {
  at: ["Array", "String"],
  concat: ["Array", "String"],
  includes: ["Array", "String"],
  indexOf: ["Array", "String"],
  lastIndexOf: ["Array", "String"],
  slice: ["Array", "String", "TypedArray", "ArrayBuffer"],
};

/** The prototypes that have a method; nothing for one that is of no intrinsic. */
export function ownersOf(method) {
  if (Object.hasOwn(SHARED, method)) return SHARED[method];
  return Object.keys(METHODS).filter((owner) => METHODS[owner].includes(method));
}

export const methodName = (owner, method) => `${owner}Prototype${capitalized(method)}`;

/** Calls of these take a property descriptor as this argument, or several by their names. */
export const descriptors = new Map([
  ["ObjectDefineProperty", { at: 2, several: false }],
  ["ReflectDefineProperty", { at: 2, several: false }],
  ["ObjectDefineProperties", { at: 1, several: true }],
  ["ObjectCreate", { at: 1, several: true }],
]);
