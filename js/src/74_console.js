// Loaded by isolates that print more than strings: lines of several values, and the console methods that are
// used rarely. Evaluates to a function of the console's state, of what writes a text, and of what cuts one.
// What a value looks like is 74_console_values.js.
(function () {
  const { core, primordials } = __bootstrap;
  const {
    ArrayFrom,
    ArrayIsArray,
    ArrayPrototypeJoin,
    ArrayPrototypeMap,
    ArrayPrototypePush,
    ArrayPrototypeReduce,
    ArrayPrototypeSlice,
    ErrorCaptureStackTrace,
    MathFloor,
    MathMax,
    Number,
    NumberPrototypeToFixed,
    ObjectAssign,
    ObjectHasOwn,
    ObjectKeys,
    ReflectGetOwnPropertyDescriptor,
    SafeArrayIterator,
    SafeMap,
    SafeMapIterator,
    SafeSet,
    SafeSetIterator,
    String,
    StringPrototypePadStart,
    StringPrototypeRepeat,
    StringPrototypeReplaceAll,
    StringPrototypeSlice,
    Uint32Array,
    Uint8Array,
  } = primordials;
  const { getStringWidth, inspect } = core.loadExtScript("ext:deno_web/01_console.js");
  const { op_now } = core.ops;

  const LOG = 1;
  const WARN = 2;
  const TRACE = 4;

  // As the original shows values, which has it from Node.js.
  const DEPTH = 2;
  const QUOTES = ["'", '"', "`"];
  const WIDTH = 80;

  const MAX_ROWS = 1_000;
  const MAX_COLUMNS = 50;

  return (state, write, cut) => {
    const { behind, firstOf, isObject, show, substitute, text } = core.loadExtScript(
      "ext:partyrun/74_console_values.js",
    )(cut);

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
