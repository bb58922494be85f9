// Runs while the snapshot is made. What the calls of `room.storage` and its transactions mean: overloads,
// options and errors as the original has them (specification, section 6). What is stored, and the
// limits, are Rust's.
import { primordials } from "ext:core/mod.js";
import { ops } from "ext:partyrun/06_ops.js";

const {
  ArrayIsArray,
  ArrayPrototypeMap,
  ArrayPrototypePush,
  Number,
  NumberIsFinite,
  ObjectKeys,
  TypeError,
} = primordials;

/** The error for an argument that cannot be converted. `position` counts from 1. */
export function wrongArgument(method, where, position, type) {
  return new TypeError(
    `Failed to execute '${method}' on '${where}': parameter ${position} is not of type '${type}'.`,
  );
}

export function isObject(value) {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

const READS = ["allowConcurrency", "noCache"];
const WRITES = ["allowConcurrency", "allowUnconfirmed", "noCache"];

/**
 * Checks and reads options whose effect is there anyway: what a getter throws is the caller's to see.
 */
export function readOptions(method, where, options, position, type, names) {
  if (options === undefined || options === null) return;
  if (!isObject(options)) throw wrongArgument(method, where, position, type);
  for (let i = 0; i < names.length; i++) options[names[i]];
}

const asKey = (value) => `${value}`;
const asOptionalKey = (value) => value === undefined ? undefined : `${value}`;
// Not the bare `asKey`: `map` passes more than the element.
const asKeys = (values) => ArrayPrototypeMap(values, (value) => asKey(value));

export function get(where, args) {
  if (args.length === 0) throw wrongArgument("get", where, 1, "string or Array");
  const { 0: key, 1: options } = args;
  if (ArrayIsArray(key)) {
    const keys = asKeys(key);
    readOptions("get", where, options, 2, "GetOptions", READS);
    return ops.op_pr_storage_get_many(keys);
  }
  const name = asKey(key);
  readOptions("get", where, options, 2, "GetOptions", READS);
  return ops.op_pr_storage_get(name);
}

// An integer of 32 bits, as Web IDL's `long` with [EnforceRange] but for what is not finite, which is 0.
function asLimit(value) {
  if (value === undefined) return undefined;
  if (typeof value === "bigint") throw new TypeError("Cannot convert a BigInt value to a number");
  const number = Number(value);
  if (NumberIsFinite(number) && (number >= 2 ** 31 || number <= -(2 ** 31) - 1)) {
    throw new TypeError("Value out of range. Must be between -2147483648 and 2147483647 (inclusive).");
  }
  return number | 0;
}

export function list(where, args) {
  const options = args[0] ?? { __proto__: null };
  if (!isObject(options)) throw wrongArgument("list", where, 1, "ListOptions");
  const start = asOptionalKey(options.start);
  const startAfter = asOptionalKey(options.startAfter);
  const end = asOptionalKey(options.end);
  const prefix = asOptionalKey(options.prefix);
  const reverse = !!options.reverse;
  const limit = asLimit(options.limit);
  readOptions("list", where, options, 1, "ListOptions", READS);
  if (limit !== undefined && limit <= 0) throw new TypeError("List limit must be positive.");
  if (start !== undefined && startAfter !== undefined) {
    throw new TypeError("list() cannot be called with both start and startAfter values.");
  }
  return ops.op_pr_storage_list(start, startAfter, end, prefix, reverse, limit ?? 0);
}

function putEntries(where, entries, second, third) {
  if (second !== undefined && second !== null && !isObject(second)) {
    throw new TypeError(
      "put() may only be called with a single key-value pair and optional options as put(key, value, options) or with multiple key-value pairs and optional options as put(entries, options)",
    );
  }
  const keys = [];
  const values = [];
  const names = ObjectKeys(entries);
  for (let i = 0; i < names.length; i++) {
    const entry = entries[names[i]];
    if (entry === undefined) continue;
    ArrayPrototypePush(keys, names[i]);
    ArrayPrototypePush(values, entry);
  }
  readOptions("put", where, third, 3, "PutOptions", WRITES);
  readOptions("put", where, second, 2, "PutOptions", WRITES);
  if (ops.op_pr_storage_put_many(keys, values)) return ops.op_pr_storage_settled();
}

export function put(where, args) {
  if (args.length === 0) throw wrongArgument("put", where, 1, "string or object");
  const { 0: key, 1: value, 2: options } = args;
  if (isObject(key) && !ArrayIsArray(key)) return putEntries(where, key, value, options);
  const name = asKey(key);
  readOptions("put", where, options, 3, "PutOptions", WRITES);
  if (value === undefined) throw new TypeError("put() called with undefined value.");
  if (ops.op_pr_storage_put(name, value)) return ops.op_pr_storage_settled();
}

/** Whether the key was there, or how many of the keys were. */
export function remove(where, args) {
  if (args.length === 0) throw wrongArgument("delete", where, 1, "string or Array");
  const { 0: key, 1: options } = args;
  const many = ArrayIsArray(key);
  const keys = many ? asKeys(key) : [asKey(key)];
  readOptions("delete", where, options, 2, "PutOptions", WRITES);
  const removed = ops.op_pr_storage_delete(keys);
  return many ? removed : removed === 1;
}

export function deleteAll(where, args) {
  readOptions("deleteAll", where, args[0], 1, "PutOptions", WRITES);
  ops.op_pr_storage_delete_all();
}

export function transactionOptions(where, options) {
  readOptions("transaction", where, options, 2, "TransactionOptions", []);
}

export async function sync() {
  await ops.op_pr_storage_sync();
}
