// Loaded by isolates that print more than strings: formats, shows values through deno_web's inspector,
// and the console methods that are used rarely. Evaluates to a function of the console's state and of
// what writes a text. Bounds what one call prints; a value that throws while it is looked at does not
// keep the others from being shown.
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
    ArrayPrototypeReduce,
    ArrayPrototypeSlice,
    ArrayPrototypeSome,
    Error,
    ErrorCaptureStackTrace,
    FunctionPrototypeToString,
    JSONStringify,
    MathFloor,
    MathMax,
    MathMin,
    Number,
    NumberParseFloat,
    NumberParseInt,
    NumberPrototypeToFixed,
    ObjectAssign,
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
    SafeMap,
    SafeMapIterator,
    SafeRegExp,
    SafeSet,
    SafeSetIterator,
    String,
    StringPrototypeIncludes,
    StringPrototypePadStart,
    StringPrototypeRepeat,
    StringPrototypeReplace,
    StringPrototypeReplaceAll,
    StringPrototypeSlice,
    StringPrototypeSplit,
    Uint32Array,
    Uint8Array,
  } = primordials;
  const { getStringWidth, inspect } = core.loadExtScript("ext:deno_web/01_console.js");
  const { op_console_css_to_ansi, op_console_parse_css, op_now } = core.ops;

  const LOG = 1;
  const WARN = 2;
  const TRACE = 4;

  // As the original shows values, which has it from Node.js.
  const DEPTH = 2;
  const QUOTES = ["'", '"', "`"];
  const WIDTH = 80;
  const MAX_STRING = 10_000;
  const MAX_ITEMS = 100;

  // What one value may come to, in characters, more or less.
  const MAX_SHOWN = 1_000_000;
  const PER_VALUE = 20;
  const MAX_PROPERTIES = 1_000;
  const MAX_ROWS = 1_000;
  const MAX_COLUMNS = 50;

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

  return (state, write, cut) => {
    shortened = cut;

    function settings(level) {
      const colors = level >= WARN ? state.colors.err : state.colors.out;
      const breakLength = MathMax(WIDTH - state.lead().length, WIDTH / 2);
      const options = { breakLength, colors, depth: DEPTH, quotes: QUOTES };
      // What a value's own way of being shown calls for its parts.
      options.inspect = (value, given) => inspect(value, { __proto__: null, ...options, ...given });
      return options;
    }

    function format(level, values) {
      const options = settings(level);
      const parts = [];
      let at = 0;
      if (typeof values[0] === "string" && values.length > 1) {
        const substituted = substitute(values, options);
        ArrayPrototypePush(parts, substituted.formatted);
        at = substituted.at;
      }
      for (; at < values.length; at++) {
        const value = values[at];
        ArrayPrototypePush(parts, typeof value === "string" ? value : show(value, options));
      }
      return ArrayPrototypeJoin(parts, " ");
    }

    function say(level, ...values) {
      write(level, format(level, values));
    }

    // ---- tables ----

    // The own properties of a value, of a proxy those of what it stands for.
    function entries(value) {
      const object = behind(value);
      const keys = isObject(object) ? ObjectKeys(object) : [];
      return ArrayPrototypeMap(keys, (key) => [key, ReflectGetOwnPropertyDescriptor(object, key)]);
    }

    // Rows as [index, value], and what the index is called.
    function rowsOf(data) {
      const object = behind(data);
      const numbered = (iterator) =>
        ArrayPrototypeMap(firstOf(iterator, MAX_ROWS + 1), (value, at) => [at, { __proto__: null, value }]);
      if (core.isMap(object)) return ["(iteration index)", numbered(new SafeMapIterator(object))];
      if (core.isSet(object)) return ["(iteration index)", numbered(new SafeSetIterator(object))];
      return ["(index)", entries(object)];
    }

    function draw(heads, rows) {
      const widths = ArrayPrototypeMap(
        heads,
        (head, column) =>
          ArrayPrototypeReduce(
            rows,
            (width, row) => MathMax(width, getStringWidth(row[column])),
            getStringWidth(head),
          ),
      );
      const line = (left, between, right) =>
        left + ArrayPrototypeJoin(
          ArrayPrototypeMap(widths, (width) => StringPrototypeRepeat("\u2500", width + 2)),
          between,
        ) + right;
      const fill = (cells) => {
        const padded = ArrayPrototypeMap(
          cells,
          (cell, column) => ` ${cell}${StringPrototypeRepeat(" ", widths[column] - getStringWidth(cell))} `,
        );
        return `\u2502${ArrayPrototypeJoin(padded, "\u2502")}\u2502`;
      };
      return ArrayPrototypeJoin([
        line("\u250c", "\u252c", "\u2510"),
        fill(heads),
        line("\u251c", "\u253c", "\u2524"),
        ...new SafeArrayIterator(ArrayPrototypeMap(rows, fill)),
        line("\u2514", "\u2534", "\u2518"),
      ], "\n");
    }

    function table(data, columns) {
      if (typeof data !== "object" || data === null || behind(data) === null) return say(LOG, data);
      const options = {
        ...settings(LOG),
        depth: 0,
        maxArrayLength: 3,
        maxStringLength: 200,
        breakLength: Infinity,
      };
      const cell = (property) => {
        if (property === undefined) return "";
        if (!ObjectHasOwn(property, "value")) return "[Getter]";
        return StringPrototypeReplaceAll(show(property.value, options), "\n", " ");
      };
      const { 0: index, 1: all } = rowsOf(data);
      const isMap = core.isMap(behind(data));
      const wanted = ArrayIsArray(columns) ? ArrayPrototypeMap(columns, String) : null;
      const names = new SafeSet(wanted ?? []);
      let hasValues = false;
      const rows = ArrayPrototypeMap(ArrayPrototypeSlice(all, 0, MAX_ROWS), ({ 0: at, 1: property }) => {
        const value = ObjectHasOwn(property, "value") ? property.value : undefined;
        if (isMap) return { at, pair: value };
        const inner = behind(value);
        if (typeof inner !== "object" || inner === null) {
          hasValues = true;
          return { at, property };
        }
        const cells = new SafeMap(entries(inner));
        if (wanted === null) {
          for (const name of cells.keys()) if (names.size < MAX_COLUMNS) names.add(name);
        }
        return { at, cells };
      });
      const heads = [
        index,
        ...new SafeArrayIterator(isMap ? ["Key", "Values"] : [...names.values()]),
        ...new SafeArrayIterator(hasValues ? ["Values"] : []),
      ];
      const lines = ArrayPrototypeMap(rows, ({ at, cells, pair, property }) => {
        if (pair !== undefined) {
          return [
            `${at}`,
            ...new SafeArrayIterator(ArrayPrototypeMap(pair, (value) => cell({ value }))),
          ];
        }
        const line = [`${at}`, ...new SafeArrayIterator(ArrayFrom(names, (name) => cell(cells?.get(name))))];
        return hasValues ? [...new SafeArrayIterator(line), cell(property)] : line;
      });
      const more = all.length - lines.length;
      write(LOG, draw(heads, lines) + (more > 0 ? `\n... more rows than ${MAX_ROWS}` : ""));
    }

    // ---- counts and times ----

    const counts = new SafeMap();
    const timers = new SafeMap();
    const clock = new Uint32Array(2);

    function label(given) {
      return given === undefined ? "default" : text(given, {});
    }

    function now() {
      op_now(new Uint8Array(clock.buffer));
      return clock[0] * 1000 + clock[1] / 1e6;
    }

    function duration(milliseconds) {
      if (milliseconds < 1000) return `${Number(NumberPrototypeToFixed(milliseconds, 3))}ms`;
      const seconds = milliseconds / 1000;
      if (seconds < 60) return `${NumberPrototypeToFixed(seconds, 3)}s`;
      const { 0: whole, 1: rest } = [
        MathFloor(seconds / 60),
        StringPrototypePadStart(NumberPrototypeToFixed(seconds % 60, 3), 6, "0"),
      ];
      if (whole < 60) return `${whole}:${rest} (m:ss.mmm)`;
      const minutes = StringPrototypePadStart(String(whole % 60), 2, "0");
      return `${MathFloor(whole / 60)}:${minutes}:${StringPrototypeSlice(rest, 0, 2)} (h:mm:ss)`;
    }

    function tellTime(given, values) {
      const name = label(given);
      const start = timers.get(name);
      if (start === undefined) write(WARN, `Timer '${name}' does not exist`);
      else {
        const rest = values.length === 0
          ? ""
          : ` ${ArrayPrototypeJoin(ArrayPrototypeMap(values, (value) => format(LOG, [value])), " ")}`;
        write(LOG, `${name}: ${duration(now() - start)}${rest}`);
      }
      return name;
    }

    return {
      format,
      table,
      assert(values) {
        if (typeof values[0] === "string") {
          say(
            WARN,
            `Assertion failed: ${values[0]}`,
            ...new SafeArrayIterator(ArrayPrototypeSlice(values, 1)),
          );
        } else {say(
            WARN,
            values.length === 0 ? "Assertion failed" : "Assertion failed:",
            ...new SafeArrayIterator(values),
          );}
      },
      count(given) {
        const name = label(given);
        const count = (counts.get(name) ?? 0) + 1;
        counts.set(name, count);
        write(LOG, `${name}: ${count}`);
      },
      countReset(given) {
        const name = label(given);
        if (!counts.delete(name)) write(WARN, `Count for '${name}' does not exist`);
      },
      // What an exception is told with: an error whole, anything else as the console shows it.
      describe(error) {
        return typeof error === "string" ? error : show(error, settings(WARN));
      },
      dir(value, given) {
        const options = { ...settings(LOG), customInspect: false };
        try {
          ObjectAssign(options, given);
        } catch {
          // Options that throw are none.
        }
        write(LOG, show(value, options));
      },
      time(given) {
        const name = label(given);
        if (timers.has(name)) write(WARN, `Timer '${name}' already exists`);
        else timers.set(name, now());
      },
      timeEnd(given) {
        timers.delete(tellTime(given, []));
      },
      timeLog: tellTime,
      // `caller` is the first function that the stack does not tell of.
      trace(values, caller) {
        const holder = { name: "Trace", message: format(TRACE, values) };
        ErrorCaptureStackTrace(holder, caller);
        const head = holder.message === "" ? "Trace" : `Trace: ${holder.message}`;
        write(TRACE, typeof holder.stack === "string" ? holder.stack : head);
      },
    };
  };
})();
