// @ts-check
// A list of which only the rows in view are elements, so that it may have any number: rows of one height, moved
// through with the keys of a listbox. Rows keep their elements as long as their keys stay in view.

import { h, mark, newId } from "./dom.js";

const MARGIN = 6;

export class VirtualList {
  #items = [];
  #rows = new Map();
  #active = -1;
  #isDue = false;
  #isAtEnd = true;

  /**
   * @param {{ label: string, height: number, key: (item: any, at: number) => string | number,
   *   make: () => HTMLElement, fill: (row: HTMLElement, item: any) => void, open?: (item: any) => void,
   *   moved?: (item: any) => void, follows?: boolean, empty?: string }} options
   */
  constructor(options) {
    this.options = options;
    this.id = newId("list");
    this.activeKey = null;
    this.space = h("div", { class: "space", role: "none" });
    this.note = h("p", { class: "empty", hidden: true }, options.empty ?? "");
    this.box = h(
      "div",
      { role: "listbox", tabindex: "0", "aria-label": options.label, class: "list" },
      this.space,
    );
    this.element = h("div", { class: "list-frame" }, this.box, this.note);
    this.box.addEventListener("scroll", () => {
      const { scrollTop, scrollHeight, clientHeight } = this.box;
      this.#isAtEnd = scrollTop + clientHeight >= scrollHeight - options.height;
      this.#schedule();
    }, { passive: true });
    this.box.addEventListener("keydown", (event) => this.#press(event));
    this.box.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (!row) return;
      this.moveTo(Number(row.dataset.at));
      options.open?.(this.#items[this.#active]);
    });
    new ResizeObserver(() => this.#schedule()).observe(this.box);
  }

  get active() {
    return this.#items[this.#active];
  }

  /** Shows these items. What was active stays it, if it is among them. */
  set(items) {
    this.#items = items;
    if (this.activeKey !== null) {
      const { key } = this.options;
      const isStill = this.#active >= 0 && this.#active < items.length &&
        key(items[this.#active], this.#active) === this.activeKey;
      if (!isStill) this.#active = items.findIndex((item, at) => key(item, at) === this.activeKey);
    }
    this.#schedule();
  }

  /** Makes the item with this key the active one. */
  activate(key) {
    this.activeKey = key;
    this.#active = this.#items.findIndex((item, at) => this.options.key(item, at) === key);
    this.#schedule();
  }

  moveTo(at) {
    if (this.#items.length === 0) return;
    this.#active = Math.min(Math.max(at, 0), this.#items.length - 1);
    this.activeKey = this.options.key(this.#items[this.#active], this.#active);
    const { height } = this.options;
    const top = this.#active * height;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    const end = top + height - this.box.clientHeight;
    if (end > this.box.scrollTop) this.box.scrollTop = end;
    this.paint();
    this.options.moved?.(this.#items[this.#active]);
  }

  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(Math.floor(this.box.clientHeight / this.options.height) - 1, 1);
    const to = {
      ArrowDown: this.#active + 1,
      ArrowUp: this.#active < 0 ? this.#items.length - 1 : this.#active - 1,
      PageDown: this.#active + page,
      PageUp: this.#active - page,
      Home: 0,
      End: this.#items.length - 1,
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      return this.moveTo(to);
    }
    if ((event.key === "Enter" || event.key === " ") && this.active) {
      event.preventDefault();
      this.options.open?.(this.active);
    }
  }

  /** Once for all that changes before the next frame. */
  #schedule() {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.paint();
    });
  }

  paint() {
    const { box, space, options } = this;
    const { height, key, make, fill } = options;
    const total = this.#items.length;
    this.note.hidden = total > 0;
    space.style.height = `${total * height}px`;
    if (options.follows && this.#isAtEnd && this.#active < 0) box.scrollTop = total * height;
    const first = Math.max(Math.floor(box.scrollTop / height) - MARGIN, 0);
    const last = Math.min(Math.ceil((box.scrollTop + box.clientHeight) / height) + MARGIN, total);
    const before = this.#rows;
    this.#rows = new Map();
    for (let at = first; at < last; at++) {
      const item = this.#items[at];
      const name = key(item, at);
      let row = before.get(name);
      if (row) before.delete(name);
      else {
        row = make();
        row.setAttribute("role", "option");
        row.id = newId(this.id);
        row.classList.add("row");
        space.append(row);
      }
      row.dataset.at = String(at);
      row.style.transform = `translateY(${at * height}px)`;
      mark(row, "aria-posinset", String(at + 1));
      mark(row, "aria-setsize", String(total));
      mark(row, "aria-selected", String(at === this.#active));
      fill(row, item);
      this.#rows.set(name, row);
    }
    for (const row of before.values()) row.remove();
    const shown = this.#active >= first && this.#active < last ? this.#rows.get(this.activeKey) : undefined;
    mark(box, "aria-activedescendant", shown?.id ?? null);
  }
}
