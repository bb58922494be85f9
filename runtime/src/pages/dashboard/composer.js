// @ts-check
// Sends: as a client of its own, over a WebSocket like any page's, or as the room, to one of its connections.

import { announce, button, h, labelled, newId, write } from "./dom.js";
import { roomPath } from "./link.js";
import { decoded } from "./words.js";

const AS_CLIENT = "";

export class Composer {
  /** @type {WebSocket | null} */
  #client = null;

  /** @param {import("./link.js").Link} link @param {string} party @param {string} room */
  constructor(link, party, room) {
    this.link = link;
    this.party = party;
    this.room = room;
    this.text = h("textarea", { rows: "2", spellcheck: "false" });
    this.target = h("select", null, h("option", { value: AS_CLIENT }, "as a client"));
    this.kind = h(
      "select",
      null,
      h("option", { value: "text" }, "text"),
      h("option", { value: "base64" }, "binary, base64"),
    );
    this.state = h("p", { class: "aside" }, "The client is not connected.");
    this.query = h("input", {
      type: "text",
      placeholder: "name=value",
      spellcheck: "false",
      autocomplete: "off",
    });
    this.toggle = button(
      "Connect a client",
      () => (this.#client ? this.#client.close(1000) : this.#connect()),
    );
    const id = newId("composer");
    this.element = h(
      "form",
      { class: "composer", "aria-labelledby": id },
      h("h2", { id }, "Send"),
      labelled("Message (Ctrl+Enter sends)", this.text),
      h(
        "div",
        { class: "bar" },
        labelled("Send", this.target),
        labelled("Kind", this.kind),
        button("Send", () => this.#send(), "main"),
      ),
      h("div", { class: "bar" }, labelled("Query of the client", this.query), this.toggle, this.state),
    );
    this.element.addEventListener("submit", (event) => event.preventDefault());
    this.text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.#send().catch((error) => announce(error.message, true));
    });
  }

  /** Offers these connections as targets. What is chosen stays chosen, though it may be gone. */
  setConnections(ids) {
    const chosen = this.target.value;
    if (chosen !== AS_CLIENT && !ids.includes(chosen)) ids = [chosen, ...ids];
    const options = ids.slice(0, 200).map((id) => h("option", { value: id }, `as the room, to ${id}`));
    this.target.replaceChildren(h("option", { value: AS_CLIENT }, "as a client"), ...options);
    this.target.value = chosen;
  }

  /** Has the next message go to this connection. */
  aimAt(id) {
    this.setConnections([
      id,
      ...[...this.target.options].map(({ value }) => value).filter((value) => value !== "" && value !== id),
    ]);
    this.target.value = id;
    this.text.focus();
  }

  #connect() {
    const query = this.query.value.replace(/^\?/, "");
    const path = `/parties/${encodeURIComponent(this.party)}/${this.room}${query ? `?${query}` : ""}`;
    const client = new WebSocket(location.origin.replace(/^http/, "ws") + path);
    client.binaryType = "arraybuffer";
    this.#client = client;
    write(this.toggle, "Disconnect the client");
    write(this.state, "The client is connecting.");
    return new Promise((resolve, reject) => {
      client.addEventListener("open", () => {
        write(this.state, "The client is connected.");
        resolve(undefined);
      });
      client.addEventListener("close", ({ code, reason }) => {
        if (this.#client === client) this.#client = null;
        write(this.toggle, "Connect a client");
        const why = `The client was closed with ${code}${reason ? `: ${reason}` : ""}.`;
        write(this.state, why);
        reject(new Error(why));
      });
    });
  }

  async #send() {
    const text = this.text.value;
    const isText = this.kind.value === "text";
    if (this.target.value !== AS_CLIENT) {
      const path = `/connections/${encodeURIComponent(this.target.value)}/send`;
      await this.link.ask(
        "POST",
        roomPath(this.party, this.room, path),
        isText ? { text } : { base64: text },
      );
      return announce("Sent to the connection");
    }
    if (!this.#client) await this.#connect();
    this.#client?.send(isText ? text : decoded(text));
    announce("Sent as a client");
  }

  close() {
    this.#client?.close(1000);
  }
}
