// A space: rooms, storage, clock and logs of their own behind one URL. Owns the calls that are about all of it.
"use strict";

const { Clock } = require("./clock.js");
const { Connection } = require("./connection.js");
const { Events, has } = require("./events.js");
const { Outbound } = require("./outbound.js");
const { fetch, setImmediate } = require("./real.js");
const { Room } = require("./room.js");
const { Sanitizer, complain } = require("./sanitizer.js");

class Space {
  /** Where clients find it: `http://127.0.0.1:40001`. */
  url;
  clock;
  #control;
  #sanitizer;
  #isSane;
  #end;
  #endIfOver;
  #isDisposed = false;
  /** With which the clock begins, if the server does not know. */
  #firstClock;

  /**
   * `end` is how the space ends, once it has been checked. `endIfOver` is given if it can end with the check: it gives the
   * server's list of what is left, and with `closed` whether the space has ended.
   */
  constructor({ url, control, sanitize = true, end, endIfOver }) {
    this.url = url;
    this.#control = control;
    this.#isSane = sanitize;
    this.#end = end;
    this.#endIfOver = endIfOver;
    this.#sanitizer = new Sanitizer(control);
    this.clock = new Clock((change) => this.#control.call(change ? "POST" : "GET", "/clock", change));
  }

  /** What a space that was not opened for this begins with: the first of a server. */
  async begin({ clock, restore }) {
    if (restore !== undefined) await this.restore(restore);
    this.#firstClock = clock;
    await this.#beginClock();
  }

  async #beginClock() {
    if (this.#firstClock !== undefined) await this.#control.call("POST", "/clock", clockOf(this.#firstClock));
  }

  /** A new space of a server; `end` is what else ends with it. */
  static async isolate(control, { sanitize, vars, clock, outbound, restore }, end) {
    const options = {
      vars,
      clock: clock === undefined ? undefined : clockOf(clock),
      outbound,
      restore,
    };
    const { url, path } = await control.root.call("POST", "/spaces", options);
    const own = control.at(path);
    const close = () => own.call("DELETE", "");
    const closeIfOver = () => own.call("DELETE", "?unless=leaks");
    // A server that ends with its space needs not be asked for both.
    const ends = end === undefined ? { end: close, endIfOver: closeIfOver } : { end };
    return new Space({ url, control: own, sanitize, ...ends });
  }

  /** `127.0.0.1:40001`, as `partysocket` takes it. */
  get host() {
    return new URL(this.url).host;
  }

  /** Another space of the same code, which shares nothing else with this one. */
  isolate(options = {}) {
    return Space.isolate(this.#control, { outbound: "refuse", sanitize: this.#isSane, ...options });
  }

  /** Begins anew in place: empty storage, no rooms, no connections; the URL stays. */
  async reset() {
    const { errors } = await this.#control.call("POST", "/reset");
    const lines = this.#sanitizer.forget(errors);
    await this.#beginClock();
    if (this.#isSane) complain(lines);
  }

  /** A request as clients send it. */
  fetch(path, init) {
    return fetch(new URL(path, this.url), init);
  }

  room(id, { party = "main" } = {}) {
    const connect = (url, options) => this.#connect(url, options);
    return new Room({ url: this.url, control: this.#control, connect }, party, id);
  }

  /** All rooms that live or have stored something. */
  async rooms({ party } = {}) {
    const { rooms } = await this.#control.call("GET", party === undefined ? "/rooms" : `/rooms/${party}`);
    return rooms.map(({ room, ...rest }) => ({ id: room, ...rest }));
  }

  /** Runs a cron of the configuration. */
  cron(name, { time } = {}) {
    const options = time === undefined ? {} : { time: Number(time) };
    return this.#control.call("POST", `/crons/${encodeURIComponent(name)}`, options);
  }

  /** Moves the clock; what falls due on the way has run when this returns. */
  async advance(ms, { maxEvents } = {}) {
    const answer = await this.#control.call("POST", "/clock", { advance: ms, maxEvents });
    await caughtUp();
    return answer;
  }

  /** Waits until everything that was sent has been handled, and what came of it has been read here. */
  async settle({ timeout } = {}) {
    const connections = this.#sanitizer.open().map(({ traffic }) => traffic);
    const answer = await this.#control.call("POST", "/settle", { connections, timeout });
    await caughtUp();
    return answer;
  }

  /** The rooms' `fetch` comes to `handler`, until the result is stopped or the space ends. */
  outbound(handler) {
    return Outbound.open(this.#control, handler);
  }

  get faults() {
    const add = async (fault) => {
      await this.#control.call("POST", "/faults", fault);
    };
    return {
      failWrites: ({ times, room, party = room === undefined ? undefined : "main" } = {}) =>
        add({ write: "fail", times, party, room }),
      fillDisk: () => add({ write: "full" }),
      list: async () => (await this.#control.call("GET", "/faults")).faults,
      mend: async () => {
        await this.#control.call("DELETE", "/faults");
      },
    };
  }

  /** A copy of all that is stored: in memory, or in a file. */
  snapshot({ file } = {}) {
    return this.#control.call("POST", "/snapshot", file === undefined ? {} : { file });
  }

  /** Begins anew with what a snapshot has. */
  async restore(snapshot) {
    const { errors } = await this.#control.call("GET", "/leaks");
    const lines = this.#sanitizer.forget(errors);
    await this.#control.call("POST", "/restore", snapshot);
    if (this.#isSane) complain(lines);
  }

  /** Console, errors, notes, alarms and crons, the last thousand. */
  async logs(fields = {}) {
    const { logs } = await this.#control.call("GET", "/logs");
    return logs.filter((event) => has(event, fields));
  }

  /** Listens to all that happens. */
  events() {
    return Events.listen(this.#control);
  }

  /** What each room waits for, for people. */
  async why() {
    const { rooms } = await this.#control.call("GET", "/why");
    return rooms.map(explained).join("\n") || "There are no rooms";
  }

  expectError(pattern) {
    this.#sanitizer.expect(pattern);
  }

  /** Connections that are open now may stay open after the next `check`. */
  mark() {
    this.#sanitizer.mark();
  }

  /** Fails if the test has left something in disorder. What it has left open is closed. */
  async check() {
    const lines = await this.#sanitizer.complaints({ isLast: false });
    if (this.#isSane) complain(lines);
  }

  /** Checks, and ends the space. */
  async dispose() {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    let hasEnded = false;
    const end = this.#endIfOver && (async () => {
      const left = await this.#endIfOver();
      hasEnded = left.closed;
      return left;
    });
    try {
      const lines = await this.#sanitizer.complaints({ isLast: true, end });
      if (this.#isSane) complain(lines);
    } finally {
      if (!hasEnded) await this.#end();
    }
  }

  [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    return this.dispose();
  }

  async #connect(address, options) {
    const where = placeOf(new Error());
    const connection = await Connection.open(address, options);
    this.#sanitizer.add(connection, where);
    return connection;
  }
}

/** How a clock begins that stands still: now, or at the point in time that is given. */
const clockOf = (clock) => ({ freeze: clock === true ? true : Number(clock) });

/** What was written to this process before now is read: sockets that are readable come first. */
async function caughtUp() {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** The line of the test, if the stack has one. */
function placeOf({ stack = "" }) {
  const lines = stack.split("\n").slice(1);
  const line = lines.find((text) => !text.includes(__dirname) && !text.includes("node:"));
  return line === undefined ? "" : `, opened ${line.trim()}`;
}

function explained({ party, room, live, hibernates, waits }) {
  const state = live ? "is live" : hibernates ? "hibernates" : "is not live";
  const name = room == null ? "Static handlers" : `${party}/${room} ${state}`;
  const lines = waits.map(({ what, at, ms }) => `  waits for ${what}${at ? ` at ${at}` : ""}, for ${ms} ms`);
  return [name, ...lines].join("\n");
}

module.exports = { Space };
