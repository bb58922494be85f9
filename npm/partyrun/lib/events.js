// What happens in a space, as data, from the moment one listens. Decides nothing about it.
"use strict";

const { PartyrunError } = require("./failure.js");
const { clearTimeout, setTimeout } = require("./real.js");

/** Enough for any test; one that loops must not take all memory. */
const KEPT = 10_000;
const PATIENCE = 5_000;

class Events {
  #all = [];
  #waiting = new Set();
  #socket;

  static async listen(control) {
    const events = new Events();
    // The first space of a server hears of all spaces.
    const isFirst = control === control.root;
    events.#socket = await control.socket("/events", {
      onMessage: (message) => {
        const event = JSON.parse(message);
        if (!isFirst || event.space === undefined) events.#take(event);
      },
      onClose: () => {},
    });
    events.#socket.unref();
    return events;
  }

  /** Those that have come and have all the given fields. */
  all(fields = {}) {
    return this.#all.filter((event) => has(event, fields));
  }

  /** The first event with these fields, of those that have come or will. */
  next(fields = {}, { timeout = PATIENCE } = {}) {
    const known = this.#all.find((event) => has(event, fields));
    if (known !== undefined) return Promise.resolve(known);
    const shown = Object.entries(fields).map(([name, value]) => `\`${name}\` ${value}`).join(" and ");
    const late = new PartyrunError("timeout", `No event with ${shown} within ${timeout} ms`);
    return new Promise((resolve, reject) => {
      const waiter = {
        fields,
        found: (event) => {
          clearTimeout(timer);
          resolve(event);
        },
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(waiter);
        reject(late);
      }, timeout);
      this.#waiting.add(waiter);
    });
  }

  async stop() {
    this.#socket.cut();
  }

  [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    return this.stop();
  }

  #take(event) {
    this.#all.push(event);
    if (this.#all.length > KEPT) this.#all.shift();
    for (const waiter of this.#waiting) {
      if (!has(event, waiter.fields)) continue;
      this.#waiting.delete(waiter);
      waiter.found(event);
    }
  }
}

/** Whether an event has all the given fields; a regular expression is tried on the text of one. */
function has(event, fields) {
  return Object.entries(fields).every(([name, value]) => {
    return value instanceof RegExp ? value.test(`${event[name]}`) : event[name] === value;
  });
}

module.exports = { Events, has };
