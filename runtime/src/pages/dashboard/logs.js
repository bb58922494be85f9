// @ts-check
// What rooms and static handlers have printed, and what was said about them: the latest thousand, filtered and
// searched. Asked for while they are in view.

import { button, h, labelled, mark, toggle, write } from "./dom.js";
import { VirtualList } from "./list.js";
import { clockTime, counted, oneLine } from "./words.js";

const PERIOD_MS = 500;
const MOST = 5_000;
const LEVELS = {
  all: () => true,
  "warnings and errors": isBad,
  console: ({ event }) => event === "console",
  "alarms and crons": ({ event }) => event === "alarm" || event === "cron",
};

function isBad({ event, level }) {
  return event === "error" || level === "warn" || level === "error";
}

export class Logs {
  #all = [];
  #next = 0;
  #number = 0;
  #timer = 0;
  #isPaused = false;
  #isAsking = false;

  /** @param {import("./link.js").Link} link */
  constructor(link) {
    this.link = link;
    this.search = h("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    this.room = h("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    this.level = h("select", null, Object.keys(LEVELS).map((name) => h("option", { value: name }, name)));
    for (const field of [this.search, this.room, this.level]) {
      field.addEventListener("input", () => this.#show());
    }
    this.pause = toggle("Pause", (isPaused) => {
      this.#isPaused = isPaused;
    });
    this.total = h("p", { class: "aside" });
    this.list = new VirtualList({
      label: "Logs",
      height: 26,
      key: (entry) => entry.number,
      make: () =>
        h(
          "div",
          { class: "log-row" },
          h("span", { class: "when" }),
          h("span", { class: "level" }),
          h("span", { class: "who" }),
          h("span", { class: "data" }),
        ),
      fill: fillRow,
      open: (entry) => this.#look(entry),
      moved: (entry) => this.#look(entry),
      follows: true,
      empty: "Nothing has been printed since the dashboard was opened.",
    });
    this.whole = h("pre", { class: "whole", tabindex: "0", "aria-label": "Chosen entry" });
    this.whole.hidden = true;
    this.element = h(
      "section",
      { class: "page", "aria-labelledby": "logs-title" },
      h("h1", { id: "logs-title", tabindex: "-1" }, "Logs"),
      h(
        "div",
        { class: "bar" },
        labelled("Search", this.search),
        labelled("Room", this.room),
        labelled("Show", this.level),
        this.pause,
        button("Forget", () => this.#forget()),
        this.total,
      ),
      this.list.element,
      this.whole,
    );
  }

  start() {
    this.#timer = setInterval(() => this.look(), PERIOD_MS);
    this.look();
  }

  stop() {
    clearInterval(this.#timer);
  }

  async look() {
    if (this.#isAsking || this.#isPaused || document.hidden || !this.link.isOpen) return;
    this.#isAsking = true;
    try {
      const { logs, next } = await this.link.ask("GET", `/logs?since=${this.#next}`);
      // A server that was started anew counts from nothing.
      this.#next = next;
      for (const entry of logs) this.#all.push({ ...entry, number: ++this.#number, line: lineOf(entry) });
      if (this.#all.length > MOST) this.#all.splice(0, this.#all.length - MOST);
      if (logs.length > 0) this.#show();
    } catch {
      // The head of the page says that there is no connection.
    } finally {
      this.#isAsking = false;
    }
  }

  #show() {
    const word = this.search.value.toLowerCase();
    const room = this.room.value.toLowerCase();
    const isWanted = LEVELS[this.level.value];
    const shown = this.#all.filter((entry) =>
      isWanted(entry) &&
      (word === "" || entry.line.toLowerCase().includes(word) ||
        (entry.text ?? "").toLowerCase().includes(word)) &&
      (room === "" || whoOf(entry).toLowerCase().includes(room))
    );
    this.list.set(shown);
    write(this.total, `${shown.length === 1 ? "1 entry" : counted(shown.length, "entrie")}`);
  }

  async #forget() {
    await this.link.ask("DELETE", "/logs");
    this.#all = [];
    this.list.activate(null);
    this.whole.hidden = true;
    this.#show();
  }

  #look(entry) {
    this.whole.hidden = false;
    const text = entry.context ? `${entry.context}\n${entry.text}` : entry.text ?? entry.line;
    write(this.whole, entry.frame ? `${text}\n\n${entry.place}\n${entry.frame}` : text);
  }
}

/** Which room an event is of. */
export function whoOf({ party, room }) {
  if (room === undefined) return "";
  return party === "main" ? room : `${party}/${room}`;
}

function lineOf(entry) {
  switch (entry.event) {
    case "alarm":
      return `alarm ran for ${Math.round(entry.ms)} ms${entry.retry ? ", and will be tried again" : ""}`;
    case "cron":
      return `cron ${entry.name} (${entry.expression}): ${entry.status}, ${Math.round(entry.ms)} ms`;
    case "error":
      return oneLine(`${entry.context ?? "Error"}: ${entry.text}`, 500);
    default:
      return oneLine(entry.text ?? "", 500);
  }
}

function fillRow(row, entry) {
  if (row.dataset.number === String(entry.number)) return;
  row.dataset.number = String(entry.number);
  const [when, level, who, data] = row.children;
  const name = entry.event === "console" ? entry.level : entry.event;
  mark(row, "data-bad", isBad(entry) ? (entry.level === "warn" ? "warn" : "error") : null);
  write(when, clockTime(entry.time));
  write(level, name);
  write(who, whoOf(entry));
  write(data, entry.line);
}
