// Runs in a page, not in the server: shows the latest error of the server's code over the page, until it is
// dismissed. Texts of errors are never taken for HTML.
const createOverlay = () => {
  // How often another error takes the place of the one that is shown, in milliseconds.
  const PERIOD = 250;
  const HOST = `all: initial; position: fixed; inset: auto 0 0 0; z-index: 2147483647; box-sizing: border-box;
    width: auto; max-height: 70vh; overflow: auto; color-scheme: light dark; border-top: 4px solid #e5484d;`;
  const STYLE = `
    section { padding: 14px 20px 18px; font: 14px/1.5 system-ui, sans-serif; color: #1c1c1f; background: #fffafa; }
    header { display: flex; gap: 12px; align-items: start; }
    h2 { flex: 1; margin: 0; font-size: 17px; white-space: pre-wrap; overflow-wrap: anywhere; color: #a4161a; }
    h3 { margin: 10px 0 4px; font-size: 14px; overflow-wrap: anywhere; }
    p { margin: 4px 0 0; overflow-wrap: anywhere; }
    .count { white-space: nowrap; padding: 2px 10px; border-radius: 99px; color: #fff; background: #a4161a; }
    button { font: inherit; padding: 2px 10px; border: 1px solid #77777d; border-radius: 5px; cursor: pointer;
      color: inherit; background: transparent; }
    pre { margin: 0; padding: 10px 12px; overflow: auto; max-height: 40vh; border-radius: 5px; background: #f3e9e9;
      font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; tab-size: 4; }
    mark { color: inherit; background: #f5c2c4; }
    pre span { color: #5f5f66; }
    :focus-visible { outline: 2px solid #2f6fde; outline-offset: 1px; }
    .count:empty { display: none; }
    @media (prefers-color-scheme: dark) {
      section { color: #f1e6e6; background: #221315; }
      h2 { color: #ffb3b5; }
      pre { background: #34191c; }
      mark { background: #7a2329; }
      pre span { color: #b9a9aa; }
      button { border-color: #9a8a8b; }
      :focus-visible { outline-color: #8ab4ff; }
    }`;
  let host;
  // The errors that have come since it is shown.
  let count = 0;
  let next;
  let timer;

  const element = (name, { text, ...properties } = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    if (text !== undefined) made.textContent = text;
    made.append(...children);
    return made;
  };

  // A block of lines, some of which are marked.
  const block = (text, name, isMarked) => {
    const lines = text.split("\n").flatMap((line, index) => [
      index === 0 ? "" : "\n",
      isMarked(line) ? element(name, { text: line }) : line,
    ]);
    return element("pre", { tabIndex: 0 }, ...lines);
  };

  const hide = () => {
    clearTimeout(timer);
    timer = next = undefined;
    count = 0;
    host?.remove();
    host = undefined;
    removeEventListener("keydown", onKey, true);
  };

  const onKey = ({ key }) => {
    if (key === "Escape") hide();
  };

  const make = () => {
    host = document.createElement("partyrun-error");
    // Set by script, which a page's own policy for styles permits.
    host.style.cssText = HOST;
    const style = new CSSStyleSheet();
    style.replaceSync(STYLE);
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style];
    const title = element("h2");
    title.setAttribute("role", "alert");
    const section = element(
      "section",
      {},
      element(
        "header",
        {},
        title,
        element("span", { className: "count" }),
        element("button", { type: "button", text: "Dismiss", title: "Escape", onclick: hide }),
      ),
      element("div"),
    );
    section.setAttribute("aria-label", "Error of the server");
    root.append(section);
    document.documentElement.append(host);
    // Above the page's own dialogs.
    host.popover = "manual";
    host.showPopover?.();
    addEventListener("keydown", onKey, true);
  };

  const draw = () => {
    if (next === undefined) {
      timer = undefined;
      return;
    }
    if (!host) make();
    const { title, place, excerpt, stack } = next;
    next = undefined;
    const find = (selector) => host.shadowRoot.querySelector(selector);
    // The same words are not read aloud again.
    if (find("h2").textContent !== title) find("h2").textContent = title;
    find(".count").textContent = count === 1 ? "" : `the latest of ${count} errors`;
    const parts = [element("p", { text: place })];
    if (excerpt) {
      parts.push(element("h3", { text: excerpt.place }));
      parts.push(block(excerpt.frame, "mark", (line) => line.startsWith(">")));
    }
    parts.push(element("h3", { text: "What was thrown" }));
    parts.push(block(stack, "span", (line) => /^\s*at .*node_modules\//.test(line)));
    parts.push(element("p", { text: "This goes at the next save, or with Escape." }));
    find("div").replaceChildren(...parts);
    timer = setTimeout(draw, PERIOD);
  };

  // Shows the last of so many new errors.
  const show = (fault, isNew) => {
    count += isNew;
    next = fault;
    if (timer === undefined) draw();
  };
  return { show, hide };
};
