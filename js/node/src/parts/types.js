// `util.types`: what V8 says of a value.
const { core } = partyrun;

const names = [
  "AnyArrayBuffer",
  "ArgumentsObject",
  "ArrayBuffer",
  "AsyncFunction",
  "BigIntObject",
  "BooleanObject",
  "BoxedPrimitive",
  "DataView",
  "Date",
  "GeneratorFunction",
  "GeneratorObject",
  "Map",
  "MapIterator",
  "ModuleNamespaceObject",
  "NativeError",
  "NumberObject",
  "Promise",
  "Proxy",
  "RegExp",
  "Set",
  "SetIterator",
  "SharedArrayBuffer",
  "StringObject",
  "SymbolObject",
  "TypedArray",
  "WeakMap",
  "WeakSet",
];
for (const name of names) exports[`is${name}`] = core[`is${name}`];
exports.isArrayBufferView = ArrayBuffer.isView;

const tag =
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array).prototype, Symbol.toStringTag).get;
const arrays = [
  "BigInt64Array",
  "BigUint64Array",
  "Float16Array",
  "Float32Array",
  "Float64Array",
  "Int8Array",
  "Int16Array",
  "Int32Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Uint16Array",
  "Uint32Array",
];
for (const name of arrays) exports[`is${name}`] = (value) => tag.call(value) === name;

exports.isCryptoKey = (value) => value instanceof CryptoKey;
exports.isEventTarget = (value) => value instanceof EventTarget;
exports.isExternal = () => false;
exports.isKeyObject = (value) => value?.[Symbol.for("partyrun.KeyObject")] === true;
