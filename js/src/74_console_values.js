// Loaded with 74_console.js: what one value looks like, shown through deno_web's inspector, and what becomes of
// it in a format. Bounds what showing it costs; a value that throws while it is looked at does not keep the
// others from being shown. Evaluates to a function of what cuts a text.
(function () {
  const { core, primordials } = __bootstrap;
  const {
    ArrayFrom,
    ArrayIsArray,
    ArrayPrototypeIncludes,
    ArrayPrototypeJoin,
    ArrayPrototypeMap,
    ArrayPrototypePop,
    ArrayPrototypePush,
    ArrayPrototypeSlice,
    ArrayPrototypeSome,
    Error,
    FunctionPrototypeToString,
    JSONStringify,
    MathMin,
    Number,
    NumberParseFloat,
    NumberParseInt,
    ObjectCreate,
    ObjectDefineProperty,
    ObjectEntries,
    ObjectGetOwnPropertyDescriptors,
    ObjectGetPrototypeOf,
    ObjectHasOwn,
    ObjectIs,
    ObjectKeys,
    ObjectPrototypeIsPrototypeOf,
    ObjectSetPrototypeOf,
    RangeErrorPrototype,
    ReflectGetOwnPropertyDescriptor,
    RegExpPrototypeExec,
    SafeArrayIterator,
    SafeMapIterator,
    SafeRegExp,
    SafeSetIterator,
    String,
    StringPrototypeIncludes,
    StringPrototypeReplace,
    StringPrototypeSplit,
  } = primordials;
  const { inspect } = core.loadExtScript("ext:deno_web/01_console.js");
  const { op_console_css_to_ansi, op_console_parse_css } = core.ops;

  const MAX_STRING = 10_000;
  const MAX_ITEMS = 100;

  // What one value may come to, in characters, more or less.
  const MAX_SHOWN = 1_000_000;
  const PER_VALUE = 20;
  const MAX_PROPERTIES = 1_000;

  // Of an error's texts, which are shown whole.
  const MAX_ERROR = 100_000;
  const MAX_CAUSES = 8;

  // What a proxy stands for, `null` for a revoked one: to ask it would call user code.
  function behind(value) {
    while (core.isProxy(value)) value = core.getProxyDetails(value)[0];
    return value;
  }

  function own(object, key) {
    const property = ReflectGetOwnPropertyDescriptor(object, key);
    return property !== undefined && ObjectHasOwn(property, "value") ? property.value : undefined;
  }

  function isObject(value) {
    return (typeof value === "object" && value !== null) || typeof value === "function";
  }

  // Takes from `room.left` what showing `value` costs. Calls nothing of the user's.
  function weigh(value, depth, room, path) {
    room.left -= PER_VALUE;
    if (typeof value === "string") room.left -= MathMin(value.length, MAX_STRING);
    if (room.left < 0 || depth < 0 || !isObject(value)) return;
    const object = behind(value);
    if (!isObject(object) || ArrayPrototypeIncludes(path, object)) return;
    if (core.isArrayBufferView(object) || core.isStringObject(object)) return;
    if (core.isNativeError(object)) {
      room.left -= lengthOf(own(object, "message")) + lengthOf(own(object, "name"));
    }
    ArrayPrototypePush(path, object);
    for (const inner of new SafeArrayIterator(contents(object, room))) {
      if (room.left < 0) break;
      weigh(inner, depth - 1, room, path);
    }
    ArrayPrototypePop(path);
  }

  // The values in a value that would be shown.
  function contents(object, room) {
    if (ArrayIsArray(object)) {
      return ArrayFrom({ length: MathMin(object.length, MAX_ITEMS) }, (_, at) => own(object, at));
    }
    const keys = ObjectKeys(object);
    room.left -= keys.length * PER_VALUE;
    if (room.left < 0) return [];
    const values = ArrayPrototypeMap(keys, (key) => own(object, key));
    if (core.isNativeError(object)) ArrayPrototypePush(values, own(object, "cause"), own(object, "errors"));
    if (core.isMap(object)) {
      const pairs = firstOf(new SafeMapIterator(object), MAX_ITEMS);
      for (let at = 0; at < pairs.length; at++) ArrayPrototypePush(values, pairs[at][0], pairs[at][1]);
    } else if (core.isSet(object)) {
      const members = firstOf(new SafeSetIterator(object), MAX_ITEMS);
      for (let at = 0; at < members.length; at++) ArrayPrototypePush(values, members[at]);
    }
    return values;
  }

  // The first `most` values that a safe iterator gives.
  function firstOf(iterator, most) {
    const found = [];
    while (found.length < most) {
      const { done, value } = iterator.next();
      if (done) break;
      ArrayPrototypePush(found, value);
    }
    return found;
  }

  // Of 12_console.js.
  let shortened;

  function lengthOf(value) {
    return typeof value === "string" ? value.length : 0;
  }

  // A text of an error, unless asking for it throws.
  function textOf(error, key) {
    try {
      return error[key];
    } catch {
      return undefined;
    }
  }

  // An error as it is shown: one with long texts gives way to one that has their beginnings, and so do its
  // causes. Asking for its stack may call user code, as showing it does.
  function shorter(error, left = MAX_CAUSES) {
    if (left === 0 || !core.isNativeError(error)) return error;
    const texts = ArrayPrototypeMap(["name", "message", "stack"], (key) => [key, textOf(error, key)]);
    const isLong = ArrayPrototypeSome(texts, ({ 1: text }) => lengthOf(text) > MAX_ERROR);
    const cause = own(error, "cause");
    const shownCause = shorter(cause, left - 1);
    if (!isLong && shownCause === cause) return error;
    const shown = new Error();
    ObjectSetPrototypeOf(shown, ObjectGetPrototypeOf(error));
    for (
      const { 0: key, 1: descriptor } of new SafeArrayIterator(
        ObjectEntries(ObjectGetOwnPropertyDescriptors(error)),
      )
    ) {
      if (key !== "stack") ObjectDefineProperty(shown, key, descriptor);
    }
    const show = (key, value, enumerable) =>
      ObjectDefineProperty(shown, key, {
        __proto__: null,
        value,
        enumerable,
        writable: true,
        configurable: true,
      });
    for (const { 0: key, 1: text } of new SafeArrayIterator(texts)) {
      if (typeof text === "string") show(key, shortened(text, MAX_ERROR), false);
    }
    if (shownCause !== cause) show("cause", shownCause, false);
    return shown;
  }

  // `inspect`, with less depth where a value is too large to be shown whole.
  function bounded(value, options) {
    let depth = options.depth ?? Infinity;
    for (;;) {
      const room = { left: MAX_SHOWN };
      try {
        weigh(value, depth, room, []);
      } catch (error) {
        // Deeper than the stack.
        if (!(ObjectPrototypeIsPrototypeOf(RangeErrorPrototype, error))) throw error;
        room.left = -1;
      }
      if (room.left >= 0) return inspect(value, { __proto__: null, ...options, depth });
      if (depth <= 0) return beginning(value, options);
      depth = depth > 4 ? 4 : depth - 1;
    }
  }

  // The first properties of an object that has too many.
  function beginning(value, options) {
    const object = behind(value);
    const keys = ObjectKeys(object);
    const shown = ObjectCreate(ObjectGetPrototypeOf(object));
    for (const key of new SafeArrayIterator(ArrayPrototypeSlice(keys, 0, MAX_PROPERTIES))) {
      ObjectDefineProperty(shown, key, { __proto__: null, ...ReflectGetOwnPropertyDescriptor(object, key) });
    }
    const text = inspect(shown, { __proto__: null, ...options, depth: 0 });
    const more = keys.length - MAX_PROPERTIES;
    return more > 0
      ? StringPrototypeReplace(text, new SafeRegExp(/\n?\}$/), `,\n  ... ${more} more properties\n}`)
      : text;
  }

  // Where an error comes from, in two lines at most.
  function reason(error) {
    try {
      const { stack } = error;
      return typeof stack === "string"
        ? ArrayPrototypeJoin(StringPrototypeSplit(shortened(stack, MAX_ERROR), "\n", 2), "\n")
        : `${error}`;
    } catch {
      return "an error that throws when it is looked at";
    }
  }

  function show(value, options) {
    try {
      if (isObject(value) && behind(value) === null) return "<Revoked Proxy>";
      return bounded(shorter(value), options);
    } catch (error) {
      return `<Formatting threw (${reason(error)})>`;
    }
  }

  // Whether the text of an object says less than what is in it: nobody gave it a `toString`.
  function saysNothing(object) {
    if (core.isProxy(object)) return true;
    for (let holder = object; holder !== null; holder = ObjectGetPrototypeOf(holder)) {
      if (core.isProxy(holder)) return true;
      if (!ObjectHasOwn(holder, "toString")) continue;
      const given = own(holder, "toString");
      return typeof given !== "function" ||
        StringPrototypeIncludes(FunctionPrototypeToString(given), "[native code]");
    }
    return true;
  }

  // Node.js reads these as JavaScript's own conversions, not as the console standard's.
  function number(value, convert) {
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "symbol") return "NaN";
    const converted = isObject(value) ? NaN : convert(value);
    return ObjectIs(converted, -0) ? "-0" : `${converted}`;
  }

  function json(value) {
    try {
      return `${JSONStringify(value)}`;
    } catch (error) {
      return RegExpPrototypeExec(/circular/i, `${error?.message}`) !== null
        ? "[Circular]"
        : `<JSON threw (${reason(error)})>`;
    }
  }

  function text(value, options) {
    if (typeof value === "string") return value;
    if (typeof value === "symbol") return String(value);
    if (!isObject(value) || saysNothing(value)) {
      return show(value, { ...options, depth: 0, colors: false, compact: 3 });
    }
    try {
      return String(value);
    } catch (error) {
      return `<Formatting threw (${reason(error)})>`;
    }
  }

  const conversions = {
    s: text,
    d: (value) => number(value, Number),
    i: (value) => number(value, NumberParseInt),
    f: (value) => typeof value === "symbol" ? "NaN" : number(NumberParseFloat(value), Number),
    j: json,
    o: (value, options) => show(value, { ...options, showHidden: true, showProxy: true, depth: 4 }),
    O: show,
  };

  const CONVERSION = new SafeRegExp("%([sdifjoOc%])", "g");

  // A format and the values that are left when it has taken its own.
  function substitute(values, options) {
    let at = 1;
    let css = null;
    const formatted = StringPrototypeReplace(values[0], CONVERSION, (whole, kind) => {
      if (kind === "%") return "%";
      if (at === values.length) return whole;
      const value = values[at++];
      if (kind !== "c") return conversions[kind](value, options);
      if (!options.colors) return "";
      const wanted = op_console_parse_css(text(value, options));
      const codes = op_console_css_to_ansi(wanted, css);
      css = wanted;
      return codes;
    });
    return { at, formatted: css === null ? formatted : `${formatted}\u001b[0m` };
  }

  return (cut) => {
    shortened = cut;
    return { behind, firstOf, isObject, show, substitute, text };
  };
})();
