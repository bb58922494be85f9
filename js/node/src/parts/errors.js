// Errors of Node.js: the classes have a `code`, and the code is part of the name in a stack.
const { inspect } = require("./inspect.js");

function described(value) {
  if (value == null) return ` Received ${value}`;
  if (typeof value === "function") return ` Received function ${value.name}`;
  if (typeof value === "object") {
    const name = value.constructor?.name;
    return name ? ` Received an instance of ${name}` : ` Received ${inspect(value, { depth: -1 })}`;
  }
  let shown = inspect(value, { colors: false });
  if (shown.length > 28) shown = `${shown.slice(0, 25)}...`;
  return ` Received type ${typeof value} (${shown})`;
}

const classes = new Set(["Function", "Object", "Symbol"]);
const primitives = ["string", "function", "number", "object", "boolean", "bigint", "symbol"];

function expectedTypes(expected) {
  const list = [expected].flat();
  const lower = (type) => type.toLowerCase();
  const types = list.filter((type) => primitives.includes(type) || classes.has(type)).map(lower);
  const instances = list.filter((type) => !primitives.includes(type) && !classes.has(type));
  const either = (words) =>
    words.length > 2 ? `${words.slice(0, -1).join(", ")}, or ${words.at(-1)}` : words.join(" or ");
  const parts = [];
  if (types.length > 0) parts.push(`${types.length > 1 ? "one of type" : "of type"} ${either(types)}`);
  if (instances.length > 0) parts.push(`an instance of ${either(instances)}`);
  return parts.join(" or ");
}

const messages = {
  ERR_INVALID_ARG_TYPE: [TypeError, (name, expected, actual) => {
    const what = name.endsWith(" argument")
      ? `The ${name}`
      : `The "${name}" ${name.includes(".") ? "property" : "argument"}`;
    return `${what} must be ${expectedTypes(expected)}.${described(actual)}`;
  }],
  ERR_INVALID_ARG_VALUE: [TypeError, (name, value, reason = "is invalid") => {
    let shown = inspect(value);
    if (shown.length > 128) shown = `${shown.slice(0, 128)}...`;
    return `The ${name.includes(".") ? "property" : "argument"} '${name}' ${reason}. Received ${shown}`;
  }],
  ERR_INVALID_THIS: [TypeError, (type) => `Value of "this" must be of type ${type}`],
  ERR_OUT_OF_RANGE: [RangeError, (name, range, received) => {
    const shown = typeof received === "bigint" ? `${received}n` : inspect(received);
    return `The value of "${name}" is out of range. It must be ${range}. Received ${shown}`;
  }],
  ERR_UNHANDLED_ERROR: [
    Error,
    (shown) => shown === undefined ? "Unhandled error." : `Unhandled error. (${shown})`,
  ],
};

function classOf(code) {
  const [Base, message] = messages[code] ?? [Error, (text) => text];
  return class NodeError extends Base {
    constructor(...args) {
      super(message(...args));
      this.code = code;
      // The code is in the stack and not in the name.
      Object.defineProperty(this, "name", { value: `${Base.name} [${code}]`, configurable: true });
      void this.stack;
      delete this.name;
    }

    toString() {
      return `${this.name} [${code}]: ${this.message}`;
    }
  };
}

const errors = {
  ERR_INVALID_ARG_TYPE: classOf("ERR_INVALID_ARG_TYPE"),
  ERR_INVALID_ARG_VALUE: classOf("ERR_INVALID_ARG_VALUE"),
  ERR_INVALID_THIS: classOf("ERR_INVALID_THIS"),
  ERR_OUT_OF_RANGE: classOf("ERR_OUT_OF_RANGE"),
  ERR_UNHANDLED_ERROR: classOf("ERR_UNHANDLED_ERROR"),
};

// An error of Node.js without a class of its own here.
errors.coded = (Base, code, message) => {
  const error = new Base(message);
  error.code = code;
  return error;
};

errors.AbortError = class AbortError extends Error {
  constructor(message = "The operation was aborted", options = undefined) {
    super(message, options);
    this.code = "ABORT_ERR";
    this.name = "AbortError";
  }
};

errors.validateFunction = (value, name) => {
  if (typeof value !== "function") throw new errors.ERR_INVALID_ARG_TYPE(name, "Function", value);
};

errors.validateString = (value, name) => {
  if (typeof value !== "string") throw new errors.ERR_INVALID_ARG_TYPE(name, "string", value);
};

errors.validateInteger = (value, name, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER) => {
  if (typeof value !== "number") throw new errors.ERR_INVALID_ARG_TYPE(name, "number", value);
  if (!Number.isInteger(value)) throw new errors.ERR_OUT_OF_RANGE(name, "an integer", value);
  if (value < min || value > max) {
    throw new errors.ERR_OUT_OF_RANGE(name, `>= ${min} && <= ${max}`, value);
  }
};

module.exports = errors;
