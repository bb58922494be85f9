// @ts-check
// The alarm of a room: when it is due, run now, set, cancelled.

import { announce, button, h, labelled, write } from "./dom.js";
import { roomPath } from "./link.js";
import { dateTime, fromNow } from "./words.js";

export class Alarm {
  /** @param {import("./link.js").Link} link @param {string} party @param {string} room */
  constructor(link, party, room) {
    this.link = link;
    this.path = roomPath(party, room, "/alarm");
    this.due = h("p", null, "");
    this.at = h("input", { type: "datetime-local", step: "1", required: true });
    this.run = button("Run now", () => this.#run(), "main");
    this.cancel = button("Cancel it", () => this.#cancel());
    this.element = h(
      "div",
      { class: "alarm" },
      this.due,
      h("div", { class: "bar" }, this.run, this.cancel),
      h("div", { class: "bar" }, labelled("Time", this.at), button("Set", () => this.#set())),
    );
  }

  /** @param {import("./rooms.js").Room | undefined} room @param {number} now */
  show(room, now) {
    const at = room?.alarm ?? null;
    write(this.due, at === null ? "No alarm is set." : `Due ${fromNow(at, now)}, at ${dateTime(at)}.`);
  }

  async #run() {
    const { ran, retry } = await this.link.ask("POST", `${this.path}/run`);
    if (!ran) announce("No alarm is set, so there is nothing to run", true);
    else {announce(
        retry ? "The handler has thrown, and will be tried again: see the errors" : "The handler has run",
        retry,
      );}
  }

  async #set() {
    const at = new Date(this.at.value).getTime();
    if (Number.isNaN(at)) throw new Error("Choose a time first");
    await this.link.ask("PUT", this.path, { at });
    announce(`The alarm is set to ${dateTime(at)}`);
  }

  async #cancel() {
    await this.link.ask("DELETE", this.path);
    announce("The alarm is cancelled");
  }
}
