// `createRequire` and the names of the builtin modules: a file cannot be required while a server runs.
const { default: refusing } = require("unenv/node/module");
const { both, prefixed } = require("../builtins.json");
const { coded, validateString } = require("./parts/errors.js");

const known = new Set([
  ...both,
  ...both.map((name) => `node:${name}`),
  ...prefixed.map((name) => `node:${name}`),
]);

function createRequire() {
  const load = (id) => {
    validateString(id, "id");
    if (known.has(id)) return require(`node:${id.replace(/^node:/, "")}`);
    throw coded(
      Error,
      "MODULE_NOT_FOUND",
      `Cannot find module '${id}': only the modules of Node.js can be required while a party server runs`,
    );
  };
  load.cache = {};
  load.extensions = {};
  load.main = undefined;
  load.resolve = (id) => {
    if (known.has(id)) return id;
    throw coded(Error, "MODULE_NOT_FOUND", `Cannot find module '${id}'`);
  };
  load.resolve.paths = () => null;
  return load;
}

class Module {
  constructor(id = "", parent = undefined) {
    Object.assign(this, {
      id,
      path: "",
      exports: {},
      filename: id,
      loaded: false,
      children: [],
      paths: [],
      parent,
    });
  }
}
module.exports = Object.assign(Module, refusing, {
  Module,
  builtinModules: [...both],
  createRequire,
  isBuiltin: (id) => known.has(id),
  syncBuiltinESMExports: () => {},
});
