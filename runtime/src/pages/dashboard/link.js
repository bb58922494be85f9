// @ts-check
// The way to the server: one WebSocket, over which everything is asked and told. It comes back by itself; a server
// that was started anew has another token, which only a new page knows.

const WRONG_TOKEN = 4401;
const PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 3_000;

export class Link {
  /** @type {WebSocket | null} */
  #socket = null;
  #token;
  #number = 0;
  #pause = PAUSE_MS;
  /** @type {Map<number, { resolve: (body: any) => void, reject: (error: Error) => void }>} */
  #asked = new Map();
  /** @type {{ number: number, room: string[], listener: (told: any) => void } | null} */
  #tap = null;
  /** @type {((told: any) => void) | null} */
  #watch = null;

  /** @param {string} token @param {(isOpen: boolean) => void} changed */
  constructor(token, changed) {
    this.#token = token;
    this.changed = changed;
    this.isOpen = false;
    this.#connect();
  }

  #connect() {
    const socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/__partyrun__/socket");
    this.#socket = socket;
    socket.addEventListener("open", () => socket.send(this.#token));
    socket.addEventListener("message", ({ data }) => this.#hear(JSON.parse(data)));
    socket.addEventListener("close", ({ code }) => {
      this.isOpen = false;
      if (code === WRONG_TOKEN) return location.reload();
      for (const { reject } of this.#asked.values()) {
        reject(new Error("The server has gone before it answered"));
      }
      this.#asked.clear();
      this.changed(false);
      setTimeout(() => this.#connect(), this.#pause);
      this.#pause = Math.min(this.#pause * 1.5, LONGEST_PAUSE_MS);
    });
  }

  #hear(told) {
    if (told.hello) {
      this.isOpen = true;
      this.#pause = PAUSE_MS;
      if (this.#tap) this.#sendTap();
      if (this.#watch) this.#say({ watch: true });
      this.changed(true);
    } else if (told.tap) {
      if (told.tap === this.#tap?.number) this.#tap.listener(told);
    } else if (told.requests) {
      this.#watch?.(told);
    } else if (told.id) {
      const { resolve, reject } = this.#asked.get(told.id) ?? {};
      this.#asked.delete(told.id);
      if (told.status < 400) resolve?.(told.body);
      else reject?.(refused(told));
    }
  }

  /**
   * Asks what the control plane's route `path` tells or does.
   * @param {string} method
   * @param {string} path
   * @param {any} [body] JSON, or its text
   */
  ask(method, path, body) {
    const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
    return this.#wish({ method, path, body: text });
  }

  /**
   * Sends a request to the server as a client of it.
   * @param {{ method: string, path: string, headers: string[][], body: string | null }} request
   */
  send(request) {
    return this.#wish({ send: request });
  }

  #wish(wish) {
    if (!this.isOpen) return Promise.reject(new Error("There is no connection to the server"));
    const id = ++this.#number;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#say({ id, ...wish });
    });
  }

  /** Has `listener` told of the requests that are answered. */
  watch(listener) {
    const isNew = this.#watch === null;
    this.#watch = listener;
    if (isNew && this.isOpen) this.#say({ watch: true });
  }

  unwatch() {
    if (this.#watch === null) return;
    this.#watch = null;
    if (this.isOpen) this.#say({ watch: false });
  }

  /** Has `listener` told of the messages of a room, and nobody of those of another. */
  tap(room, listener) {
    this.#tap = { number: ++this.#number, room, listener };
    if (this.isOpen) this.#sendTap();
  }

  untap() {
    if (!this.#tap) return;
    this.#tap = null;
    if (this.isOpen) this.#say({ tap: ++this.#number, room: null });
  }

  #say(message) {
    this.#socket?.send(JSON.stringify(message));
  }

  #sendTap() {
    this.#say({ tap: this.#tap?.number, room: this.#tap?.room });
  }
}

function refused({ status, body }) {
  const text = body?.error?.message ?? `The server refused (${status})`;
  const error = new Error(body?.error?.name ? `${body.error.name}: ${text}` : text);
  return Object.assign(error, { status });
}

/** The path of a room in the control plane. */
export function roomPath(party, room, rest = "") {
  return `/rooms/${encodeURIComponent(party)}/${room}${rest}`;
}
