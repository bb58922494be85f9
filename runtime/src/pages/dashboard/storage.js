// @ts-check
// What a room has stored: browsed by key, edited as JSON with the forms of structured values, exported and imported.

import { announce, button, h, labelled, write } from "./dom.js";
import { asked } from "./dialog.js";
import { roomPath } from "./link.js";
import { VirtualList } from "./list.js";
import { brief, checked, FORMS, kindOf, pretty } from "./values.js";
import { count, counted } from "./words.js";

/** Entries that are asked for at once. */
const PAGE = 200;
/** Entries that are written at once. */
const BATCH = 128;

export class Storage {
  /** @type {[string, any][]} */
  #entries = [];
  #hasMore = false;
  /** @type {string | null} */
  #key = null;

  /** @param {import("./link.js").Link} link @param {string} party @param {string} room */
  constructor(link, party, room) {
    this.link = link;
    this.place = { party, room };
    this.path = roomPath(party, room, "/storage");
    this.prefix = h("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    let timer = 0;
    this.prefix.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.look().catch((error) => announce(error.message, true)), 200);
    });
    this.total = h("p", { class: "aside" });
    this.more = button("More", () => this.#more());
    this.list = new VirtualList({
      label: "Stored entries",
      height: 28,
      key: ([key]) => key,
      make: () =>
        h(
          "div",
          { class: "entry-row" },
          h("span", { class: "key" }),
          h("span", { class: "kind" }),
          h("span", { class: "data" }),
        ),
      fill: (row, [key, value]) => {
        const [name, kind, data] = row.children;
        write(name, key === "" ? "(empty key)" : key);
        write(kind, kindOf(value));
        write(data, brief(value));
      },
      open: (entry) => {
        this.#edit(entry);
        this.value.focus();
      },
      empty: "Nothing is stored here.",
    });
    this.name = h("input", { type: "text", class: "mono", autocomplete: "off", spellcheck: "false" });
    this.value = h("textarea", { class: "mono", rows: "10", spellcheck: "false" });
    this.problem = h("p", { class: "bad", role: "alert" });
    this.remove = button("Delete", () => this.#remove());
    const forms = FORMS.map(([value, form]) =>
      h("tr", null, h("td", { class: "mono" }, value), h("td", { class: "mono" }, form))
    );
    this.file = h("input", {
      type: "file",
      accept: ".json,application/json",
      class: "hidden",
      tabindex: "-1",
      "aria-label": "File to import",
    });
    this.file.addEventListener(
      "change",
      () => this.#import().catch((error) => announce(error.message, true)),
    );
    this.element = h(
      "div",
      { class: "storage" },
      h(
        "div",
        { class: "bar" },
        labelled("Keys that begin with", this.prefix),
        button("Look again", () => this.look()),
        button("New entry", () => this.#begin()),
        button("Export", () => this.#export()),
        button("Import", () => this.file.click()),
        button("Delete all", () => this.#clear(), "danger"),
        this.file,
        this.total,
      ),
      h(
        "div",
        { class: "split" },
        h("div", { class: "column" }, this.list.element, this.more),
        h(
          "div",
          { class: "column" },
          labelled("Key", this.name),
          labelled("Value, as JSON (Ctrl+S saves)", this.value),
          this.problem,
          h("div", { class: "bar" }, button("Save", () => this.#save(), "main"), this.remove),
          h(
            "details",
            null,
            h("summary", null, "Values that JSON has not"),
            h(
              "table",
              null,
              h(
                "thead",
                null,
                h("tr", null, h("th", { scope: "col" }, "Value"), h("th", { scope: "col" }, "As JSON")),
              ),
              h("tbody", null, forms),
            ),
          ),
        ),
      ),
    );
    this.value.addEventListener("keydown", (event) => {
      if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.#save().catch((error) => announce(error.message, true));
    });
    this.more.hidden = true;
  }

  async look() {
    this.#entries = await this.#page();
    this.#show();
    const kept = this.#entries.find(([key]) => key === this.#key);
    if (kept && this.value.value === "") this.#edit(kept);
  }

  async #more() {
    const last = this.#entries.at(-1)?.[0];
    this.#entries.push(...await this.#page(last));
    this.#show();
  }

  /** The entries after a key, or the first ones. */
  async #page(after, prefix = this.prefix.value) {
    const query = new URLSearchParams({ limit: String(PAGE) });
    if (prefix !== "") query.set("prefix", prefix);
    if (after !== undefined) query.set("startAfter", after);
    const { entries } = await this.link.ask("GET", `${this.path}?${query}`);
    this.#hasMore = entries.length === PAGE;
    return entries;
  }

  #show() {
    this.list.set(this.#entries);
    const more = this.#hasMore ? "the first " : "";
    write(
      this.total,
      `${more}${count(this.#entries.length)} ${this.#entries.length === 1 ? "entry" : "entries"}`,
    );
    this.more.hidden = !this.#hasMore;
  }

  #edit([key, value]) {
    this.#key = key;
    this.name.value = key;
    this.value.value = pretty(value);
    write(this.problem, "");
  }

  #begin() {
    this.#key = null;
    this.list.activate(null);
    this.name.value = "";
    this.value.value = "";
    write(this.problem, "");
    this.name.focus();
  }

  async #save() {
    write(this.problem, "");
    const key = this.name.value;
    try {
      await this.link.ask("PUT", `${this.path}/${encodeURIComponent(key)}`, checked(this.value.value));
    } catch (error) {
      return write(this.problem, error.message);
    }
    this.#key = key;
    await this.look();
    this.list.activate(key);
    announce(`Saved ${key}`);
  }

  async #remove() {
    const key = this.name.value;
    if (!await asked({ title: `Delete ${key}?`, confirm: "Delete", isDanger: true })) return;
    const { deleted } = await this.link.ask("DELETE", `${this.path}/${encodeURIComponent(key)}`);
    announce(deleted ? `Deleted ${key}` : `There was nothing under ${key}`);
    if (deleted) this.#begin();
    await this.look();
  }

  async #clear() {
    const { party, room } = this.place;
    const question = {
      title: "Delete everything that is stored?",
      text: `All entries of ${party}/${room} are lost. Export them first if you may want them back.`,
      confirm: "Delete all",
      isDanger: true,
    };
    if (!await asked(question)) return;
    await this.link.ask("DELETE", this.path);
    this.#begin();
    await this.look();
    announce("Deleted everything");
  }

  async #export() {
    const entries = [];
    const hadMore = this.#hasMore;
    for (let page = await this.#page(undefined, ""); page.length > 0;) {
      entries.push(...page);
      page = this.#hasMore ? await this.#page(page.at(-1)[0], "") : [];
    }
    this.#hasMore = hadMore;
    const { party, room } = this.place;
    const text = JSON.stringify({ party, room, entries }, null, 2);
    const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    const link = h("a", { href: url, download: `${party}-${room}.json`.replace(/[^\w.%-]/g, "_") });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    announce(`Exported ${counted(entries.length, "value")}`);
  }

  async #import() {
    const file = this.file.files[0];
    if (!file) return;
    const text = await file.text();
    this.file.value = "";
    const { entries } = JSON.parse(checked(text));
    const isEntry = (entry) => Array.isArray(entry) && entry.length === 2 && typeof entry[0] === "string";
    if (!Array.isArray(entries) || !entries.every(isEntry)) {
      throw new Error('The file has no "entries": [[key, value], ...], as an export has');
    }
    const question = {
      title: `Import ${counted(entries.length, "value")}?`,
      text: "Values under the same keys are overwritten, others stay.",
      confirm: "Import",
    };
    if (!await asked(question)) return;
    for (let at = 0; at < entries.length; at += BATCH) {
      await this.link.ask("PUT", this.path, { entries: entries.slice(at, at + BATCH) });
    }
    await this.look();
    announce(`Imported ${counted(entries.length, "value")}`);
  }
}
