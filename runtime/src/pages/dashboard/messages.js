// @ts-check
// The messages of a room as they pass, both ways: the latest few thousand, paused, filtered and searched. What came
// too fast to be shown is counted.

import { button, h, labelled, mark, toggle, write } from "./dom.js";
import { VirtualList } from "./list.js";
import { bytes, clockTime, count, counted, hex, oneLine } from "./words.js";

const MOST = 5_000;
const WAYS = { in: "from clients", out: "from the room" };

export class Messages {
  #all = [];
  #shown = [];
  #number = 0;
  #missed = 0;
  #isPaused = false;
  #isDue = false;

  /** @param {import("./link.js").Link} link @param {string} party @param {string} room */
  constructor(link, party, room) {
    this.link = link;
    this.place = [party, room];
    this.search = h("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    this.way = h(
      "select",
      null,
      h("option", { value: "" }, "both ways"),
      Object.entries(WAYS).map(([value, text]) => h("option", { value }, text)),
    );
    this.kind = h(
      "select",
      null,
      ["all", "json", "text", "binary"].map((kind) =>
        h("option", { value: kind === "all" ? "" : kind }, kind)
      ),
    );
    for (const field of [this.search, this.way, this.kind]) {
      field.addEventListener("input", () => this.#filter());
    }
    this.pause = toggle("Pause", (isPaused) => {
      this.#isPaused = isPaused;
      this.#schedule();
    });
    this.total = h("p", { class: "aside" });
    this.list = new VirtualList({
      label: "Messages",
      height: 28,
      key: (message) => message.number,
      make: () =>
        h(
          "div",
          { class: "message-row" },
          h("span", { class: "way" }),
          h("span", { class: "when" }),
          h("span", { class: "who" }),
          h("span", { class: "data" }),
          h("span", { class: "size" }),
        ),
      fill: fillRow,
      open: (message) => this.#look(message),
      moved: (message) => this.#look(message),
      follows: true,
      empty: "Nothing has passed since you began to look.",
    });
    this.whole = h("pre", { class: "whole", tabindex: "0", "aria-label": "Chosen message" });
    this.whole.hidden = true;
    this.element = h(
      "div",
      { class: "messages" },
      h(
        "div",
        { class: "bar" },
        labelled("Search", this.search),
        labelled("Show", this.way),
        labelled("Kind", this.kind),
        this.pause,
        button("Clear", () => this.#clear()),
        this.total,
      ),
      this.list.element,
      this.whole,
    );
  }

  start() {
    this.link.tap(this.place, (told) => this.#take(told));
    this.#schedule();
  }

  stop() {
    this.link.untap();
  }

  #take({ messages, missed }) {
    for (const told of messages) {
      const message = {
        ...told,
        number: ++this.#number,
        kind: kindOf(told),
        way: told.from === undefined ? "out" : "in",
      };
      message.line = told.text === undefined ? hex(told.base64, 64) : oneLine(told.text);
      message.who = message.way === "in" ? told.from : told.to ?? `all (${count(told.many)})`;
      this.#all.push(message);
      if (!this.#isPaused && this.#isWanted(message)) this.#shown.push(message);
    }
    this.#missed += missed;
    // In larger steps than each message: moving thousands costs as much as moving one.
    if (this.#all.length > MOST * 1.2) this.#all.splice(0, this.#all.length - MOST);
    if (!this.#isPaused && this.#shown.length > MOST * 1.2) this.#shown.splice(0, this.#shown.length - MOST);
    this.#schedule();
  }

  #isWanted(message) {
    const way = this.way.value;
    const kind = this.kind.value;
    const word = this.search.value.toLowerCase();
    return (way === "" || message.way === way) &&
      (kind === "" || message.kind === kind || (kind === "text" && message.kind === "json")) &&
      (word === "" || message.who.toLowerCase().includes(word) ||
        (message.text ?? message.line).toLowerCase().includes(word));
  }

  #filter() {
    this.#shown = this.#all.filter((message) => this.#isWanted(message));
    this.#schedule();
  }

  #clear() {
    this.#all = [];
    this.#shown = [];
    this.#missed = 0;
    this.list.activate(null);
    this.whole.hidden = true;
    this.#schedule();
  }

  #schedule() {
    if (this.#isDue) return;
    this.#isDue = true;
    setTimeout(() => {
      this.#isDue = false;
      if (!this.#isPaused && this.#shown.length === 0 && this.#all.length > 0) this.#filter();
      this.list.set(this.#shown);
      const missed = this.#missed > 0 ? `, ${count(this.#missed)} too fast to be shown` : "";
      const paused = this.#isPaused ? ", paused" : "";
      write(this.total, `${counted(this.#shown.length, "message")}${missed}${paused}`);
    }, 100);
  }

  #look(message) {
    this.whole.hidden = false;
    const cut = message.text === undefined ? 0 : message.size - new TextEncoder().encode(message.text).length;
    const note = cut > 0 ? `\n… ${bytes(cut)} more` : "";
    write(this.whole, wholeOf(message) + note);
  }
}

function kindOf({ text }) {
  if (text === undefined) return "binary";
  if (!/^\s*[[{"]/.test(text)) return "text";
  try {
    JSON.parse(text);
    return "json";
  } catch {
    return "text";
  }
}

function wholeOf(message) {
  if (message.kind === "binary") return hex(message.base64, 16_384);
  if (message.kind === "json") return JSON.stringify(JSON.parse(message.text), null, 2);
  return message.text;
}

function fillRow(row, message) {
  if (row.dataset.number === String(message.number)) return;
  row.dataset.number = String(message.number);
  const [way, when, who, data, size] = row.children;
  mark(row, "data-way", message.way);
  write(way, message.way);
  write(when, clockTime(message.at));
  write(who, message.who);
  write(data, message.line);
  mark(data, "data-kind", message.kind);
  write(size, bytes(message.size));
}
