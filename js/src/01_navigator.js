// Runs while the snapshot is made. `navigator` and `scheduler` as Workers have them (specification,
// section 11).
import { core, primordials } from "ext:core/mod.js";
import { clearTimeout, setTimeout } from "ext:partyrun/02_timers.js";
import { isPending, whenSettled } from "ext:partyrun/05_promises.js";

const {
  Promise,
  TypeError,
  globalThis,
} = primordials;

const webidl = core.loadExtScript("ext:deno_webidl/00_webidl.js");

let makes = true;
const refuseOthers = () => {
  if (!makes) throw new TypeError("Illegal constructor");
};

export class Navigator {
  constructor() {
    refuseOthers();
  }

  get userAgent() {
    return "Cloudflare-Workers";
  }

  get hardwareConcurrency() {
    return 1;
  }

  get language() {
    return "en";
  }

  /** Posts `body` and forgets it. Answers whether there is a server to ask. */
  sendBeacon(url, body = undefined) {
    if (arguments.length === 0) {
      throw new TypeError(
        "Failed to execute 'sendBeacon' on 'Navigator': parameter 1 is not of type 'string'.",
      );
    }
    // What user code has made of `fetch` sees it, as it does in the original.
    // eslint-disable-next-line partyrun/primordials
    const answer = globalThis.fetch(`${url}`, { __proto__: null, method: "POST", body, keepalive: true });
    if (isPending(answer)) whenSettled(answer, (response) => response.body?.cancel(), () => {});
    return true;
  }
}

class Scheduler {
  constructor() {
    refuseOthers();
  }

  // Resolves after `delay` milliseconds; rejects with the signal's reason when aborted before.
  wait(delay, options = undefined) {
    if (arguments.length === 0) {
      throw new TypeError(
        "Failed to execute 'wait' on 'Scheduler': parameter 1 is not of type 'number'.",
      );
    }
    const signal = options?.signal;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = setTimeout(resolve, delay);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason);
      }, { __proto__: null, once: true });
    });
  }
}

webidl.configureInterface(Navigator);
webidl.configureInterface(Scheduler);
export const navigator = new Navigator();
export const scheduler = new Scheduler();
makes = false;
