// Contexts that follow the asynchronous work they were entered for. V8 carries them across `await`
// and timers across callbacks; here is only what enters and leaves them.
const { AsyncVariable, getAsyncContext, setAsyncContext } = partyrun.core;
const { validateFunction, validateString } = require("./parts/errors.js");

class AsyncLocalStorage {
  #variable = new AsyncVariable();
  #default;
  #name;

  constructor({ defaultValue = undefined, name = "" } = {}) {
    this.#default = defaultValue;
    this.#name = name;
  }

  static bind(callback) {
    validateFunction(callback, "fn");
    const run = AsyncLocalStorage.snapshot();
    return function (...args) {
      return run(() => callback.apply(this, args));
    };
  }

  static snapshot() {
    const captured = getAsyncContext();
    return (callback, ...args) => within(captured, callback, undefined, args);
  }

  get name() {
    return this.#name;
  }

  disable() {
    // Nobody has a context with the new one.
    this.#variable = new AsyncVariable();
  }

  enterWith(store) {
    this.#variable.enter({ store });
  }

  exit(callback, ...args) {
    const before = this.#variable.enter({ store: undefined });
    try {
      return callback(...args);
    } finally {
      setAsyncContext(before);
    }
  }

  getStore() {
    const entered = this.#variable.get();
    return entered === undefined ? this.#default : entered.store;
  }

  run(store, callback, ...args) {
    const before = this.#variable.enter({ store });
    try {
      return callback(...args);
    } finally {
      setAsyncContext(before);
    }
  }
}

function within(context, callback, receiver, args) {
  const before = getAsyncContext();
  setAsyncContext(context);
  try {
    return Reflect.apply(callback, receiver, args);
  } finally {
    setAsyncContext(before);
  }
}

let lastId = 1;

class AsyncResource {
  #context = getAsyncContext();
  #id = ++lastId;
  #trigger;

  constructor(type, options = undefined) {
    validateString(type, "type");
    this.#trigger = (typeof options === "number" ? options : options?.triggerAsyncId) ?? 1;
  }

  static bind(callback, type, receiver) {
    const resource = new AsyncResource(type || callback.name || "bound-anonymous-fn");
    return resource.bind(callback, receiver);
  }

  asyncId() {
    return this.#id;
  }

  bind(callback, receiver = undefined) {
    validateFunction(callback, "fn");
    const resource = this;
    const bound = function (...args) {
      return resource.runInAsyncScope(callback, receiver ?? this, ...args);
    };
    return Object.defineProperty(bound, "length", { value: callback.length, configurable: true });
  }

  emitDestroy() {
    return this;
  }

  runInAsyncScope(callback, receiver, ...args) {
    return within(this.#context, callback, receiver, args);
  }

  triggerAsyncId() {
    return this.#trigger;
  }
}

// Nothing tells of the asynchronous resources of others.
const createHook = () => {
  const hook = { enable: () => hook, disable: () => hook };
  return hook;
};

module.exports = {
  AsyncLocalStorage,
  AsyncResource,
  asyncWrapProviders: Object.freeze({ __proto__: null }),
  createHook,
  executionAsyncId: () => 1,
  executionAsyncResource: () => ({}),
  triggerAsyncId: () => 0,
};
