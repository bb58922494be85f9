// Properties of an object that are taken from what `load` gives when one is first read. Written to, they
// are like any other.
module.exports = function lazily(target, load, names) {
  for (const name of names) {
    const settle = (value) => {
      Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
      return value;
    };
    Object.defineProperty(target, name, {
      get: () => settle(load()[name]),
      set: settle,
      enumerable: true,
      configurable: true,
    });
  }
};
