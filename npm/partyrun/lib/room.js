// One room, as a test sees it from outside and from inside. Owns no state: each call asks the server.
"use strict";

const { randomUUID } = require("node:crypto");

const { PartyrunError } = require("./failure.js");
const { fetch } = require("./real.js");
const { fromJson, toJson } = require("./values.js");

class Room {
  party;
  id;
  #space;
  #path;

  /** `space` is `{ url, control, connect }`. */
  constructor(space, party, id) {
    if (/[/?#]/.test(id) || id === "") {
      throw new PartyrunError(
        "room",
        `A room's name is one segment of a URL, as clients write it: \`${id}\``,
      );
    }
    this.#space = space;
    this.party = party;
    this.id = id;
    this.#path = `/rooms/${party}/${id}`;
  }

  /** Where clients find the room. */
  get url() {
    return `${this.#space.url}/parties/${this.party}/${this.id}`;
  }

  /** A request as a client sends it; with `direct`, past the static handlers. */
  async fetch(path = "", { direct = false, ...init } = {}) {
    const rest = path === "" || /^[/?]/.test(path) ? path : `/${path}`;
    if (!direct) return fetch(`${this.url}${rest}`, init);
    const headers = new Headers(init.headers);
    const own = headers.get("authorization");
    if (own !== null) headers.set("partyrun-authorization", own);
    const response = await this.#space.control.request(`${this.#path}/fetch${rest}`, { ...init, headers });
    const code = response.headers.get("partyrun-error");
    if (code === null) return response;
    const { error } = await response.json();
    throw new PartyrunError(code, error.message, { status: response.status });
  }

  /** A client's connection, open. */
  connect({ path = "", query, id = randomUUID(), ...options } = {}) {
    const url = new URL(`${this.url}${path}`);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    url.searchParams.set("_pk", id);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return this.#space.connect(url.href, { ...options, id, party: this.party, room: this.id });
  }

  /** Whether it lives, whether it has stored anything, and when its alarm is due. */
  async info() {
    const { live, stored, alarm } = await this.#call("GET", "");
    return { live, stored, alarm };
  }

  /** What it has stored. Does not make the room's object: what is put is there for `onStart`. */
  get storage() {
    const path = (key) => `/storage/${encodeURIComponent(key)}`;
    return {
      get: async (key) => {
        try {
          return fromJson(await this.#call("GET", path(key)));
        } catch (error) {
          if (error.code === "key") return undefined;
          throw error;
        }
      },
      put: async (key, value) => {
        const entries = typeof key === "string"
          ? [[key, value]]
          : key instanceof Map
          ? [...key]
          : Object.entries(key);
        await this.#call("PUT", "/storage", { entries: entries.map(([name, item]) => [name, toJson(item)]) });
      },
      delete: async (key) => (await this.#call("DELETE", path(key))).deleted,
      list: async (options = {}) => {
        const query = new URLSearchParams(Object.entries(options).map(([name, value]) => [name, `${value}`]));
        const { entries } = await this.#call("GET", `/storage?${query}`);
        return new Map(entries.map(([key, value]) => [key, fromJson(value)]));
      },
      clear: async () => {
        await this.#call("DELETE", "/storage");
      },
    };
  }

  get alarm() {
    return {
      get: async () => (await this.#call("GET", "/alarm")).at,
      set: async (time) => (await this.#call("PUT", "/alarm", { at: Number(time) })).at,
      cancel: async () => {
        await this.#call("DELETE", "/alarm");
      },
      run: () => this.#call("POST", "/alarm/run"),
    };
  }

  async connections() {
    const { connections } = await this.#call("GET", "/connections");
    return connections.map((connection) => ({ ...connection, state: fromJson(connection.state) }));
  }

  /** One connection, from the server's side. */
  connection(id) {
    const path = `/connections/${encodeURIComponent(id)}`;
    return {
      close: async (code = 1000, reason = "") => {
        await this.#call("POST", `${path}/close`, { code, reason });
      },
      cut: async () => {
        await this.#call("POST", `${path}/cut`);
      },
      fault: async ({ delay, drop, seed } = {}) => {
        await this.#call("PUT", `${path}/fault`, { delay, drop, seed });
      },
    };
  }

  /** Its isolate goes, and all in memory with it. `true` if it was live. */
  async evict({ sockets = "close" } = {}) {
    return (await this.#call("POST", "/evict", { sockets })).evicted;
  }

  /** Starts it anew, as after a save. `true` if it was live. */
  async restart() {
    return (await this.#call("POST", "/restart")).restarted;
  }

  /** Calls a function in the room with `(server, room, ...args)`. It is sent as its text and knows nothing around it. */
  async run(fn, ...args) {
    if (typeof fn !== "function") throw new TypeError("`run` takes a function and its arguments");
    const source = sourceOf(fn);
    const answer = await this.#call("POST", "/run", { source, args: toJson(args) });
    return fromJson(answer.value);
  }

  #call(method, path, body) {
    return this.#space.control.call(method, `${this.#path}${path}`, body);
  }
}

/** The text of a function that can stand alone; a method's begins with its name. */
function sourceOf(fn) {
  const text = Function.prototype.toString.call(fn);
  if (/\{\s*\[native code\]\s*\}$/.test(text)) {
    throw new PartyrunError(
      "function",
      "`run` cannot send a bound or built-in function: its text is not known",
    );
  }
  if (/^(async\s*)?(function\b|\(|[\w$]+\s*=>)/.test(text) || text.startsWith("class")) return text;
  const isAsync = /^async\s/.test(text);
  return `(${isAsync ? "async " : ""}function ${text.replace(/^async\s+/, "").replace(/^[^(]*/, "")})`;
}

module.exports = { Room };
