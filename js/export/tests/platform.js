// As much of the platform as the modules need to be tested by node: sockets in pairs, a response that may
// carry one, and the state of an object.

class FakeSocket extends EventTarget {
  readyState = 1;
  sent = [];
  closed = null;
  #attachment = null;
  #isAccepted = false;

  accept() {
    if (this.#isAccepted) throw new TypeError("Can't accept() WebSocket after it was accepted.");
    this.#isAccepted = true;
  }

  send(data) {
    if (this.readyState !== 1) throw new TypeError("Can't call WebSocket send() after close().");
    this.sent.push(data);
  }

  close(code, reason) {
    if (code === 1005 || code === 1006) throw new TypeError(`Invalid WebSocket close code: ${code}.`);
    this.closed = { code, reason };
    this.readyState = 3;
  }

  serializeAttachment(value) {
    this.#attachment = structuredClone(value);
  }

  deserializeAttachment() {
    return structuredClone(this.#attachment);
  }

  /** A message of the other side. */
  hear(data) {
    this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }

  /** The other side's end. */
  end(code, reason = "") {
    this.readyState = 2;
    this.dispatchEvent(Object.assign(new Event("close"), { code, reason }));
  }
}

class FakePair {
  constructor() {
    this[0] = new FakeSocket();
    this[1] = new FakeSocket();
    pairs.push(this);
  }
}

const NativeResponse = globalThis.Response;

class FakeResponse extends NativeResponse {
  static json(value) {
    return new FakeResponse(JSON.stringify(value));
  }

  constructor(body, init) {
    const isSwitch = init?.status === 101;
    super(body, isSwitch ? { ...init, status: 200 } : init);
    if (isSwitch) Object.defineProperty(this, "status", { value: 101 });
    this.webSocket = init?.webSocket ?? null;
  }
}

/** Every pair that was made, the newest last. */
export const pairs = [];

globalThis.WebSocketPair = FakePair;
globalThis.Response = FakeResponse;

export { FakeSocket };

/** The state of an object called `name`. */
export function fakeState(name = "lobby") {
  const sockets = [];
  const values = new Map();
  return {
    id: { name, toString: () => `id of ${name}` },
    sockets,
    storage: {
      get: async (key) => values.get(key),
      put: async (key, value) => void values.set(key, value),
    },
    acceptWebSocket: (socket, tags) => sockets.push({ socket, tags }),
    getWebSockets: (tag) =>
      sockets.filter(({ tags }) => tag === undefined || tags.includes(tag)).map(({ socket }) => socket),
    blockConcurrencyWhile: (callback) => callback(),
  };
}

/** An environment in which `party`'s namespace holds objects that `make` makes of a name. */
export function fakeNamespace(make) {
  const objects = new Map();
  return {
    idFromName: (name) => ({ name }),
    get({ name }) {
      if (!objects.has(name)) objects.set(name, make(name));
      return objects.get(name);
    },
  };
}
