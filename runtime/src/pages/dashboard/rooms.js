// @ts-check
// The list of rooms, live: asked for every second while somebody looks. Owns what is known of each room.

import { button, h, labelled, mark, write } from "./dom.js";
import { VirtualList } from "./list.js";
import { bytes, count, counted, fromNow, rate, roomName } from "./words.js";

/** @typedef {{ party: string, room: string, status: string, alarm: number | null, connections?: number,
 *   heard?: number, said?: number, memory?: number, key: string, name: string, in: number, out: number }} Room */

const PERIOD_MS = 1_000;
/** What each status means, for whoever hovers and for screen readers. */
export const STATUSES = {
  awake: "its code is in memory",
  asleep: "it hibernates, its sockets are open",
  waiting: "events wait for onStart or blockConcurrencyWhile",
  busy: "it computes or starts, and does not answer",
  stored: "nothing runs, it has something stored",
};
const ORDERS = {
  name: (a, b) => a.name.localeCompare(b.name, "en", { numeric: true }) || a.party.localeCompare(b.party),
  messages: (a, b) => b.in + b.out - (a.in + a.out) || ORDERS.name(a, b),
  connections: (a, b) => (b.connections ?? 0) - (a.connections ?? 0) || ORDERS.name(a, b),
  memory: (a, b) => (b.memory ?? 0) - (a.memory ?? 0) || ORDERS.name(a, b),
  alarm: (a, b) => (a.alarm ?? Infinity) - (b.alarm ?? Infinity) || ORDERS.name(a, b),
};

/** The key of a room, also in the page's address. */
export function keyOf(party, room) {
  return `${encodeURIComponent(party)}/${room}`;
}

export class Rooms {
  /** @type {Map<string, Room>} */
  known = new Map();
  now = Date.now();
  #timer = 0;
  #isAsking = false;
  #askedAt = 0;
  /** @type {((rooms: Rooms) => void)[]} */
  #listeners = [];

  /** @param {import("./link.js").Link} link @param {{ open: (party: string, room: string) => void }} options */
  constructor(link, { open }) {
    this.link = link;
    this.search = h("input", {
      type: "search",
      placeholder: "Name",
      autocomplete: "off",
      spellcheck: "false",
    });
    this.order = h(
      "select",
      null,
      h("option", { value: "name" }, "name"),
      h("option", { value: "messages" }, "messages"),
      h("option", { value: "connections" }, "connections"),
      h("option", { value: "memory" }, "memory"),
      h("option", { value: "alarm" }, "next alarm"),
    );
    this.status = h(
      "select",
      null,
      h("option", { value: "" }, "all"),
      h("option", { value: "live" }, "live"),
      Object.keys(STATUSES).map((status) => h("option", { value: status }, status)),
    );
    for (const field of [this.search, this.order, this.status]) {
      field.addEventListener("input", () => this.#show());
    }
    this.total = h("p", { class: "total" });
    this.name = h("input", { type: "text", autocomplete: "off", spellcheck: "false" });
    this.party = h("select", null);
    this.list = new VirtualList({
      label: "Rooms",
      height: 44,
      key: (room) => room.key,
      make: makeRow,
      fill: (row, room) => fillRow(row, room, this.now),
      open: (room) => open(room.party, room.room),
      empty: "No room is live or has anything stored. One begins with its first client.",
    });
    const go = h(
      "form",
      { class: "bar" },
      labelled("Open a room", this.name),
      labelled("Party", this.party),
      button("Open", () => go.requestSubmit()),
    );
    go.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.name.value !== "") open(this.party.value, encodeURIComponent(this.name.value));
    });
    this.element = h(
      "section",
      { class: "side", "aria-labelledby": "rooms-title" },
      h("div", { class: "side-head" }, h("h1", { id: "rooms-title" }, "Rooms"), this.total),
      h(
        "div",
        { class: "bar" },
        labelled("Search", this.search),
        labelled("Order by", this.order),
        labelled("Status", this.status),
      ),
      this.list.element,
      go,
    );
  }

  /** Calls `listener` whenever rooms have been looked at. */
  listen(listener) {
    this.#listeners.push(listener);
  }

  setParties(parties) {
    if (this.party.children.length === parties.length) return;
    this.party.replaceChildren(...parties.map((party) => h("option", { value: party }, party)));
    this.party.parentElement.hidden = parties.length < 2;
  }

  start() {
    this.stop();
    this.#timer = setInterval(() => this.look(), PERIOD_MS);
    this.look();
  }

  stop() {
    clearInterval(this.#timer);
  }

  async look() {
    // A server that is slow to answer is not asked twice, a page that nobody sees asks nothing.
    if (this.#isAsking || document.hidden || !this.link.isOpen) return;
    this.#isAsking = true;
    try {
      this.#take(await this.link.ask("GET", "/figures"));
    } catch {
      // The next look tells, or the head of the page does.
    } finally {
      this.#isAsking = false;
    }
  }

  #take({ now, rooms }) {
    const at = performance.now();
    const seconds = (at - this.#askedAt) / 1000;
    this.#askedAt = at;
    this.now = now;
    const before = this.known;
    this.known = new Map();
    for (const room of rooms) {
      room.key = keyOf(room.party, room.room);
      room.name = roomName(room.room);
      const was = before.get(room.key);
      // A room that has begun anew counts from nothing.
      const since = (name) => Math.max((room[name] ?? 0) - (was?.[name] ?? room[name] ?? 0), 0) / seconds;
      const isCounted = room.heard !== undefined;
      room.in = isCounted ? since("heard") : was?.in ?? 0;
      room.out = isCounted ? since("said") : was?.out ?? 0;
      if (!isCounted && was && room.status === "busy") {
        for (const name of ["connections", "heard", "said", "memory"]) room[name] = was[name];
      }
      this.known.set(room.key, room);
    }
    this.#show();
    for (const listener of this.#listeners) listener(this);
  }

  #show() {
    const word = this.search.value.toLowerCase();
    const status = this.status.value;
    const isShown = (room) =>
      room.name.toLowerCase().includes(word) &&
      (status === "" || (status === "live" ? room.status !== "stored" : room.status === status));
    const all = [...this.known.values()];
    const shown = all.filter(isShown).sort(ORDERS[this.order.value]);
    this.list.set(shown);
    const live = all.filter(({ status }) => status !== "stored").length;
    const of = shown.length === all.length ? "" : `${count(shown.length)} of `;
    write(this.total, `${of}${counted(all.length, "room")}, ${count(live)} live`);
  }
}

function makeRow() {
  const cell = (name) => h("span", { class: name });
  return h(
    "div",
    { class: "room-row" },
    h("span", { class: "dot" }),
    cell("name"),
    cell("what"),
    cell("sockets"),
    cell("rate"),
    cell("memory"),
  );
}

function fillRow(row, room, now) {
  const [dot, name, what, sockets, messages, memory] = row.children;
  mark(dot, "data-status", room.status);
  write(name, room.name);
  const party = room.party === "main" ? "" : `${room.party} · `;
  const alarm = room.alarm === null ? "" : ` · alarm ${fromNow(room.alarm, now)}`;
  write(what, `${party}${room.status}${alarm}`);
  write(sockets, room.connections ? counted(room.connections, "socket") : "");
  const total = room.in + room.out;
  write(messages, total > 0 ? `${rate(total)} messages/s` : "");
  write(memory, room.memory ? bytes(room.memory) : "");
}
