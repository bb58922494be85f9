// The clock of a space. Owns nothing but the calls: the time is the server's.
"use strict";

class Clock {
  #set;

  /** `set` sends what is asked for, and nothing to read the clock. */
  constructor(set) {
    this.#set = set;
  }

  /** What it shows. */
  async now() {
    return (await this.#set()).now;
  }

  async isFrozen() {
    return (await this.#set()).frozen;
  }

  /** Stands still, at the time it shows or at another. */
  async freeze(at) {
    return (await this.#set({ freeze: at === undefined ? true : Number(at) })).now;
  }

  /** Shows a time that is not before the one it shows. */
  async set(at) {
    return (await this.#set({ set: Number(at) })).now;
  }

  /** Follows the system's clock again. */
  async resume() {
    return (await this.#set({ resume: true })).now;
  }
}

module.exports = { Clock };
