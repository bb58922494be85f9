// Runs while the snapshot is made. `room.storage` and its transactions: their objects, their order and
// their ends (specification, section 6). What a call reads and writes is the next files' business.
import { core, internals, primordials } from "ext:core/mod.js";
import { isPending } from "ext:partyrun/05_promises.js";
import { ops } from "ext:partyrun/06_ops.js";
import { describe, markUnstorable, refusal, revive } from "ext:partyrun/31_storage_value.js";
import * as alarm from "ext:partyrun/32_storage_alarm.js";
import * as calls from "ext:partyrun/33_storage_calls.js";

const {
  Error,
  ObjectDefineProperty,
  Promise,
  PromiseResolve,
  ReflectApply,
  TypeError,
  globalThis,
} = primordials;
const { isObject, wrongArgument } = calls;

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

function finish(constructor, methods) {
  for (let i = 0; i < methods.length; i++) {
    ObjectDefineProperty(constructor.prototype, methods[i], { __proto__: null, enumerable: true });
  }
  markUnstorable(constructor);
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
    returned = ReflectApply(closure, globalThis, [new DurableObjectTransaction(kConstruct, scope)]);
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
  const place = new Error();
  const parent = innermost(root);
  const before = parent.tail;
  /** @type {any} */
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
    }, place);
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
    const result = operation("DurableObjectTransaction", args);
    return isPending(result) ? await result : result;
  }

  get() {
    return DurableObjectTransaction.#run(this, "get", calls.get, arguments);
  }

  list() {
    return DurableObjectTransaction.#run(this, "list", calls.list, arguments);
  }

  put() {
    return DurableObjectTransaction.#run(this, "put", calls.put, arguments);
  }

  // Its errors are thrown, as those of the original are; those of the others are rejections.
  delete() {
    DurableObjectTransaction.#check(this, "delete");
    return PromiseResolve(calls.remove("DurableObjectTransaction", arguments));
  }

  deleteAll() {
    if (!isObject(this) || !(#scope in this)) throw illegalInvocation();
    throw new Error("Cannot call deleteAll() within a transaction");
  }

  rollback() {
    if (isObject(this) && #scope in this && this.#scope.state === ROLLED_BACK) return;
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

finish(DurableObjectTransaction, [
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

  // A promise is awaited here: one that an async function returns is asked for a `then` that user code
  // may have replaced.
  static async #settle(operation, args) {
    const result = operation("DurableObjectStorage", args);
    return isPending(result) ? await result : result;
  }

  get() {
    return DurableObjectStorage.#run(this, calls.get, arguments);
  }

  list() {
    return DurableObjectStorage.#run(this, calls.list, arguments);
  }

  put() {
    return DurableObjectStorage.#run(this, calls.put, arguments);
  }

  delete() {
    if (!isObject(this) || !(#root in this)) throw illegalInvocation();
    return PromiseResolve(calls.remove("DurableObjectStorage", arguments));
  }

  deleteAll() {
    return DurableObjectStorage.#run(this, calls.deleteAll, arguments);
  }

  transaction() {
    return DurableObjectStorage.#run(this, (where, args) => {
      const closure = args[0];
      if (typeof closure !== "function") throw wrongArgument("transaction", where, 1, "function");
      calls.transactionOptions(where, args[1]);
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
    return DurableObjectStorage.#run(this, calls.sync, arguments);
  }
}

finish(DurableObjectStorage, [
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

// A second time makes no difference.
function makeReady() {
  ops.op_pr_storage_init(internals.webidlBrand, describe, revive, refusal);
}

/** `room.storage`. Rust must have given this isolate its storage by the time a method is called. */
export function createStorage({ blockConcurrencyWhile }) {
  makeReady();
  return new DurableObjectStorage(kConstruct, blockConcurrencyWhile);
}

/** What the control plane uses of the storage, also of that of a room that is not made yet. */
export function forControl() {
  makeReady();
  return { alarm, brand: internals.webidlBrand, calls, describe, revive };
}
