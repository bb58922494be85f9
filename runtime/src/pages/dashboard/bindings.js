// @ts-check
// The project: what it is bound to. Values of variables are not shown, as they may be secrets.

import { announce, h } from "./dom.js";

export class Bindings {
  /** @param {import("./link.js").Link} link */
  constructor(link) {
    this.link = link;
    this.list = h("dl", { class: "pairs" });
    this.element = h(
      "section",
      { class: "page", "aria-labelledby": "project-title" },
      h("h1", { id: "project-title", tabindex: "-1" }, "Project"),
      this.list,
    );
  }

  start() {
    this.#look().catch((error) => announce(error.message, true));
  }

  stop() {}

  async #look() {
    const [server, bound] = await Promise.all([this.link.ask("GET", "/"), this.link.ask("GET", "/bindings")]);
    const names = (list) => list.length === 0 ? "none" : list.join(", ");
    const vectors = Object.entries(bound.vectorize).map(([name, { dimensions, metric }]) =>
      `${name} (${dimensions}, ${metric})`
    );
    const pairs = [
      ["Name", server.name],
      ["Version of partyrun", server.version],
      ["Process", String(server.pid)],
      ["Parties", names(server.parties)],
      ["Variables (room.env)", names(bound.vars)],
      ["Key-value namespaces", names(bound.kv)],
      ["Object buckets", names(bound.r2)],
      ["Vector indexes", names(vectors)],
      ["Models (context.ai)", bound.ai ? "yes" : "none"],
    ];
    this.list.replaceChildren(
      ...pairs.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))),
    );
  }
}
