// `connect` of `cloudflare:sockets`: outgoing TCP with web streams (specification 10.1, row 217).
const { core } = partyrun;
const bytes = require("./parts/bytes.js");

const {
  op_pr_tcp_close,
  op_pr_tcp_connect,
  op_pr_tcp_end,
  op_pr_tcp_read,
  op_pr_tcp_start_tls,
  op_pr_tcp_write,
} = core.ops;

function parse(address) {
  if (typeof address === "object" && address !== null) {
    return { host: String(address.hostname), port: Number(address.port) };
  }
  const found = /^(?:\[([^\]]+)\]|([^:/]+)):(\d+)$/.exec(String(address));
  if (!found) throw new TypeError("Specified address could not be parsed.");
  return { host: found[1] ?? found[2], port: Number(found[3]) };
}

class Socket {
  #connecting;
  #options;
  #host;
  #closed = Promise.withResolvers();
  #opened;
  #readable;
  #writable;
  #ends = { read: false, write: false };
  #over = false;
  #upgraded = false;

  // `connecting` answers the number of the connection, and both addresses.
  constructor(connecting, host, options) {
    this.#connecting = connecting;
    this.#host = host;
    this.#options = options;
    this.#opened = connecting.then(({ remote, local }) => ({ remoteAddress: remote, localAddress: local }));
    this.#opened.catch((error) => this.#closed.reject(error));
    // Nobody has to look at them.
    this.#opened.catch(() => {});
    this.#closed.promise.catch(() => {});
    this.#readable = this.#makeReadable();
    this.#writable = this.#makeWritable();
  }

  get closed() {
    return this.#closed.promise;
  }

  get opened() {
    return this.#opened;
  }

  get readable() {
    return this.#readable;
  }

  get secureTransport() {
    return this.#options.secureTransport ?? "off";
  }

  get upgraded() {
    return this.#upgraded;
  }

  get writable() {
    return this.#writable;
  }

  #makeReadable() {
    return new ReadableStream({
      type: "bytes",
      pull: async (controller) => {
        try {
          const { id } = await this.#connecting;
          const chunk = this.#over || this.#upgraded ? null : await op_pr_tcp_read(id);
          if (chunk) return controller.enqueue(chunk);
          // A read that an upgrade ended: the stream is over for its reader as well.
          controller.close();
          controller.byobRequest?.respond(0);
          if (!this.#upgraded) await this.#ended("read", this.#options.allowHalfOpen !== true);
        } catch (error) {
          this.#closed.reject(error);
          throw error;
        }
      },
      cancel: () => this.#ended("read", this.#options.allowHalfOpen !== true),
    }, { highWaterMark: 0 });
  }

  #makeWritable() {
    return new WritableStream({
      write: async (chunk) => {
        if (!ArrayBuffer.isView(chunk) && !(chunk instanceof ArrayBuffer)) {
          throw new TypeError(
            "This TransformStream is being used as a byte stream, but received an object of non-ArrayBuffer/ArrayBufferView type on its writable side.",
          );
        }
        const { id } = await this.#connecting;
        await op_pr_tcp_write(id, bytes(chunk));
      },
      close: async () => {
        const { id } = await this.#connecting;
        await op_pr_tcp_end(id);
        await this.#ended("write", false);
      },
      abort: () => this.close(),
    }, { highWaterMark: 1 });
  }

  // One direction has ended; with both, or with `all`, the connection is closed.
  async #ended(direction, all) {
    this.#ends[direction] = true;
    if (all || (this.#ends.read && this.#ends.write)) await this.#close();
  }

  async #close() {
    if (this.#over || this.#upgraded) return;
    this.#over = true;
    try {
      const { id } = await this.#connecting;
      op_pr_tcp_close(id);
      this.#closed.resolve();
    } catch {
      // `closed` was rejected with it.
    }
  }

  async close() {
    await this.#close();
    return this.#closed.promise;
  }

  startTls({ expectedServerHostname = undefined } = {}) {
    if (this.secureTransport !== "starttls") {
      throw new TypeError(
        'The `secureTransport` socket option must be set to "starttls" for startTls to be called.',
      );
    }
    if (this.#upgraded) throw new TypeError("startTls can only be called once.");
    this.#upgraded = true;
    const name = expectedServerHostname ?? this.#host;
    const connecting = this.#connecting.then(async ({ id, remote, local }) => ({
      id: await op_pr_tcp_start_tls(id, name),
      remote,
      local,
    }));
    connecting.then(() => this.#closed.resolve(), (error) => this.#closed.reject(error));
    return new Socket(connecting, this.#host, { ...this.#options, secureTransport: "on" });
  }
}

function connect(address, options = {}) {
  const { host, port } = parse(address);
  if (!(port > 0 && port < 65_536)) throw new TypeError("The specified port is not valid.");
  const { secureTransport = "off" } = options ?? {};
  if (!["off", "on", "starttls"].includes(secureTransport)) {
    throw new TypeError(`Unsupported value in secureTransport socket option: ${secureTransport}`);
  }
  const name = secureTransport === "on" ? host : undefined;
  const connecting = op_pr_tcp_connect(host, port, name).then(([id, remote, local]) => ({
    id,
    remote,
    local,
  }));
  return new Socket(connecting, host, { ...options, secureTransport });
}

module.exports = { connect };
