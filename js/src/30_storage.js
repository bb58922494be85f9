// Runs while the snapshot is made. `room.storage`: overloads, options and transactions as the original
// has them (specification, section 6). What is stored, and the limits, are Rust's.
import { core, internals, primordials } from "ext:core/mod.js";
import { describe, refusal, revive } from "ext:partyrun/31_storage_value.js";
import * as alarm from "ext:partyrun/32_storage_alarm.js";

const {
  ArrayIsArray,
  ArrayPrototypeMap,
  ArrayPrototypePush,
  Error,
  ObjectDefineProperty,
  ObjectKeys,
  Promise,
  PromiseResolve,
  TypeError,
} = primordials;

// Ops with their fast-call overloads exist only after the snapshot is restored.
let ops;
export function useOps(fast) {
  ops = fast;
  alarm.useOps(fast);
}

// ---- what the storage and a transaction have in common ----

function wrongArgument(method, where, type) {
  return new TypeError(
    `Failed to execute '${method}' on '${where}': parameter 1 is not of type '${type}'.`,
  );
}

function isObject(value) {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

const asKey = (value) => `${value}`;
const asOptionalKey = (value) => value === undefined ? undefined : `${value}`;
// Not the bare `asKey`: `map` passes more than the element.
const asKeys = (values) => ArrayPrototypeMap(values, (value) => asKey(value));

function get(where, args) {
  if (args.length === 0) throw wrongArgument("get", where, "string or Array");
  const key = args[0];
  if (ArrayIsArray(key)) return ops.op_pr_storage_get_many(asKeys(key));
  return ops.op_pr_storage_get(asKey(key));
}

function list(where, args) {
  const options = args[0] ?? {};
  if (!isObject(options)) throw wrongArgument("list", where, "ListOptions");
  const start = asOptionalKey(options.start);
  const startAfter = asOptionalKey(options.startAfter);
  const end = asOptionalKey(options.end);
  const prefix = asOptionalKey(options.prefix);
  const reverse = !!options.reverse;
  let limit = options.limit;
  if (limit === undefined) {
    limit = 0;
  } else {
    limit = limit | 0;
    if (limit <= 0) throw new TypeError("List limit must be positive.");
  }
  if (start !== undefined && startAfter !== undefined) {
    throw new TypeError("list() cannot be called with both start and startAfter values.");
  }
  return ops.op_pr_storage_list(start, startAfter, end, prefix, reverse, limit);
}

function put(where, args) {
  if (args.length === 0) throw wrongArgument("put", where, "string or Object");
  const { 0: key, 1: value } = args;
  if (!isObject(key)) {
    if (value === undefined) throw new TypeError("put() called with undefined value.");
    ops.op_pr_storage_put(asKey(key), value);
    return;
  }
  const keys = [];
  const values = [];
  const names = ObjectKeys(key);
  for (let i = 0; i < names.length; i++) {
    const entry = key[names[i]];
    if (entry === undefined) continue;
    ArrayPrototypePush(keys, names[i]);
    ArrayPrototypePush(values, entry);
  }
  ops.op_pr_storage_put_many(keys, values);
}

function remove(where, args) {
  if (args.length === 0) throw wrongArgument("delete", where, "string or Array");
  const key = args[0];
  if (ArrayIsArray(key)) return ops.op_pr_storage_delete(asKeys(key));
  return ops.op_pr_storage_delete([asKey(key)]) === 1;
}

function deleteAll() {
  ops.op_pr_storage_delete_all();
}

async function sync() {
  await ops.op_pr_storage_sync();
}

function illegalInvocation() {
  return new TypeError(
    "Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.",
  );
}

// Only this file makes these objects.
const kConstruct = { __proto__: null };

function assertConstruct(key) {
  if (key !== kConstruct) throw new TypeError("Illegal constructor");
}

function makeEnumerable(constructor, methods) {
  for (let i = 0; i < methods.length; i++) {
    ObjectDefineProperty(constructor.prototype, methods[i], { __proto__: null, enumerable: true });
  }
}

// ---- transactions ----

const OPEN = 0;
const COMMITTED = 1;
const ROLLED_BACK = 2;

// A transaction, or with no parent the storage as a whole. Those directly inside it run one after the
// other, so that the innermost open one is always the one whose closure runs.
class Scope {
  constructor(parent, id) {
    this.parent = parent;
    this.id = id;
    this.state = OPEN;
    this.running = true;
    this.tail = PromiseResolve();
  }

  rollback() {
    if (this.state !== OPEN) return;
    this.state = ROLLED_BACK;
    ops.op_pr_storage_rollback(this.id);
  }

  commit() {
    if (this.state !== OPEN) return;
    this.state = COMMITTED;
    ops.op_pr_storage_commit(this.id);
  }
}

// Tells a transaction inside another one's closure from one that must wait for it.
const enclosing = new core.AsyncVariable();

function innermost(root) {
  let scope = enclosing.get() ?? root;
  while (!scope.running) scope = scope.parent;
  return scope;
}

async function runClosure(scope, closure) {
  const outside = enclosing.enter(scope);
  let returned;
  try {
    returned = closure(new DurableObjectTransaction(kConstruct, scope));
  } finally {
    core.setAsyncContext(outside);
  }
  const value = await returned;
  let tail;
  do {
    tail = scope.tail;
    await tail;
  } while (tail !== scope.tail);
  return value;
}

async function transact(root, blockConcurrencyWhile, closure) {
  const parent = innermost(root);
  const before = parent.tail;
  let finish;
  parent.tail = new Promise((resolve) => finish = resolve);
  await before;
  try {
    // An error is carried past `blockConcurrencyWhile`, which would end the room for it.
    const outcome = await blockConcurrencyWhile(async () => {
      const scope = new Scope(parent, ops.op_pr_storage_begin());
      try {
        const value = await runClosure(scope, closure);
        scope.commit();
        return { __proto__: null, failed: false, value };
      } catch (error) {
        scope.rollback();
        return { __proto__: null, failed: true, error };
      } finally {
        scope.running = false;
      }
    });
    if (outcome.failed) throw outcome.error;
    return outcome.value;
  } finally {
    finish();
  }
}

class DurableObjectTransaction {
  #scope;

  constructor(key, scope) {
    assertConstruct(key);
    this.#scope = scope;
  }

  static #check(transaction, method) {
    if (!isObject(transaction) || !(#scope in transaction)) throw illegalInvocation();
    switch (transaction.#scope.state) {
      case COMMITTED:
        throw new Error(
          `Cannot call ${method}() on transaction that has already committed: did you move \`txn\` outside of the closure?`,
        );
      case ROLLED_BACK:
        throw new Error(`Cannot ${method}() on rolled back transaction`);
    }
  }

  static async #run(transaction, method, operation, args) {
    DurableObjectTransaction.#check(transaction, method);
    return operation("DurableObjectTransaction", args);
  }

  get() {
    return DurableObjectTransaction.#run(this, "get", get, arguments);
  }

  list() {
    return DurableObjectTransaction.#run(this, "list", list, arguments);
  }

  put() {
    return DurableObjectTransaction.#run(this, "put", put, arguments);
  }

  delete() {
    return DurableObjectTransaction.#run(this, "delete", remove, arguments);
  }

  deleteAll() {
    return DurableObjectTransaction.#run(this, "deleteAll", deleteAll, arguments);
  }

  rollback() {
    DurableObjectTransaction.#check(this, "rollback");
    this.#scope.rollback();
  }

  getAlarm() {
    return DurableObjectTransaction.#run(this, "getAlarm", alarm.getAlarm, arguments);
  }

  setAlarm() {
    return DurableObjectTransaction.#run(this, "setAlarm", alarm.setAlarm, arguments);
  }

  deleteAlarm() {
    return DurableObjectTransaction.#run(this, "deleteAlarm", alarm.deleteAlarm, arguments);
  }
}

makeEnumerable(DurableObjectTransaction, [
  "get",
  "list",
  "put",
  "delete",
  "deleteAll",
  "rollback",
  "getAlarm",
  "setAlarm",
  "deleteAlarm",
]);

// ---- the storage ----

class DurableObjectStorage {
  #root = new Scope(null, 0);
  #blockConcurrencyWhile;

  constructor(key, blockConcurrencyWhile) {
    assertConstruct(key);
    this.#blockConcurrencyWhile = blockConcurrencyWhile;
  }

  static #run(storage, operation, args) {
    if (!isObject(storage) || !(#root in storage)) throw illegalInvocation();
    return DurableObjectStorage.#settle(operation, args);
  }

  static async #settle(operation, args) {
    return operation("DurableObjectStorage", args);
  }

  get() {
    return DurableObjectStorage.#run(this, get, arguments);
  }

  list() {
    return DurableObjectStorage.#run(this, list, arguments);
  }

  put() {
    return DurableObjectStorage.#run(this, put, arguments);
  }

  delete() {
    return DurableObjectStorage.#run(this, remove, arguments);
  }

  deleteAll() {
    return DurableObjectStorage.#run(this, deleteAll, arguments);
  }

  transaction() {
    return DurableObjectStorage.#run(this, (where, { 0: closure }) => {
      if (typeof closure !== "function") throw wrongArgument("transaction", where, "function");
      return transact(this.#root, this.#blockConcurrencyWhile, closure);
    }, arguments);
  }

  getAlarm() {
    return DurableObjectStorage.#run(this, alarm.getAlarm, arguments);
  }

  setAlarm() {
    return DurableObjectStorage.#run(this, alarm.setAlarm, arguments);
  }

  deleteAlarm() {
    return DurableObjectStorage.#run(this, alarm.deleteAlarm, arguments);
  }

  sync() {
    return DurableObjectStorage.#run(this, sync, arguments);
  }
}

makeEnumerable(DurableObjectStorage, [
  "get",
  "list",
  "put",
  "delete",
  "deleteAll",
  "transaction",
  "getAlarm",
  "setAlarm",
  "deleteAlarm",
  "sync",
]);

/** `room.storage`. Rust must have given this isolate its storage by the time a method is called. */
export function createStorage({ blockConcurrencyWhile }) {
  ops.op_pr_storage_init(internals.webidlBrand, describe, revive, refusal);
  return new DurableObjectStorage(kConstruct, blockConcurrencyWhile);
}
