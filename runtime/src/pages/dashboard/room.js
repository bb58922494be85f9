// @ts-check
// One room: how it stands, what can be done to all of it, and the tabs with its parts. Lives as long as it is looked
// at.

import { Alarm } from "./alarm.js";
import { Composer } from "./composer.js";
import { Connections } from "./connections.js";
import { asked } from "./dialog.js";
import { announce, button, h, mark, tabs, write } from "./dom.js";
import { roomPath } from "./link.js";
import { Messages } from "./messages.js";
import { RequestForm } from "./request.js";
import { STATUSES } from "./rooms.js";
import { Storage } from "./storage.js";
import { bytes, count, fromNow, rate, roomName } from "./words.js";

const FIGURES = ["Status", "Connections", "In", "Out", "Memory", "Alarm"];

export class RoomView {
  #connections = -1;

  /** @param {import("./link.js").Link} link @param {string} party @param {string} room
   * @param {{ tab: string, moved: (tab: string) => void, close: () => void }} options */
  constructor(link, party, room, { tab, moved, close }) {
    this.link = link;
    this.path = roomPath(party, room);
    this.composer = new Composer(link, party, room);
    this.messages = new Messages(link, party, room);
    this.connections = new Connections(link, party, room, {
      aim: (id) => {
        this.tabs.show("messages");
        this.composer.aimAt(id);
      },
      found: (ids) => this.composer.setConnections(ids),
    });
    this.storage = new Storage(link, party, room);
    this.alarm = new Alarm(link, party, room);
    this.request = new RequestForm(link, party, room);
    this.figures = new Map(FIGURES.map((name) => [name, h("dd", null, "–")]));
    const panel = (...parts) => h("div", { class: "panel" }, parts);
    const panels = {
      messages: panel(this.messages.element, this.composer.element),
      request: panel(this.request.element),
      connections: panel(this.connections.element),
      storage: panel(this.storage.element),
      alarm: panel(this.alarm.element),
    };
    const quietly = (promise) => promise.catch((error) => announce(error.message, true));
    this.tabs = tabs("Parts of the room", [
      { name: "messages", title: "Messages", panel: panels.messages },
      { name: "request", title: "Request", panel: panels.request },
      {
        name: "connections",
        title: "Connections",
        panel: panels.connections,
        shown: () => quietly(this.connections.look()),
      },
      { name: "storage", title: "Storage", panel: panels.storage, shown: () => quietly(this.storage.look()) },
      { name: "alarm", title: "Alarm", panel: panels.alarm },
    ], moved);
    this.title = h("h1", { tabindex: "-1", id: "room-title" }, roomName(room));
    this.element = h(
      "section",
      { class: "room", "aria-labelledby": "room-title" },
      h(
        "div",
        { class: "room-head" },
        h("div", null, h("p", { class: "aside" }, party), this.title),
        h(
          "div",
          { class: "bar" },
          button("Restart", () => this.#restart()),
          button("Evict", () => this.#evict(), "danger"),
          button("Back to the list", close),
        ),
      ),
      h(
        "dl",
        { class: "figures" },
        FIGURES.map((name) => h("div", null, h("dt", null, name), this.figures.get(name))),
      ),
      this.tabs.list,
      Object.values(panels),
    );
    this.tabs.show(tab);
    this.messages.start();
  }

  /** Shows what is known of the room now. */
  update(rooms, key) {
    const room = rooms.known.get(key);
    const set = (name, text) => write(this.figures.get(name), text);
    const status = room?.status ?? "not there";
    set("Status", status);
    mark(this.figures.get("Status"), "data-status", status);
    mark(this.figures.get("Status"), "title", STATUSES[status] ?? "it begins with its first client");
    set("Connections", room?.connections === undefined ? "–" : count(room.connections));
    set("In", `${rate(room?.in ?? 0)}/s`);
    set("Out", `${rate(room?.out ?? 0)}/s`);
    set("Memory", room?.memory ? bytes(room.memory) : "–");
    set("Alarm", room && room.alarm !== null ? fromNow(room.alarm, rooms.now) : "none");
    this.alarm.show(room, rooms.now);
    const connections = room?.connections ?? 0;
    if (connections === this.#connections) return;
    this.#connections = connections;
    // A room that nobody is connected to is not started to say so.
    if (connections > 0 || this.tabs.current() === "connections" && room) {
      this.connections.look().catch(() => {});
    }
  }

  async #restart() {
    const { restarted } = await this.link.ask("POST", `${this.path}/restart`);
    announce(
      restarted ? "The room has been restarted" : "The room is not live, so there is nothing to restart",
      !restarted,
    );
  }

  async #evict() {
    const question = {
      title: "Evict the room?",
      text:
        "Its isolate goes, with all that is only in memory, and all its sockets are closed with 1012. What is stored stays.",
      confirm: "Evict",
      isDanger: true,
    };
    if (!await asked(question)) return;
    const { evicted } = await this.link.ask("POST", `${this.path}/evict`);
    announce(
      evicted ? "The room has been evicted" : "The room is not live, so there is nothing to evict",
      !evicted,
    );
  }

  close() {
    this.messages.stop();
    this.composer.close();
  }
}
