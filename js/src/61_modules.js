// What the module graph's own texts import as "partyrun:modules": `require` and the modules that have
// no JavaScript of their own. Loaded in the isolates that have such modules, when they need it.
// Which file a specifier means is decided in Rust.
(function () {
  const { core: { ops }, internals, primordials } = __bootstrap;
  const {
    ArrayPrototypePush,
    Error,
    FunctionPrototypeCall,
    JSONParse,
    MathMax,
    ObjectDefineProperty,
    ObjectGetOwnPropertyDescriptor,
    ObjectGetOwnPropertyNames,
    ObjectHasOwn,
    SafeArrayIterator,
    SafeMap,
    SafeWeakMap,
    StringPrototypeIndexOf,
    StringPrototypeLastIndexOf,
    StringPrototypeSlice,
    StringPrototypeStartsWith,
    decodeURIComponent,
  } = primordials;
  const { URL, URLPrototypeGetPathname } = internals.platform;

  // Modules of CommonJS by URL, begun or finished.
  const modules = new SafeMap();
  // Namespaces of ES modules that CommonJS requires, by URL.
  const provided = new SafeMap();
  // What `require` gives for those and for JSON, by URL.
  const values = new SafeMap();
  // Who is told of assignments to the exports of CommonJS, by object and name.
  const followed = new SafeWeakMap();

  // Whether the path of a URL is what follows the scheme.
  function isPlain(url) {
    return StringPrototypeStartsWith(url, "file:///") &&
      StringPrototypeIndexOf(url, "%") === -1 &&
      StringPrototypeIndexOf(url, "?") === -1 &&
      StringPrototypeIndexOf(url, "#") === -1;
  }

  // A part of a string shares its text.
  function fileName(url) {
    if (isPlain(url)) return StringPrototypeSlice(url, 7);
    try {
      return decodeURIComponent(URLPrototypeGetPathname(new URL(url)));
    } catch {
      return url;
    }
  }

  function missing(reason) {
    const error = new Error(reason);
    error.code = "MODULE_NOT_FOUND";
    return error;
  }

  // An ES module as CommonJS sees it: live, and marked for the compilers' interoperation.
  function fromNamespace(namespace) {
    const exports = ObjectDefineProperty({}, "__esModule", { __proto__: null, value: true });
    for (const name of new SafeArrayIterator(ObjectGetOwnPropertyNames(namespace))) {
      if (ObjectHasOwn(exports, name)) continue;
      ObjectDefineProperty(exports, name, { __proto__: null, enumerable: true, get: () => namespace[name] });
    }
    return exports;
  }

  function remembered(url, make) {
    let value = values.get(url);
    if (value === undefined) values.set(url, value = make());
    return value;
  }

  // The URL of a CommonJS file, or an object that says what else it is.
  function lookUp(referrer, specifier) {
    const answer = ops.op_pr_module_require(referrer, specifier);
    if (StringPrototypeStartsWith(answer, "file:")) return answer;
    const space = StringPrototypeIndexOf(answer, " ");
    return { kind: StringPrototypeSlice(answer, 0, space), url: StringPrototypeSlice(answer, space + 1) };
  }

  function valueOf(found) {
    if (typeof found === "string") return load(found);
    const { kind, url } = found;
    switch (kind) {
      case "common":
        return load(url);
      case "es":
        return remembered(url, () => fromNamespace(provided.get(url)));
      case "json":
        return remembered(url, () => JSONParse(ops.op_pr_module_text(url)));
      case "text":
        return ops.op_pr_module_text(url);
      case "wasm":
        return wasm(url);
      case "bytes":
        return bytes(url);
      case "builtin":
        return internals.builtin(url);
      case "empty":
        return remembered("", () => ({}));
      default:
        throw missing(url);
    }
  }

  // What a file has been told of specifiers, with this one.
  function withFound(known, referrer, specifier) {
    // Most files require nothing.
    known ??= new SafeMap();
    if (!known.has(specifier)) known.set(specifier, lookUp(referrer, `${specifier}`));
    return known;
  }

  // The `require` of one file. What all have alike is one object, as in Node: there are many files.
  const cache = {};
  const extensions = {};
  function requireFor(referrer) {
    let known;
    function require(specifier) {
      known = withFound(known, referrer, specifier);
      return valueOf(known.get(specifier));
    }
    require.resolve = function resolve(specifier) {
      known = withFound(known, referrer, specifier);
      const found = known.get(specifier);
      if (typeof found === "string") return fileName(found);
      const { kind, url } = found;
      if (kind === "missing") throw missing(url);
      return StringPrototypeStartsWith(url, "file:") ? fileName(url) : `${specifier}`;
    };
    require.cache = cache;
    require.extensions = extensions;
    require.main = undefined;
    return require;
  }

  // The exports of a CommonJS file, which runs the first time they are asked for. A file in the
  // middle of running gives what it has so far; one that threw runs again.
  function load(url) {
    const known = modules.get(url);
    if (known !== undefined) return known.exports;
    const body = ops.op_pr_module_compile(url);
    const module = moduleFor(url);
    const { filename, path, require } = module;
    try {
      FunctionPrototypeCall(body, module.exports, module.exports, require, module, filename, path);
      module.loaded = true;
    } finally {
      if (!module.loaded) modules.delete(url);
    }
    return module.exports;
  }

  // What a file calls `module`.
  function moduleFor(url) {
    const filename = fileName(url);
    const module = {
      exports: {},
      id: filename,
      filename,
      path: StringPrototypeSlice(filename, 0, MathMax(StringPrototypeLastIndexOf(filename, "/"), 1)),
      loaded: false,
      children: [],
      paths: [],
      require: requireFor(url),
    };
    modules.set(url, module);
    return module;
  }

  // What a compiler that knows `__esModule` takes for the default export.
  function defaultOf(exports) {
    return exports?.__esModule ? exports.default : exports;
  }

  // One property of `module.exports` for a namespace that lists it: asking may throw, listing must
  // not.
  function listed(exports, name) {
    try {
      return exports?.[name];
    } catch {
      return undefined;
    }
  }

  // Tells `update` what is assigned to a property of `module.exports` from here on, so that imports of
  // it are live. Functions are hardly ever replaced, and their callers should not pay for it.
  function follow(exports, name, update) {
    if (exports === null || (typeof exports !== "object" && typeof exports !== "function")) return;
    let names = followed.get(exports);
    if (names === undefined) followed.set(exports, names = new SafeMap());
    const known = names.get(name);
    if (known !== undefined) {
      ArrayPrototypePush(known, update);
      return;
    }
    const found = ObjectGetOwnPropertyDescriptor(exports, name);
    if (!found?.writable || !found.configurable || typeof found.value === "function") return;
    const updates = [update];
    names.set(name, updates);
    let { value } = found;
    ObjectDefineProperty(exports, name, {
      __proto__: null,
      enumerable: found.enumerable,
      configurable: true,
      get: () => value,
      set(next) {
        if (this !== exports) {
          // An object that inherits from the exports gets a property of its own.
          ObjectDefineProperty(this, name, {
            __proto__: null,
            value: next,
            writable: true,
            enumerable: true,
            configurable: true,
          });
          return;
        }
        value = next;
        for (const update of new SafeArrayIterator(updates)) update(next);
      },
    });
  }

  function provide(url, namespace) {
    provided.set(url, namespace);
  }

  function wasm(url) {
    return remembered(url, () => ops.op_pr_module_wasm(url));
  }

  function bytes(url) {
    return remembered(url, () => ops.op_pr_module_bytes(url));
  }

  return { load, moduleFor, requireFor, defaultOf, listed, follow, provide, wasm, bytes };
})();
