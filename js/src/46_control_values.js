// Loaded by rooms whose values are asked for from outside: structured values as JSON and back. JSON stands
// for itself; what it has not is an object with one key that begins with `$` (docs/control.md).
(function () {
  const { core, primordials } = __bootstrap;
  const {
    ArrayBufferIsView,
    ArrayIsArray,
    ArrayPrototypeMap,
    ArrayPrototypePush,
    ArrayPrototypeSome,
    BigInt,
    BigInt64Array,
    BigIntPrototypeValueOf,
    BigUint64Array,
    BooleanPrototypeValueOf,
    DataView,
    Date,
    DatePrototypeGetTime,
    Error,
    EvalError,
    Float32Array,
    Float64Array,
    Int16Array,
    Int32Array,
    Int8Array,
    JSONStringify,
    Map,
    MapPrototypeSet,
    Number,
    NumberIsFinite,
    NumberIsNaN,
    NumberPrototypeValueOf,
    Object,
    ObjectDefineProperty,
    ObjectHasOwn,
    ObjectIs,
    ObjectKeys,
    RangeError,
    ReferenceError,
    ReflectApply,
    RegExp,
    SafeArrayIterator,
    SafeMap,
    SafeMapIterator,
    SafeSetIterator,
    Set,
    SetPrototypeAdd,
    StringFromCharCode,
    StringPrototypeCharCodeAt,
    StringPrototypeSlice,
    StringPrototypeStartsWith,
    StringPrototypeValueOf,
    SyntaxError,
    TypeError,
    TypedArrayPrototypeGetSymbolToStringTag,
    TypedArrayPrototypeSubarray,
    URIError,
    Uint16Array,
    Uint32Array,
    Uint8Array,
    Uint8ClampedArray,
  } = primordials;
  const { atob, btoa } = core.loadExtScript("ext:deno_web/05_base64.js");
  const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
  const VIEWS = {
    BigInt64Array,
    BigUint64Array,
    DataView,
    Float32Array,
    Float64Array,
    Int16Array,
    Int32Array,
    Int8Array,
    Uint16Array,
    Uint32Array,
    Uint8Array,
    Uint8ClampedArray,
  };
  const VALUES = [
    NumberPrototypeValueOf,
    StringPrototypeValueOf,
    BooleanPrototypeValueOf,
    BigIntPrototypeValueOf,
  ];
  const PIECE = 0x8000;

  function base64(bytes) {
    let text = "";
    for (let i = 0; i < bytes.length; i += PIECE) {
      text += ReflectApply(StringFromCharCode, null, TypedArrayPrototypeSubarray(bytes, i, i + PIECE));
    }
    return btoa(text);
  }

  function bytesOf(text) {
    const latin1 = atob(text);
    const bytes = new Uint8Array(latin1.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = StringPrototypeCharCodeAt(latin1, i);
    return bytes;
  }

  function set(object, key, value) {
    ObjectDefineProperty(object, key, {
      __proto__: null,
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }

  // `{ $name: value }`
  const tag = (name, value) => {
    const object = {};
    object["$" + name] = value;
    return object;
  };

  function numberAsJson(value) {
    if (ObjectIs(value, -0)) return tag("number", "-0");
    return NumberIsFinite(value) ? value : tag("number", `${value}`);
  }

  const viewName = (value) => TypedArrayPrototypeGetSymbolToStringTag(value) ?? "DataView";

  /** What a value is as JSON. `host` describes objects of the platform's classes. */
  function toJson(root, host) {
    const known = new SafeMap();
    const fields = (object) => {
      const plain = {};
      for (const key of new SafeArrayIterator(ObjectKeys(object))) set(plain, key, walk(object[key]));
      return plain;
    };
    const objectAsJson = (value) => {
      if (host.isBranded(value)) return tag("platform", ArrayPrototypeMap(host.describe(value), plain));
      if (ArrayIsArray(value)) {
        const { length } = value;
        if (ObjectKeys(value).length === length) return ArrayPrototypeMap(value, walkOne);
        return tag("array", { length, items: fields(value) });
      }
      if (core.isDate(value)) {
        const time = DatePrototypeGetTime(value);
        return tag("date", NumberIsNaN(time) ? null : time);
      }
      if (core.isRegExp(value)) return tag("regexp", [value.source, value.flags]);
      if (core.isMap(value)) {
        const pairs = [];
        for (const pair of new SafeMapIterator(value)) {
          ArrayPrototypePush(pairs, [walk(pair[0]), walk(pair[1])]);
        }
        return tag("map", pairs);
      }
      if (core.isSet(value)) {
        const items = [];
        for (const item of new SafeSetIterator(value)) ArrayPrototypePush(items, walk(item));
        return tag("set", items);
      }
      if (core.isAnyArrayBuffer(value)) {
        return tag("bytes", { type: "ArrayBuffer", base64: base64(new Uint8Array(value)) });
      }
      if (ArrayBufferIsView(value)) {
        const { buffer, byteLength, byteOffset } = value;
        const bytes = new Uint8Array(buffer, byteOffset, byteLength);
        return tag("bytes", { type: viewName(value), base64: base64(bytes) });
      }
      if (core.isNativeError(value)) {
        const { message, name, stack } = value;
        const error = { name: `${name}`, message: `${message}` };
        if (typeof stack === "string") error.stack = stack;
        if (ObjectHasOwn(value, "cause")) error.cause = walk(value.cause);
        return tag("error", error);
      }
      if (core.isBoxedPrimitive(value)) return tag("boxed", walk(unboxed(value)));
      const keys = ObjectKeys(value);
      const isLikeTag = ArrayPrototypeSome(keys, (key) => StringPrototypeStartsWith(key, "$"));
      return isLikeTag ? tag("object", fields(value)) : fields(value);
    };
    // What a description is made of is no object of the value.
    const plain = (value) => value === undefined ? null : value;
    const walkOne = (value) => walk(value);
    const walk = (value) => {
      switch (typeof value) {
        case "string":
        case "boolean":
          return value;
        case "number":
          return numberAsJson(value);
        case "undefined":
          return tag("undefined", true);
        case "bigint":
          return tag("bigint", `${value}`);
        case "object":
          break;
        default:
          throw new TypeError(`A ${typeof value} cannot be stored or sent`);
      }
      if (value === null) return null;
      const number = known.get(value);
      if (number !== undefined) return tag("ref", number);
      known.set(value, known.size);
      return objectAsJson(value);
    };
    return walk(root);
  }

  function unboxed(value) {
    for (const valueOf of new SafeArrayIterator(VALUES)) {
      try {
        return valueOf(value);
      } catch {
        // It is of another kind.
      }
    }
    throw new TypeError("A boxed symbol cannot be stored or sent");
  }

  function wrong(name, value) {
    const shown = JSONStringify(value) ?? "nothing";
    return new TypeError(`\`$${name}\` cannot be made of \`${StringPrototypeSlice(shown, 0, 80)}\``);
  }

  /** The value that JSON stands for. `host` makes objects of the platform's classes. */
  function fromJson(root, host) {
    const known = [];
    const put = (object) => {
      ArrayPrototypePush(known, object);
      return object;
    };
    const fill = (object, fields, name) => {
      if (typeof fields !== "object" || fields === null) throw wrong(name, fields);
      for (const key of new SafeArrayIterator(ObjectKeys(fields))) set(object, key, walk(fields[key]));
      return object;
    };
    const list = (name, value) => {
      if (!ArrayIsArray(value)) throw wrong(name, value);
      return value;
    };
    const TAGS = {
      __proto__: null,
      undefined: () => undefined,
      bigint: (value) => BigInt(value),
      number: (value) => {
        const number = Number(value);
        if (NumberIsNaN(number) && value !== "NaN") throw wrong("number", value);
        return number;
      },
      ref: (value) => {
        if (typeof value !== "number" || !(value in known)) {
          throw new TypeError(`\`$ref\` names an object that does not come before it: \`${value}\``);
        }
        return known[value];
      },
      date: (value) => {
        const time = value === null ? NaN : value;
        const date = new Date(time);
        if (value !== null && NumberIsNaN(DatePrototypeGetTime(date))) throw wrong("date", value);
        return put(date);
      },
      regexp: (value) => {
        const { 0: source, 1: flags } = list("regexp", value);
        return put(new RegExp(source, flags));
      },
      map: (value) => {
        // eslint-disable-next-line partyrun/primordials -- user code is given it
        const map = put(new Map());
        for (const pair of new SafeArrayIterator(list("map", value))) {
          const { 0: key, 1: item } = list("map", pair);
          const name = walk(key);
          MapPrototypeSet(map, name, walk(item));
        }
        return map;
      },
      set: (value) => {
        // eslint-disable-next-line partyrun/primordials -- user code is given it
        const items = put(new Set());
        for (const item of new SafeArrayIterator(list("set", value))) SetPrototypeAdd(items, walk(item));
        return items;
      },
      bytes: (value) => {
        const { type, base64: text } = Object(value);
        if (typeof text !== "string") throw wrong("bytes", value);
        const { buffer } = bytesOf(text);
        if (type === "ArrayBuffer") return put(buffer);
        if (type === "Float16Array") return put(new host.Float16Array(buffer));
        if (!ObjectHasOwn(VIEWS, type)) throw wrong("bytes", value);
        return put(new VIEWS[type](buffer));
      },
      error: (value) => {
        const { name, message, stack } = Object(value);
        const Class = ObjectHasOwn(ERRORS, name) ? ERRORS[name] : Error;
        const error = put(new Class(`${message ?? ""}`));
        if (stack !== undefined) {
          ObjectDefineProperty(error, "stack", {
            __proto__: null,
            value: stack,
            writable: true,
            enumerable: false,
            configurable: true,
          });
        }
        if (ObjectHasOwn(Object(value), "cause")) {
          ObjectDefineProperty(error, "cause", {
            __proto__: null,
            value: walk(value.cause),
            writable: true,
            enumerable: false,
            configurable: true,
          });
        }
        return error;
      },
      boxed: (value) => put(Object(walk(value))),
      object: (value) => fill(put({}), value, "object"),
      array: (value) => {
        const { length, items } = Object(value);
        const array = put([]);
        array.length = length;
        return fill(array, items, "array");
      },
      platform: (value) => put(host.revive(list("platform", value))),
    };
    const walk = (value) => {
      if (typeof value !== "object" || value === null) return value;
      if (ArrayIsArray(value)) {
        const array = put([]);
        for (let i = 0; i < value.length; i++) ArrayPrototypePush(array, walk(value[i]));
        return array;
      }
      const keys = ObjectKeys(value);
      if (keys.length === 1 && StringPrototypeStartsWith(keys[0], "$")) {
        const name = StringPrototypeSlice(keys[0], 1);
        const make = TAGS[name];
        if (make === undefined) {
          throw new TypeError(
            `Unknown kind of value \`$${name}\`: write an object with such a key as \`{ "$object": ... }\``,
          );
        }
        return make(value[keys[0]]);
      }
      return fill(put({}), value, "object");
    };
    return walk(root);
  }

  return { fromJson, toJson };
})();
