// @ts-check
// The last errors of user code, with their stacks and the lines of code around their places: those from before the dashboard was opened too.

import { button, h } from "./dom.js";
import { whoOf } from "./logs.js";
import { dateTime } from "./words.js";

const MOST = 50;

export class Errors {
  #shown = "";

  /** @param {import("./link.js").Link} link */
  constructor(link) {
    this.link = link;
    this.list = h("div", { class: "errors" });
    this.element = h(
      "section",
      { class: "page", "aria-labelledby": "errors-title" },
      h("h1", { id: "errors-title", tabindex: "-1" }, "Last errors"),
      h("div", { class: "bar" }, button("Look again", () => this.#look())),
      this.list,
    );
  }

  start() {
    this.timer = setInterval(() => this.#look().catch(() => {}), 2_000);
    this.#look().catch(() => {});
  }

  stop() {
    clearInterval(this.timer);
  }

  async #look() {
    if (document.hidden || !this.link.isOpen) return;
    const { logs } = await this.link.ask("GET", "/logs?event=error");
    const latest = logs.slice(-MOST).reverse();
    const key = JSON.stringify(latest);
    if (key === this.#shown) return;
    this.#shown = key;
    const articles = latest.map((error) =>
      h(
        "article",
        { class: "error" },
        h(
          "h2",
          null,
          error.context ?? "Error",
          whoOf(error) && h("span", { class: "aside" }, ` in ${whoOf(error)}`),
        ),
        h("p", { class: "aside" }, dateTime(error.time)),
        h("pre", { tabindex: "0", "aria-label": "Stack" }, error.text),
        error.frame && h("h3", { class: "mono" }, error.place),
        error.frame && h("pre", { tabindex: "0", "aria-label": "Code", class: "frame" }, marked(error.frame)),
      )
    );
    this.list.replaceChildren(
      ...articles.length > 0 ? articles : [h("p", { class: "empty" }, "No error has been thrown.")],
    );
  }
}

/** The lines of a frame, that which it is about marked. */
function marked(frame) {
  return frame.split("\n").flatMap((line, at) => [
    at === 0 ? "" : "\n",
    line.startsWith(">") ? h("mark", null, line) : line,
  ]);
}
