// What the modules without a function behind them are made of. In place of unenv's own words, which
// name unenv.
const WHY =
  "party servers run without files, processes and other parts of a computer, as they do on PartyKit's platform";

export function createNotImplementedError(name) {
  const error = new Error(`${name} is not implemented: ${WHY}`);
  error.code = "ERR_METHOD_NOT_IMPLEMENTED";
  return error;
}

/** @returns {any} */
export function notImplemented(name) {
  return function () {
    throw createNotImplementedError(name);
  };
}

export function notImplementedAsync(name) {
  const refusing = notImplemented(name);
  refusing.__promisify__ = () => notImplemented(`${name}.__promisify__`);
  refusing.native = refusing;
  return refusing;
}

// A class that programs may extend, and not construct.
export function notImplementedClass(name) {
  const last = name.slice(name.lastIndexOf(".") + 1);
  return {
    [last]: class {
      constructor() {
        throw createNotImplementedError(name);
      }
    },
  }[last];
}

export function rawHeaders(headers) {
  const pairs = (name) => [headers[name]].flat().flatMap((value) => [name, value]);
  return Object.keys(headers).flatMap(pairs);
}

export function mergeFns(...functions) {
  return (...args) => functions.forEach((each) => each(...args));
}
