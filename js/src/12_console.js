// Runs while the snapshot is made. The console of an isolate, and how an exception that nobody caught is
// told. Here are the calls that need no formatting; the rest is in 74_console.js, which an isolate loads
// with the first value that has to be shown.
import { core, primordials } from "ext:core/mod.js";
import { ops } from "ext:partyrun/06_ops.js";

const {
  MathMin,
  ObjectKeys,
  ReflectApply,
  SafeArrayIterator,
  StringPrototypeIncludes,
  StringPrototypeRepeat,
  StringPrototypeReplaceAll,
  StringPrototypeSlice,
} = primordials;

// Severities, as ops/src/interface.rs reads them.
const DEBUG = 0;
const LOG = 1;
const WARN = 2;
const ERROR = 3;

// A text is cut here: nobody reads more, and it is copied on its way to the terminal.
const MAX_TEXT = 4 << 20;
// A text that was put together from others is copied when somebody looks into it. One of this length
// would take much of a heap, so it is only counted.
const MAX_COPIED = 64 << 20;

const GROUP = "  ";
const MAX_GROUPS = 40;

// Shared with 74_console.js.
const state = {
  colors: { out: false, err: false },
  groups: 0,
  lead: () => StringPrototypeRepeat(GROUP, MathMin(state.groups, MAX_GROUPS)),
};

let formatting;
const rare = () => formatting ??= core.loadExtScript("ext:partyrun/74_console.js")(state, write, cut);

export function configureConsole(colors, isInspected) {
  state.colors = colors;
  if (isInspected) showInDebuggers();
}

// Has V8's console, which debuggers show, hear of what is printed, while one is attached: it keeps what it
// hears, and calls into proxies to format it. Once: a spare is configured twice.
let isShown = false;
function showInDebuggers() {
  if (isShown) return;
  isShown = true;
  const { v8Console } = core;
  for (const name of new SafeArrayIterator(ObjectKeys(methods))) {
    const show = v8Console[name];
    const print = methods[name];
    if (typeof show !== "function" || name === "createTask") continue;
    const { [name]: both } = {
      [name](...values) {
        if (ops.op_pr_is_inspected()) ReflectApply(show, v8Console, values);
        return ReflectApply(print, this, values);
      },
    };
    console[name] = both;
  }
}

// The text of values that are all strings, of which the first is no format.
function plain(values) {
  const count = values.length;
  let text = "";
  for (let at = 0; at < count; at++) {
    const value = values[at];
    if (typeof value !== "string") return undefined;
    if (at === 0 && count > 1 && StringPrototypeIncludes(bearable(value), "%")) return undefined;
    text += at === 0 ? bearable(value) : ` ${bearable(value)}`;
  }
  return text;
}

// What can be looked into: a text, or how long it is.
function bearable(text) {
  return text.length > MAX_COPIED ? `(a text of ${text.length} characters)` : text;
}

// The beginning of a text that is longer than `most` characters.
export function cut(text, most = MAX_TEXT) {
  const { length } = text;
  if (length <= most || length > MAX_COPIED) return bearable(text);
  return `${StringPrototypeSlice(text, 0, most)}... ${length - most} more characters`;
}

function write(level, text) {
  text = cut(text);
  const lead = state.groups === 0 ? "" : state.lead();
  ops.op_pr_console(lead && lead + StringPrototypeReplaceAll(text, "\n", `\n${lead}`) || text, level);
}

function print(level, values) {
  write(level, plain(values) ?? rare().format(level, values));
}

const methods = {
  debug(...values) {
    print(DEBUG, values);
  },
  error(...values) {
    print(ERROR, values);
  },
  info(...values) {
    print(LOG, values);
  },
  log(...values) {
    print(LOG, values);
  },
  warn(...values) {
    print(WARN, values);
  },
  dir(value, options) {
    rare().dir(value, options);
  },
  dirxml(...values) {
    print(LOG, values);
  },
  table(data, columns) {
    rare().table(data, columns);
  },
  trace(...values) {
    rare().trace(values, methods.trace);
  },
  group(...label) {
    if (label.length > 0) print(LOG, label);
    state.groups++;
  },
  groupCollapsed(...label) {
    methods.group(...new SafeArrayIterator(label));
  },
  groupEnd() {
    if (state.groups > 0) state.groups--;
  },
  clear() {
    state.groups = 0;
    ops.op_pr_console_clear();
  },
  count(label) {
    rare().count(label);
  },
  countReset(label) {
    rare().countReset(label);
  },
  assert(condition, ...values) {
    if (!condition) rare().assert(values);
  },
  // These three are for a profiler.
  profile() {},
  profileEnd() {},
  time(label) {
    rare().time(label);
  },
  timeLog(label, ...values) {
    rare().timeLog(label, values);
  },
  timeEnd(label) {
    rare().timeEnd(label);
  },
  timeStamp() {},
  // React marks its tasks with it.
  createTask() {
    return { run: (task) => task() };
  },
};

// The object behind it is empty and of its own, as the console standard has it.
export const console = Object.assign(Object.create({}), methods);
Object.defineProperty(console, Symbol.toStringTag, { value: "console", configurable: true });

/** A warning of the runtime's own, whatever user code has made of `console`. */
export function warn(text) {
  write(WARN, text);
}

// Tells of an exception that nobody caught: what happened, with the stack, the causes and what else the
// error carries. A value that user code threw may throw again when it is looked at.
export function report(context, error) {
  let text;
  try {
    text = rare().describe(error);
  } catch {
    text = "A value was thrown that cannot be shown";
  }
  ops.op_pr_user_error(context, cut(text));
}

function nameOf(value) {
  const type = typeof value;
  if (value === null || value === undefined) return `${value}`;
  return type === "object" ? "an object" : `a ${type}`;
}

// Tells whose result is of no use: the error that follows is the platform's and names no handler.
export function reportResult(handler, party, value, wanted, server) {
  ops.op_pr_warn_of(
    server[handler],
    handler,
    `${handler} (party ${party}) returned ${nameOf(value)}: return ${wanted}`,
  );
}
