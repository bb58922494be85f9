// Runs while the snapshot is made; it keeps no state. The Room object that user code is given, and
// legacy objects as instances (specification, sections 2.4 and 2.5).
import { core, primordials } from "ext:core/mod.js";
import { ops } from "ext:partyrun/06_ops.js";
import { cut, report, warn } from "ext:partyrun/12_console.js";
import { createStorage } from "ext:partyrun/30_storage.js";
import { createParties } from "ext:partyrun/41_stub.js";
import { aiOf } from "ext:partyrun/42_surroundings.js";

const {
  ArrayPrototypeValues,
  Error,
  FunctionPrototypeCall,
  Map,
  Promise,
  PromiseResolve,
  TypeError,
  globalThis,
} = primordials;

const { clearTimeout, setTimeout } = core.loadExtScript("ext:deno_web/02_timers.js");

// How long events may be held back: the Durable Objects limit.
export const GATE_CAP_MS = 30_000;
// After this the user is told what holds them back, and since which line.
const GATE_QUIET_MS = 5_000;

// `life` tells what changes while the room lives: its `id` (null before the first event), its
// `manager` of connections (null before the constructor has run), and, `blocked`, the end of the last
// block that has been asked for, or null.
// Tells a block inside another one's callback from one that must wait for it.
const enclosing = new core.AsyncVariable();

export function createRoom(config, surroundings, life) {
  const { analytics, assets, bindings, vectorize } = surroundings;
  const parties = createParties(config.parties);
  let last = PromiseResolve();
  // `name` is what user code called, `place` an error made there.
  const block = async (callback, name, place) => {
    if (typeof callback !== "function") {
      throw new TypeError(
        "Failed to execute 'blockConcurrencyWhile' on 'DurableObjectState': parameter 1 is not of type 'function'.",
      );
    }
    ops.op_pr_gate_close();
    // One after the other, and never before the code has ended that calls this: a class's fields may
    // be made only after the constructor of its base.
    /** @type {any} */
    let finish;
    let mine;
    if (enclosing.get() === undefined) {
      const before = last;
      mine = new Promise((resolve) => finish = resolve);
      last = mine;
      life.blocked = mine;
      await before;
    } else {
      await undefined;
    }
    const end = () =>
      ops.op_pr_reset(
        "A call to blockConcurrencyWhile() in a Durable Object waited for too long. The call was canceled and the Durable Object was reset.",
      );
    let cap = setTimeout(() => {
      cap = setTimeout(end, GATE_CAP_MS - GATE_QUIET_MS);
      place.message = `The callback of ${name} has not settled for ${GATE_QUIET_MS / 1000} s: ` +
        `events wait for it, and after ${GATE_CAP_MS / 1000} s the room is reset`;
      report("Still waiting", place);
    }, GATE_QUIET_MS);
    try {
      const outside = enclosing.enter(true);
      let result;
      try {
        result = FunctionPrototypeCall(callback, globalThis);
      } finally {
        core.setAsyncContext(outside);
      }
      result = await result;
      // What waits for one that fails ends with the room.
      finish?.();
      if (mine !== undefined && life.blocked === mine) life.blocked = null;
      return result;
    } catch (error) {
      ops.op_pr_reset(cut(`${error?.message ?? error}`));
      throw error;
    } finally {
      clearTimeout(cap);
      ops.op_pr_gate_open();
    }
  };
  const blockConcurrencyWhile = (callback) => block(callback, "blockConcurrencyWhile", new Error());
  const blockForTransaction = (callback, place) => block(callback, "transaction", place);
  return {
    get id() {
      if (life.id === null) {
        throw new Error(
          "Party.id is not yet initialized. This is probably a bug in PartyKit.",
        );
      }
      return life.id;
    },
    internalID: config.internalId,
    name: config.party,
    env: config.env,
    storage: createStorage({ blockConcurrencyWhile: blockForTransaction }),
    blockConcurrencyWhile,
    broadcast(message, without = []) {
      life.manager?.broadcast(message, without);
    },
    context: {
      get parties() {
        return parties;
      },
      vectorize,
      get ai() {
        return aiOf(surroundings);
      },
      assets,
      bindings,
    },
    getConnection(id) {
      if (life.manager === null) {
        warn(
          ".getConnection was invoked before first connection. This will always return undefined.",
        );
        return undefined;
      }
      return life.manager.get(id);
    },
    getConnections(tag) {
      if (life.manager === null) {
        warn(
          "Party.getConnections was invoked before first connection. This will always return an empty list.",
        );
        return ArrayPrototypeValues([]);
      }
      return life.manager.list(tag);
    },
    analytics,
    get connections() {
      warn(
        "Party.connections is deprecated and will be removed in a future version of PartyKit. Use Party.getConnections() instead.",
      );
      if (life.manager !== null) return life.manager.toMap();
      warn(
        "Party.connections was invoked before first connection. This will always return an empty Map.",
      );
      // eslint-disable-next-line partyrun/primordials -- user code is given it
      return new Map();
    },
    get parties() {
      warn(
        "Party.parties is deprecated and will be removed in a future version of PartyKit. Use Party.context.parties instead.",
      );
      return this.context.parties;
    },
  };
}

// A legacy object as the instance that a class would have made (section 2.4). It hibernates unless
// it can only listen with event listeners.
export function wrapObject(object, room) {
  const wrapper = {
    options: { hibernate: "onMessage" in object || !("onConnect" in object) },
  };
  if (object.onConnect) wrapper.onConnect = (c, ctx) => object.onConnect(c, room, ctx);
  if (object.onMessage) wrapper.onMessage = (message, c) => object.onMessage(message, c, room);
  if (object.onClose) wrapper.onClose = (c) => object.onClose(c, room);
  if (object.onError) wrapper.onError = (c, error) => object.onError(c, error, room);
  if (object.onAlarm) wrapper.onAlarm = () => object.onAlarm(room);
  if (object.onRequest) wrapper.onRequest = (request) => object.onRequest(request, room);
  return wrapper;
}
