// @ts-check
// Elements: how they are made and changed. Text is never markup. Knows no server.

/**
 * An element. A function is a listener (`onclick`), `false` and `null` leave an attribute out.
 * @param {string} tag
 * @param {Record<string, any> | null} [props]
 * @param {...any} children
 * @returns {any}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(
    ...children.flat().filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

/** Gives an element another text, if it is another. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Gives an element another attribute, or none. */
export function mark(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

let labels = 0;

/** An id that nothing else has. */
export function newId(prefix) {
  return `${prefix}-${++labels}`;
}

/** A field with its label in front of it. */
export function labelled(text, field, ...more) {
  field.id ||= newId("field");
  return h("div", { class: "field" }, h("label", { for: field.id }, text), field, ...more);
}

/** A button that stays pressed until it is pressed again; `changed` is told whether it is. */
export function toggle(text, changed) {
  let isPressed = false;
  const element = h("button", { type: "button", "aria-pressed": "false" }, text);
  element.addEventListener("click", () => {
    isPressed = !isPressed;
    mark(element, "aria-pressed", String(isPressed));
    changed(isPressed);
  });
  return element;
}

/** A button that is busy, and cannot be pressed again, until what it does is done. */
export function button(text, act, kind = "") {
  const element = h("button", { type: "button", class: kind }, text);
  element.addEventListener("click", async () => {
    if (element.getAttribute("aria-disabled") === "true") return;
    // Not `disabled`: the focus would be lost.
    mark(element, "aria-disabled", "true");
    try {
      await act(element);
    } catch (error) {
      announce(error instanceof Error ? error.message : String(error), true);
    } finally {
      mark(element, "aria-disabled", null);
    }
  });
  return element;
}

const said = h("div", { class: "said", role: "status" });
const warned = h("div", { class: "said bad", role: "alert" });
let saidTimer = 0;

/** Where announcements are. */
export const announcements = h("div", { class: "announcements" }, said, warned);

/** Says something to everybody, those who listen to a screen reader too. */
export function announce(text, isProblem = false) {
  write(said, isProblem ? "" : text);
  write(warned, isProblem ? text : "");
  clearTimeout(saidTimer);
  saidTimer = setTimeout(() => {
    write(said, "");
    write(warned, "");
  }, isProblem ? 12_000 : 5_000);
}

/**
 * Tabs with their panels, one of which is shown.
 * @param {string} label
 * @param {{ name: string, title: string, panel: HTMLElement, shown?: () => void }[]} tabs
 * @param {(name: string) => void} [moved]
 */
export function tabs(label, tabs, moved) {
  const list = h("div", { role: "tablist", "aria-label": label, class: "tabs" });
  const heads = tabs.map(({ title, panel }) => {
    panel.id ||= newId("panel");
    const head = h(
      "button",
      { role: "tab", id: newId("tab"), "aria-controls": panel.id, type: "button" },
      title,
    );
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", head.id);
    list.append(head);
    return head;
  });
  let current = "";
  const show = (name) => {
    const at = Math.max(tabs.findIndex((tab) => tab.name === name), 0);
    tabs.forEach(({ panel }, index) => {
      const isShown = index === at;
      panel.hidden = !isShown;
      heads[index].setAttribute("aria-selected", String(isShown));
      heads[index].tabIndex = isShown ? 0 : -1;
    });
    if (tabs[at].name === current) return;
    current = tabs[at].name;
    tabs[at].shown?.();
    moved?.(current);
  };
  heads.forEach((head, index) => head.addEventListener("click", () => show(tabs[index].name)));
  list.addEventListener("keydown", (event) => {
    const at = heads.indexOf(/** @type {any} */ (event.target));
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: heads.length - 1 }[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    const to = (next + heads.length) % heads.length;
    heads[to].focus();
    show(tabs[to].name);
  });
  return { list, show, current: () => current };
}
