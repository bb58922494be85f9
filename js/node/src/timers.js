// Timers of Node.js: objects where the global functions give numbers, which the global functions take
// too.
const { clearTimeout, setInterval, setTimeout } = globalThis;
const { AbortError, validateFunction } = require("./parts/errors.js");

const kCustomPromisify = Symbol.for("nodejs.util.promisify.custom");

class Timeout {
  #id;
  #start;

  constructor(start) {
    this.#start = start;
    this.#id = start();
  }

  close() {
    clearTimeout(this.#id);
    return this;
  }

  hasRef() {
    return true;
  }

  ref() {
    return this;
  }

  refresh() {
    clearTimeout(this.#id);
    this.#id = this.#start();
    return this;
  }

  unref() {
    return this;
  }

  [Symbol.toPrimitive]() {
    return this.#id;
  }

  [Symbol.dispose]() {
    clearTimeout(this.#id);
  }
}

class Immediate {
  _destroyed = false;
  _timer;

  constructor(callback, args) {
    this._timer = setTimeout(() => {
      this._destroyed = true;
      callback(...args);
    }, 0);
  }

  hasRef() {
    return !this._destroyed;
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }

  [Symbol.dispose]() {
    timers.clearImmediate(this);
  }
}

const timers = {
  clearImmediate(immediate) {
    if (immediate instanceof Immediate) {
      immediate._destroyed = true;
      clearTimeout(immediate._timer);
    }
  },
  clearInterval(timer) {
    if (timer !== undefined && timer !== null) clearTimeout(timer);
  },
  clearTimeout(timer) {
    if (timer !== undefined && timer !== null) clearTimeout(timer);
  },
  setImmediate(callback, ...args) {
    validateFunction(callback, "callback");
    return new Immediate(callback, args);
  },
  setInterval(callback, delay, ...args) {
    validateFunction(callback, "callback");
    return new Timeout(() => setInterval(callback, delay, ...args));
  },
  setTimeout(callback, delay, ...args) {
    validateFunction(callback, "callback");
    return new Timeout(() => setTimeout(callback, delay, ...args));
  },
  // Of old versions of Node.js.
  active(timer) {
    timer?.refresh?.();
  },
  _unrefActive(timer) {
    timer?.refresh?.();
  },
  enroll() {},
  unenroll(timer) {
    timers.clearTimeout(timer);
  },
};

function abortable(signal, start, stop) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new AbortError(undefined, { cause: signal.reason }));
    const onAbort = () => {
      stop(timer);
      reject(new AbortError(undefined, { cause: signal.reason }));
    };
    const timer = start((value) => {
      signal?.removeEventListener("abort", onAbort);
      resolve(value);
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

const wait = (delay, value, { signal = undefined } = {}) =>
  abortable(signal, (done) => setTimeout(done, delay, value), clearTimeout);
const immediately = (value, { signal = undefined } = {}) =>
  abortable(signal, (done) => timers.setImmediate(done, value), timers.clearImmediate);

async function* every(delay, value, { signal = undefined } = {}) {
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  let due = 0;
  let wake;
  const timer = setInterval(() => {
    due++;
    wake?.();
  }, delay);
  const onAbort = () => wake?.();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    while (true) {
      if (due === 0 && !signal?.aborted) await new Promise((resolve) => wake = resolve);
      if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
      for (; due > 0; due--) yield value;
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

timers.promises = {
  scheduler: {
    wait: (delay, options) => wait(delay, undefined, options),
    yield: () => immediately(),
  },
  setImmediate: immediately,
  setInterval: every,
  setTimeout: wait,
};
for (const [original, promised] of [[timers.setTimeout, wait], [timers.setImmediate, immediately]]) {
  Object.defineProperty(original, kCustomPromisify, { value: promised, configurable: true });
}
module.exports = timers;
