// Loaded by rooms that are controlled from outside (docs/control.md): what can be asked of a room without
// its own handlers. Rust has checked who asks. Nothing here makes the room's object or runs its `onStart`,
// but for `run`.
(function () {
  const { core, primordials } = __bootstrap;
  const {
    ArrayPrototypeMap,
    ArrayPrototypePush,
    JSONParse,
    JSONStringify,
    Promise,
    SafeArrayIterator,
    SafeMapIterator,
    TypeError,
  } = primordials;
  const { fromJson, toJson } = core.loadExtScript("ext:partyrun/46_control_values.js");
  const WHERE = "the control plane";
  // Answers without a value; Rust has the status that clients see.
  const NOTHING = { __proto__: null };
  const DONE = { __proto__: null };

  return ({
    alarm,
    brand,
    calls,
    connections,
    describe,
    Float16Array,
    respondText,
    revive,
    wakeRoom,
  }) => {
    const host = { describe, Float16Array, revive, isBranded: (object) => brand in object };
    const json = (value) => toJson(value, host);
    const value = (encoded) => fromJson(encoded, host);

    // Answers what the function gives, in the room that has started.
    const inRoom = (made) =>
      new Promise((resolve, reject) => {
        wakeRoom((instance, room) => {
          try {
            resolve(made(instance, room));
          } catch (error) {
            reject(error);
          }
        }, reject);
      });

    const CALLS = {
      __proto__: null,
      get({ key }) {
        for (const { 1: found } of new SafeMapIterator(calls.get(WHERE, [[key]]))) return json(found);
        return NOTHING;
      },
      list({ options }) {
        const entries = [];
        for (const { 0: key, 1: item } of new SafeMapIterator(calls.list(WHERE, [options]))) {
          ArrayPrototypePush(entries, [key, json(item)]);
        }
        return { entries };
      },
      async put({ entries }) {
        const object = { __proto__: null };
        for (const { 0: key, 1: item } of new SafeArrayIterator(entries)) {
          const made = value(item);
          if (made === undefined) throw new TypeError(`There is no value for the key \`${key}\``);
          object[key] = made;
        }
        await calls.put(WHERE, [object]);
        return DONE;
      },
      delete: ({ key }) => ({ deleted: calls.remove(WHERE, [key]) }),
      clear() {
        calls.deleteAll(WHERE, []);
        return DONE;
      },
      alarm: () => ({ at: alarm.getAlarm(WHERE, []) }),
      setAlarm({ at }) {
        alarm.setAlarm(WHERE, [at]);
        return { at: alarm.getAlarm(WHERE, []) };
      },
      deleteAlarm() {
        alarm.deleteAlarm(WHERE, []);
        return DONE;
      },
      connections: () => ({
        connections: ArrayPrototypeMap(connections(), ({ id, uri, tags, state, hibernates }) => ({
          id,
          uri,
          tags,
          state: json(state),
          hibernates,
        })),
      }),
      async run({ source, args }) {
        const { 0: made, 1: failure } = core.evalContext(`(${source}\n)`, "file:///run");
        if (failure) throw failure.thrown;
        if (typeof made !== "function") throw new TypeError("`source` is not the text of a function");
        const given = value(args ?? []);
        return {
          value: json(
            await inRoom((instance, room) => made(instance, room, ...new SafeArrayIterator(given))),
          ),
        };
      },
    };

    async function answer(id, text) {
      const call = JSONParse(text);
      try {
        const made = await CALLS[call.call](call);
        if (made === NOTHING) respondText(id, 404, "");
        else if (made === DONE) respondText(id, 202, "");
        else respondText(id, 200, JSONStringify(made));
      } catch (error) {
        respondText(id, 400, JSONStringify({ error: told(error, call) }));
      }
    }

    return answer;
  };

  function told(error, { call }) {
    let name = "Error";
    let message = "";
    let stack;
    try {
      name = `${error?.name ?? "Error"}`;
      message = `${error?.message ?? error}`;
      stack = typeof error?.stack === "string" ? error.stack : undefined;
    } catch {
      // What is thrown may be anything; that it was is all that can be told then.
    }
    if (call === "run" && name === "ReferenceError") {
      message +=
        ": a function for `run` is sent as its text, so it knows its parameters (server, room, ...args) and nothing around it";
    }
    return { code: "thrown", name, message, stack };
  }
})();
