// @ts-check
// The requests that the server answers, while this is in view: the latest few thousand, filtered and searched. The
// server keeps none for those who come later.

import { button, h, labelled, mark, toggle, write } from "./dom.js";
import { VirtualList } from "./list.js";
import { whoOf } from "./logs.js";
import { clockTime, count, counted } from "./words.js";

const MOST = 5_000;
const STATUSES = {
  all: () => true,
  "failed (400 and above)": ({ status }) => status >= 400,
  sockets: ({ status }) => status === 101,
  "no sockets": ({ status }) => status !== 101,
};

export class Requests {
  #all = [];
  #number = 0;
  #missed = 0;
  #isInView = false;
  /** The number of the last one that may be shown. */
  #last = Infinity;
  #isDue = false;

  /** @param {import("./link.js").Link} link */
  constructor(link) {
    this.link = link;
    this.search = h("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    this.status = h(
      "select",
      null,
      Object.keys(STATUSES).map((name) => h("option", { value: name }, name)),
    );
    for (const field of [this.search, this.status]) field.addEventListener("input", () => this.#schedule());
    this.pause = toggle("Pause", (isPaused) => {
      this.#last = isPaused ? this.#number : Infinity;
      this.#schedule();
    });
    document.addEventListener("visibilitychange", () => this.#watch());
    this.total = h("p", { class: "aside" });
    this.list = new VirtualList({
      label: "Requests",
      height: 26,
      key: (request) => request.number,
      make: () =>
        h(
          "div",
          { class: "request-row" },
          h("span", { class: "when" }),
          h("span", { class: "method" }),
          h("span", { class: "status" }),
          h("span", { class: "ms" }),
          h("span", { class: "who" }),
          h("span", { class: "data" }),
        ),
      fill: fillRow,
      open: (request) => this.#look(request),
      moved: (request) => this.#look(request),
      follows: true,
      empty: "No request has been answered since you began to look.",
    });
    this.whole = h("pre", { class: "whole", tabindex: "0", "aria-label": "Chosen request" });
    this.whole.hidden = true;
    this.element = h(
      "section",
      { class: "page", "aria-labelledby": "requests-title" },
      h("h1", { id: "requests-title", tabindex: "-1" }, "Requests"),
      h(
        "div",
        { class: "bar" },
        labelled("Search", this.search),
        labelled("Show", this.status),
        this.pause,
        button("Clear", () => this.#clear()),
        this.total,
      ),
      this.list.element,
      this.whole,
    );
  }

  start() {
    this.#isInView = true;
    this.#watch();
    this.#schedule();
  }

  stop() {
    this.#isInView = false;
    this.#watch();
  }

  #watch() {
    if (this.#isInView && !document.hidden) this.link.watch((told) => this.#take(told));
    else this.link.unwatch();
  }

  #take({ requests, missed }) {
    for (const request of requests) this.#all.push({ ...request, number: ++this.#number });
    this.#missed += missed;
    // In larger steps than each request: moving thousands costs as much as moving one.
    if (this.#all.length > MOST * 1.2) this.#all.splice(0, this.#all.length - MOST);
    this.#schedule();
  }

  #schedule() {
    if (this.#isDue) return;
    this.#isDue = true;
    setTimeout(() => {
      this.#isDue = false;
      this.#show();
    }, 100);
  }

  #show() {
    const word = this.search.value.toLowerCase();
    const isWanted = STATUSES[this.status.value];
    const shown = this.#all.filter((request) =>
      request.number <= this.#last && isWanted(request) &&
      (word === "" || `${request.method} ${request.path} ${request.status}`.toLowerCase().includes(word))
    );
    this.list.set(shown);
    const missed = this.#missed > 0 ? `, ${count(this.#missed)} too fast to be shown` : "";
    write(this.total, `${counted(shown.length, "request")}${missed}`);
  }

  #clear() {
    this.#all = [];
    this.#missed = 0;
    this.list.activate(null);
    this.whole.hidden = true;
    this.#show();
  }

  #look(request) {
    this.whole.hidden = false;
    const { method, path, status, at } = request;
    const room = whoOf(request) && `, room ${whoOf(request)}`;
    write(this.whole, `${method} ${path}\n${status} in ${msOf(request)}, at ${clockTime(at)}${room}`);
  }
}

function msOf({ ms }) {
  return ms >= 100 ? `${count(Math.round(ms))} ms` : `${ms.toFixed(1)} ms`;
}

function fillRow(row, request) {
  if (row.dataset.number === String(request.number)) return;
  row.dataset.number = String(request.number);
  const [when, method, status, ms, who, path] = row.children;
  mark(row, "data-bad", request.status >= 500 ? "error" : request.status >= 400 ? "warn" : null);
  write(when, clockTime(request.at));
  write(method, request.method);
  write(status, String(request.status));
  write(ms, msOf(request));
  write(who, whoOf(request));
  write(path, request.path);
}
