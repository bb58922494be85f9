// @ts-check
// Sends a request to a room, as a client does, and shows the answer. It goes by the server's own way, so that the
// project's pages, which have this page's origin, have no part in it.

import { announce, button, h, labelled, newId, write } from "./dom.js";
import { bytes, count, hex } from "./words.js";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const HEX = 16_384;
const ENDS = {
  late: "The answer goes on: this is what came in the first seconds.",
  long: "The answer is longer: this is its beginning.",
  broken: "The answer broke off.",
};

export class RequestForm {
  /** @param {import("./link.js").Link} link @param {string} party @param {string} room */
  constructor(link, party, room) {
    this.link = link;
    this.method = h("select", null, METHODS.map((method) => h("option", { value: method }, method)));
    this.path = h("input", {
      type: "text",
      spellcheck: "false",
      autocomplete: "off",
      class: "mono",
      value: `/parties/${encodeURIComponent(party)}/${room}`,
    });
    const text = (rows, placeholder) => h("textarea", { rows, spellcheck: "false", placeholder });
    this.headers = text("4", "content-type: application/json");
    this.body = text("4", "");
    this.status = h("p", { class: "answer-status", role: "status" });
    this.answerHeaders = h("pre", { class: "whole", tabindex: "0", "aria-label": "Headers of the answer" });
    this.answer = h("pre", { class: "whole tall", tabindex: "0", "aria-label": "Body of the answer" });
    this.answerHeaders.hidden = this.answer.hidden = true;
    const id = newId("request");
    this.element = h(
      "form",
      { class: "request", "aria-labelledby": id },
      h("h2", { id }, "Send a request"),
      h(
        "div",
        { class: "bar" },
        labelled("Method", this.method),
        h("div", { class: "grow" }, labelled("Path", this.path)),
        button("Send", () => this.#send(), "main"),
      ),
      h(
        "div",
        { class: "pair" },
        labelled("Headers, one a line", this.headers),
        labelled("Body (Ctrl+Enter sends)", this.body),
      ),
      this.status,
      this.answerHeaders,
      this.answer,
    );
    this.element.addEventListener("submit", (event) => event.preventDefault());
    this.element.addEventListener("keydown", (event) => {
      const isSent = event.key === "Enter" && (event.ctrlKey || event.metaKey || event.target === this.path);
      if (!isSent) return;
      event.preventDefault();
      this.#send().catch((error) => announce(error.message, true));
    });
  }

  async #send() {
    const body = this.body.value;
    const answer = await this.link.send({
      method: this.method.value,
      path: this.path.value.trim(),
      headers: headersIn(this.headers.value),
      body: body === "" ? null : body,
    });
    const { status, reason, ms, size, headers, end } = answer;
    const took = `${ms < 100 ? ms.toFixed(1) : count(Math.round(ms))} ms`;
    write(this.status, `${status} ${reason} in ${took}, ${bytes(size)}. ${ENDS[end] ?? ""}`);
    this.status.dataset.bad = String(status >= 400);
    write(this.answerHeaders, headers.map(([name, value]) => `${name}: ${value}`).join("\n"));
    write(this.answer, textOf(answer));
    this.answerHeaders.hidden = headers.length === 0;
    this.answer.hidden = size === 0;
  }
}

/** The headers that somebody has written, one a line. */
function headersIn(text) {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return lines.map((line) => {
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error(`A header is \`name: value\`, got: ${line}`);
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
}

function textOf({ text, base64, headers, end }) {
  if (text === undefined) return hex(base64, HEX);
  const type = headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  if (end !== "whole" || !/\bjson\b/.test(type)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
