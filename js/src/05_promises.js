// Runs while the snapshot is made. How the runtime waits for what user code returned: for JavaScript's own
// promises with the `then` that they had before user code ran, for anything else with its own.
import { primordials } from "ext:core/mod.js";

const { ObjectPrototypeIsPrototypeOf, PromisePrototype, PromisePrototypeThen } = primordials;

const isPromise = (value) => ObjectPrototypeIsPrototypeOf(PromisePrototype, value);

// Whether a promise's `then` is that of all promises, whatever user code has made of it. Lazy promises
// have one of their own, and begin when it is called.
function isCommon(promise) {
  try {
    const { then } = promise;
    return typeof then !== "function" || then === PromisePrototype.then;
  } catch {
    return true;
  }
}

/** Whether there is something to wait for. */
export function isPending(value) {
  if (value === undefined || value === null) return false;
  return isPromise(value) || typeof value.then === "function";
}

/** As `then` does. `pending` is what `isPending` says so of. */
export function whenSettled(pending, fulfilled, rejected) {
  if (isPromise(pending) && isCommon(pending)) return PromisePrototypeThen(pending, fulfilled, rejected);
  // eslint-disable-next-line partyrun/primordials -- it is its own
  return pending.then(fulfilled, rejected);
}
