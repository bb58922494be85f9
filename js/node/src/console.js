// The global console, and the class that writes to streams.
const { formatWithOptions, inspect } = require("util");

class Console {
  #err;
  #groups = "";
  #options;
  #out;
  #counts = new Map();
  #timers = new Map();

  constructor(stdout, stderr = undefined, _ignoreErrors = true) {
    const options = typeof stdout?.write === "function" ? { stdout, stderr } : stdout;
    this.#out = options.stdout;
    this.#err = options.stderr ?? options.stdout;
    this.#options = { colors: options.colorMode === true, ...options.inspectOptions };
    for (const name of Object.getOwnPropertyNames(Console.prototype)) {
      if (name !== "constructor") this[name] = this[name].bind(this);
    }
  }

  #print(stream, values) {
    const text = formatWithOptions(this.#options, ...values);
    stream.write(`${this.#groups}${text.replaceAll("\n", `\n${this.#groups}`)}\n`);
  }

  assert(condition, ...values) {
    if (!condition) this.warn("Assertion failed", ...values);
  }

  clear() {}

  count(label = "default") {
    const count = (this.#counts.get(label) ?? 0) + 1;
    this.#counts.set(label, count);
    this.log(`${label}: ${count}`);
  }

  countReset(label = "default") {
    this.#counts.delete(label);
  }

  debug(...values) {
    this.log(...values);
  }

  dir(value, options) {
    this.log(inspect(value, { customInspect: false, ...this.#options, ...options }));
  }

  dirxml(...values) {
    this.log(...values);
  }

  error(...values) {
    this.#print(this.#err, values);
  }

  group(...values) {
    if (values.length > 0) this.log(...values);
    this.#groups += "  ";
  }

  groupCollapsed(...values) {
    this.group(...values);
  }

  groupEnd() {
    this.#groups = this.#groups.slice(2);
  }

  info(...values) {
    this.log(...values);
  }

  log(...values) {
    this.#print(this.#out, values);
  }

  table(value) {
    this.log(value);
  }

  time(label = "default") {
    this.#timers.set(label, performance.now());
  }

  timeEnd(label = "default") {
    this.timeLog(label);
    this.#timers.delete(label);
  }

  timeLog(label = "default", ...values) {
    this.log(`${label}: ${(performance.now() - this.#timers.get(label)).toFixed(3)}ms`, ...values);
  }

  trace(...values) {
    this.error("Trace:", ...values);
  }

  warn(...values) {
    this.error(...values);
  }
}

const { console } = globalThis;
// The global one stays as it is; its functions do not need their object.
module.exports = { Console, context: () => console, profile() {}, profileEnd() {}, timeStamp() {} };
for (const name of Object.getOwnPropertyNames(console)) {
  const value = console[name];
  module.exports[name] = typeof value === "function" ? value.bind(console) : value;
}
module.exports.Console = Console;
