// @ts-check
// The connections of a room, with their state and tags: sent to, and closed. Looked at when that is asked for, and
// whenever their number changes.

import { announce, button, h, labelled, newId, write } from "./dom.js";
import { asked } from "./dialog.js";
import { roomPath } from "./link.js";
import { brief } from "./values.js";
import { counted } from "./words.js";

const MOST = 200;

export class Connections {
  #all = [];

  /** @param {import("./link.js").Link} link @param {string} party @param {string} room
   * @param {{ aim: (id: string) => void, found: (ids: string[]) => void }} options */
  constructor(link, party, room, { aim, found }) {
    this.link = link;
    this.path = roomPath(party, room, "/connections");
    this.aim = aim;
    this.found = found;
    this.search = h("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    this.search.addEventListener("input", () => this.#show());
    this.total = h("p", { class: "aside" });
    this.rows = h("tbody");
    const heads = ["Id", "Do", "Tags", "State", "Hibernates", "URI"].map((title) =>
      h("th", { scope: "col" }, title)
    );
    const caption = newId("caption");
    this.element = h(
      "div",
      { class: "connections" },
      h(
        "div",
        { class: "bar" },
        labelled("Search", this.search),
        button("Look again", () => this.look()),
        this.total,
      ),
      h(
        "div",
        { class: "scroll", tabindex: "0", role: "region", "aria-labelledby": caption },
        h(
          "table",
          null,
          h("caption", { id: caption, class: "hidden" }, "Connections"),
          h("thead", null, h("tr", null, heads)),
          this.rows,
        ),
      ),
    );
  }

  async look() {
    const { connections } = await this.link.ask("GET", this.path);
    this.#all = connections;
    this.found(connections.map(({ id }) => id));
    this.#show();
  }

  #show() {
    const word = this.search.value.toLowerCase();
    const texts = (one) => [one.id, one.uri, ...one.tags, brief(one.state)];
    const wanted = this.#all.filter((one) => texts(one).some((text) => text.toLowerCase().includes(word)));
    const cut = wanted.length > MOST ? `, the first ${MOST} are shown: search for others` : "";
    write(this.total, `${counted(wanted.length, "connection")}${cut}`);
    const focused = /** @type {any} */ (document.activeElement)?.dataset?.act;
    const rows = wanted.slice(0, MOST).map((one) => this.#row(one));
    this.rows.replaceChildren(...rows);
    if (focused) this.rows.querySelector(`[data-act="${CSS.escape(focused)}"]`)?.focus();
  }

  #row(one) {
    const named = (element, act) => {
      element.dataset.act = `${act} ${one.id}`;
      element.setAttribute("aria-label", `${element.textContent} ${one.id}`);
      return element;
    };
    return h(
      "tr",
      null,
      h("th", { scope: "row", class: "mono" }, one.id),
      h(
        "td",
        null,
        h(
          "div",
          { class: "bar tight" },
          named(button("Send to", () => this.aim(one.id)), "send"),
          named(button("Close", () => this.#close(one.id)), "close"),
        ),
      ),
      h("td", null, one.tags.join(", ")),
      h("td", { class: "mono", title: brief(one.state, 4_000) }, brief(one.state)),
      h("td", null, one.hibernates ? "yes" : "no"),
      h("td", { class: "mono uri", title: one.uri }, one.uri ?? ""),
    );
  }

  async #close(id) {
    const code = h("input", { type: "number", min: "1000", max: "4999", value: "1000", required: true });
    const reason = h("input", { type: "text", maxlength: "123" });
    const answer = await asked({
      title: `Close ${id}?`,
      text: "The client gets this code and reason; partysocket connects again.",
      confirm: "Close it",
      isDanger: true,
      content: [labelled("Code", code), labelled("Reason", reason)],
      read: () => ({ code: Number(code.value), reason: reason.value }),
    });
    if (answer === null) return;
    await this.link.ask("POST", `${this.path}/${encodeURIComponent(id)}/close`, answer);
    announce(`Closed ${id}`);
    await this.look();
  }
}
