// Loaded by isolates that print more than strings: formats, shows values through deno_web's inspector,
// and the console methods that are used rarely. Evaluates to a function of the console's state and of
// what writes a text. Bounds what one call prints; a value that throws while it is looked at does not
// keep the others from being shown.
(function () {
  const { core } = __bootstrap;
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
    return Reflect.getOwnPropertyDescriptor(object, key)?.value;
  }

  function isObject(value) {
    return (typeof value === "object" && value !== null) || typeof value === "function";
  }

  // Takes from `room.left` what showing `value` costs. Calls nothing of the user's.
  function weigh(value, depth, room, path) {
    room.left -= PER_VALUE;
    if (typeof value === "string") room.left -= Math.min(value.length, MAX_STRING);
    if (room.left < 0 || depth < 0 || !isObject(value)) return;
    const object = behind(value);
    if (!isObject(object) || path.includes(object)) return;
    if (core.isArrayBufferView(object) || core.isStringObject(object)) return;
    if (core.isNativeError(object)) room.left -= lengthOf(own(object, "message")) + lengthOf(own(object, "name"));
    path.push(object);
    for (const inner of contents(object, room)) {
      if (room.left < 0) break;
      weigh(inner, depth - 1, room, path);
    }
    path.pop();
  }

  // The values in a value that would be shown.
  function contents(object, room) {
    if (Array.isArray(object)) {
      return Array.from({ length: Math.min(object.length, MAX_ITEMS) }, (_, at) => own(object, at));
    }
    const keys = Object.keys(object);
    room.left -= keys.length * PER_VALUE;
    if (room.left < 0) return [];
    const values = keys.map((key) => own(object, key));
    if (core.isNativeError(object)) values.push(own(object, "cause"), own(object, "errors"));
    if (core.isMap(object)) {
      for (const [key, value] of firstOf(Map.prototype.entries.call(object))) values.push(key, value);
    } else if (core.isSet(object)) values.push(...firstOf(Set.prototype.values.call(object)));
    return values;
  }

  function firstOf(iterator) {
    return iterator.take(MAX_ITEMS);
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
    const texts = ["name", "message", "stack"].map((key) => [key, textOf(error, key)]);
    const isLong = texts.some(([, text]) => lengthOf(text) > MAX_ERROR);
    const cause = own(error, "cause");
    const shownCause = shorter(cause, left - 1);
    if (!isLong && shownCause === cause) return error;
    const shown = new Error();
    Object.setPrototypeOf(shown, Object.getPrototypeOf(error));
    for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(error))) {
      if (key !== "stack") Object.defineProperty(shown, key, descriptor);
    }
    const show = (key, value, enumerable) =>
      Object.defineProperty(shown, key, { value, enumerable, writable: true, configurable: true });
    for (const [key, text] of texts) {
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
        if (!(error instanceof RangeError)) throw error;
        room.left = -1;
      }
      if (room.left >= 0) return inspect(value, { ...options, depth });
      if (depth <= 0) return beginning(value, options);
      depth = depth > 4 ? 4 : depth - 1;
    }
  }

  // The first properties of an object that has too many.
  function beginning(value, options) {
    const object = behind(value);
    const keys = Object.keys(object);
    const shown = Object.create(Object.getPrototypeOf(object));
    for (const key of keys.slice(0, MAX_PROPERTIES)) {
      Object.defineProperty(shown, key, Reflect.getOwnPropertyDescriptor(object, key));
    }
    const text = inspect(shown, { ...options, depth: 0 });
    const more = keys.length - MAX_PROPERTIES;
    return more > 0 ? text.replace(/\n?\}$/, `,\n  ... ${more} more properties\n}`) : text;
  }

  // Where an error comes from, in two lines at most.
  function reason(error) {
    try {
      const { stack } = error;
      return typeof stack === "string" ? shortened(stack, MAX_ERROR).split("\n", 2).join("\n") : `${error}`;
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

  const nativeText = Function.prototype.toString;

  // Whether the text of an object says less than what is in it: nobody gave it a `toString`.
  function saysNothing(object) {
    if (core.isProxy(object)) return true;
    for (let holder = object; holder !== null; holder = Object.getPrototypeOf(holder)) {
      if (core.isProxy(holder)) return true;
      if (!Object.hasOwn(holder, "toString")) continue;
      const given = own(holder, "toString");
      return typeof given !== "function" || nativeText.call(given).includes("[native code]");
    }
    return true;
  }

  // Node.js reads these as JavaScript's own conversions, not as the console standard's.
  function number(value, convert) {
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "symbol") return "NaN";
    const converted = isObject(value) ? NaN : convert(value);
    return Object.is(converted, -0) ? "-0" : `${converted}`;
  }

  function json(value) {
    try {
      return `${JSON.stringify(value)}`;
    } catch (error) {
      return /circular/i.test(error?.message) ? "[Circular]" : `<JSON threw (${reason(error)})>`;
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
    i: (value) => number(value, parseInt),
    f: (value) => typeof value === "symbol" ? "NaN" : number(parseFloat(value), Number),
    j: json,
    o: (value, options) => show(value, { ...options, showHidden: true, showProxy: true, depth: 4 }),
    O: show,
  };

  // A format and the values that are left when it has taken its own.
  function substitute(values, options) {
    let at = 1;
    let css = null;
    const formatted = values[0].replace(/%([sdifjoOc%])/g, (whole, kind) => {
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
      const breakLength = Math.max(WIDTH - state.lead().length, WIDTH / 2);
      const options = { breakLength, colors, depth: DEPTH, quotes: QUOTES };
      // What a value's own way of being shown calls for its parts.
      options.inspect = (value, given) => inspect(value, { ...options, ...given });
      return options;
    }

    function format(level, values) {
      const options = settings(level);
      const parts = [];
      let at = 0;
      if (typeof values[0] === "string" && values.length > 1) {
        const substituted = substitute(values, options);
        parts.push(substituted.formatted);
        at = substituted.at;
      }
      for (; at < values.length; at++) {
        const value = values[at];
        parts.push(typeof value === "string" ? value : show(value, options));
      }
      return parts.join(" ");
    }

    function say(level, ...values) {
      write(level, format(level, values));
    }

    // ---- tables ----

    // The own properties of a value, of a proxy those of what it stands for.
    function entries(value) {
      const object = behind(value);
      const keys = isObject(object) ? Object.keys(object) : [];
      return keys.map((key) => [key, Reflect.getOwnPropertyDescriptor(object, key)]);
    }

    // Rows as [index, value], and what the index is called.
    function rowsOf(data) {
      const object = behind(data);
      const numbered = (values) => Array.from(firstRows(values), (value, at) => [at, { value }]);
      if (core.isMap(object)) return ["(iteration index)", numbered(Map.prototype.entries.call(object))];
      if (core.isSet(object)) return ["(iteration index)", numbered(Set.prototype.values.call(object))];
      return ["(index)", entries(object)];
    }

    function firstRows(iterator) {
      return iterator.take(MAX_ROWS + 1);
    }

    function draw(heads, rows) {
      const widths = heads.map((head, column) =>
        rows.reduce((width, row) => Math.max(width, getStringWidth(row[column])), getStringWidth(head))
      );
      const line = (left, between, right) =>
        left + widths.map((width) => "\u2500".repeat(width + 2)).join(between) + right;
      const fill = (cells) => {
        const padded = cells.map((cell, column) =>
          ` ${cell}${" ".repeat(widths[column] - getStringWidth(cell))} `
        );
        return `\u2502${padded.join("\u2502")}\u2502`;
      };
      return [
        line("\u250c", "\u252c", "\u2510"),
        fill(heads),
        line("\u251c", "\u253c", "\u2524"),
        ...rows.map(fill),
        line("\u2514", "\u2534", "\u2518"),
      ].join("\n");
    }

    function table(data, columns) {
      if (typeof data !== "object" || data === null || behind(data) === null) return say(LOG, data);
      const options = { ...settings(LOG), depth: 0, maxArrayLength: 3, maxStringLength: 200, breakLength: Infinity };
      const cell = (property) => {
        if (property === undefined) return "";
        if (!("value" in property)) return "[Getter]";
        return show(property.value, options).replaceAll("\n", " ");
      };
      const [index, all] = rowsOf(data);
      const isMap = core.isMap(behind(data));
      const wanted = Array.isArray(columns) ? columns.map(String) : null;
      const names = new Set(wanted ?? []);
      let hasValues = false;
      const rows = all.slice(0, MAX_ROWS).map(([at, property]) => {
        const value = "value" in property ? property.value : undefined;
        if (isMap) return { at, pair: value };
        const inner = behind(value);
        if (typeof inner !== "object" || inner === null) {
          hasValues = true;
          return { at, property };
        }
        const cells = new Map(entries(inner));
        if (wanted === null) {
          for (const name of cells.keys()) if (names.size < MAX_COLUMNS) names.add(name);
        }
        return { at, cells };
      });
      const heads = [index, ...(isMap ? ["Key", "Values"] : names), ...(hasValues ? ["Values"] : [])];
      const lines = rows.map(({ at, cells, pair, property }) => {
        if (pair !== undefined) return [`${at}`, ...pair.map((value) => cell({ value }))];
        const line = [`${at}`, ...Array.from(names, (name) => cell(cells?.get(name)))];
        return hasValues ? [...line, cell(property)] : line;
      });
      const more = all.length - lines.length;
      write(LOG, draw(heads, lines) + (more > 0 ? `\n... more rows than ${MAX_ROWS}` : ""));
    }

    // ---- counts and times ----

    const counts = new Map();
    const timers = new Map();
    const clock = new Uint32Array(2);

    function label(given) {
      return given === undefined ? "default" : text(given, {});
    }

    function now() {
      op_now(new Uint8Array(clock.buffer));
      return clock[0] * 1000 + clock[1] / 1e6;
    }

    function duration(milliseconds) {
      if (milliseconds < 1000) return `${Number(milliseconds.toFixed(3))}ms`;
      const seconds = milliseconds / 1000;
      if (seconds < 60) return `${seconds.toFixed(3)}s`;
      const [whole, rest] = [Math.floor(seconds / 60), (seconds % 60).toFixed(3).padStart(6, "0")];
      if (whole < 60) return `${whole}:${rest} (m:ss.mmm)`;
      const minutes = String(whole % 60).padStart(2, "0");
      return `${Math.floor(whole / 60)}:${minutes}:${rest.slice(0, 2)} (h:mm:ss)`;
    }

    function tellTime(given, values) {
      const name = label(given);
      const start = timers.get(name);
      if (start === undefined) write(WARN, `Timer '${name}' does not exist`);
      else {
        const rest = values.length === 0 ? "" : ` ${values.map((value) => format(LOG, [value])).join(" ")}`;
        write(LOG, `${name}: ${duration(now() - start)}${rest}`);
      }
      return name;
    }

    return {
      format,
      table,
      assert(values) {
        if (typeof values[0] === "string") say(WARN, `Assertion failed: ${values[0]}`, ...values.slice(1));
        else say(WARN, values.length === 0 ? "Assertion failed" : "Assertion failed:", ...values);
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
          Object.assign(options, given);
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
        Error.captureStackTrace(holder, caller);
        const head = holder.message === "" ? "Trace" : `Trace: ${holder.message}`;
        write(TRACE, typeof holder.stack === "string" ? holder.stack : head);
      },
    };
  };
})();
