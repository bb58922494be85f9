// @ts-check
// The crons of the project: when each is due, and run now.

import { announce, button, h, write } from "./dom.js";
import { dateTime, fromNow } from "./words.js";

export class Crons {
  /** @param {import("./link.js").Link} link */
  constructor(link) {
    this.link = link;
    this.note = h("p", { class: "aside" });
    this.rows = h("tbody");
    const heads = ["Name", "Expression (UTC)", "Next"].map((title) => h("th", { scope: "col" }, title));
    this.table = h(
      "table",
      { "aria-label": "Crons" },
      h("thead", null, h("tr", null, heads, h("th", { scope: "col" }, "Do"))),
      this.rows,
    );
    this.element = h(
      "section",
      { class: "page", "aria-labelledby": "crons-title" },
      h("h1", { id: "crons-title", tabindex: "-1" }, "Crons"),
      this.note,
      this.table,
    );
  }

  start() {
    this.#look().catch((error) => announce(error.message, true));
  }

  stop() {}

  async #look() {
    const { crons, handled, scheduled } = await this.link.ask("GET", "/crons");
    this.table.hidden = crons.length === 0;
    write(this.note, noteOf(crons, handled, scheduled));
    this.rows.replaceChildren(...crons.map(({ name, expression, next }) => {
      const run = button("Run now", () => this.#run(name));
      run.setAttribute("aria-label", `Run now: ${name}`);
      const when = next === null ? "never" : `${fromNow(next, Date.now())}, ${dateTime(next)}`;
      return h(
        "tr",
        null,
        h("th", { scope: "row" }, name),
        h("td", { class: "mono" }, expression),
        h("td", null, when),
        h("td", null, run),
      );
    }));
  }

  async #run(name) {
    const { ok, status } = await this.link.ask("POST", `/crons/${encodeURIComponent(name)}`);
    announce(
      ok ? `The cron ${name} has run` : `The cron ${name} has failed (${status}): see the errors`,
      !ok,
    );
  }
}

function noteOf(crons, isHandled, isScheduled) {
  if (crons.length === 0) return "The configuration has no crons.";
  if (!isHandled) return "The main party has no static onCron, so none of them runs.";
  return isScheduled
    ? "They run at their times."
    : "They run only when asked for; start with --cron to have them run at their times.";
}
