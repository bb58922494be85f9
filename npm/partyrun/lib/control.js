// Speaks the control plane (docs/control.md in partyrun's repository). Owns token and errors; what there is to ask is
// `space`'s and `room`'s.
"use strict";

const { PartyrunError } = require("./failure.js");
const { HttpAgent, fetch, httpRequest } = require("./real.js");
const { openSocket } = require("./socket.js");

/** Connections that nobody uses are given up before the server does that. */
const agent = new HttpAgent({ keepAlive: true, timeout: 4_000 });

class Control {
  /** What all paths begin with, such as `http://127.0.0.1:40002/spaces/s1`. */
  base;
  /** That of the server itself. */
  root;
  #token;
  #ended;

  /** `ended` says why nobody listens, once the server is known to have ended. */
  constructor(url, token, ended = () => undefined) {
    this.base = url.replace(/\/$/, "");
    this.root = this;
    this.#token = token;
    this.#ended = ended;
  }

  /** The same server below another path. */
  at(path) {
    const control = new Control(`${this.root.base}${path}`, this.#token, this.#ended);
    control.root = this.root;
    return control;
  }

  /** The JSON of an answer, `undefined` without one. */
  async call(method, path, body) {
    const { status, text } = await this.#exchange(method, path, body);
    if (status >= 400) throw refusal({ status }, text, method, path);
    return text === "" ? undefined : JSON.parse(text);
  }

  /** Without `fetch`, which takes several times as long: a test makes a handful of calls. */
  #exchange(method, path, body) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = { authorization: `Bearer ${this.#token}` };
    if (text !== undefined) {
      headers["content-type"] = "application/json";
      headers["content-length"] = Buffer.byteLength(text);
    }
    return new Promise((resolve, reject) => {
      const fail = (cause) => reject(this.unreachable(cause));
      const request = httpRequest(`${this.base}${path}`, { method, headers, agent }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part) => text += part);
        response.on("end", () => resolve({ status: response.statusCode, text }));
        response.on("error", fail);
      });
      request.on("error", fail);
      request.end(text);
    });
  }

  /** An answer as it is. */
  async request(path, init = {}) {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${this.#token}`);
    try {
      return await fetch(`${this.base}${path}`, { ...init, headers });
    } catch (cause) {
      throw this.unreachable(cause);
    }
  }

  /** A WebSocket of the control plane. */
  async socket(path, listeners) {
    const headers = { authorization: `Bearer ${this.#token}` };
    try {
      return await openSocket(`${this.base}${path}`, { ...listeners, headers });
    } catch (error) {
      if (error.code === "connect") throw this.unreachable(error.cause);
      if (error.text === undefined) throw error;
      throw refusal(error, error.text, "GET", path);
    }
  }

  unreachable(cause) {
    const why = this.#ended() ?? `is it still running? ${cause?.cause?.message ?? cause?.message}`;
    return new PartyrunError("ended", `partyrun cannot be reached: ${why}`, { cause });
  }
}

function refusal(response, text, method, path) {
  const { status } = response;
  let error = {};
  try {
    error = JSON.parse(text).error ?? {};
  } catch {
    // Whoever answers speaks another language, which the status has to do for.
  }
  const { code = "answer", message = text.trim() || "no reason is given" } = error;
  if (code === "thrown") return thrown(error);
  if (code === "route" || (status === 405 && code === "method")) {
    const what = `${method} ${path.split("?")[0]}`;
    return new PartyrunError("unsupported", `This partyrun does not know \`${what}\`: install a newer one`, {
      status,
    });
  }
  return new PartyrunError(code, message, { status, pending: error.pending });
}

/** What the room's code has thrown, with its stack there. */
function thrown({ name, message, stack }) {
  const error = new PartyrunError("thrown", message, { status: 400 });
  error.name = name;
  if (stack !== undefined) {
    error.stack = `${stack}\n    --- asked for by ---\n${error.stack.split("\n").slice(1).join("\n")}`;
  }
  return error;
}

module.exports = { Control };
