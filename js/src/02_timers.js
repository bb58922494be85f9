// Runs while the snapshot is made. The timers of the global scope, over those of deno_core, which take
// no delay above 2^31 - 1 ms and forget when an interval was due. Knows nothing of rooms.
import { core, primordials } from "ext:core/mod.js";

const {
  MapPrototypeDelete,
  MapPrototypeGet,
  MapPrototypeSet,
  MathFloor,
  MathMax,
  MathMin,
  MathTrunc,
  ReflectApply,
  SafeMap,
  TypeError,
  globalThis,
  indirectEval,
} = primordials;
const { cancelTimer, createTimer, getAsyncContext, setAsyncContext } = core;
const { op_timer_now } = core.ops;
const webidl = core.loadExtScript("ext:deno_webidl/00_webidl.js");

/** The longest delay that deno_core's timers take: with a longer one they fire at once. */
export const MAX_CORE_DELAY = 2 ** 31 - 1;
// Where timers come from: deno_core, unless the isolate goes by a clock that can be set.
let source = {
  __proto__: null,
  cancel: cancelTimer,
  create: createTimer,
  longest: MAX_CORE_DELAY,
  now: op_timer_now,
};
let isSettable = false;

/** Takes timers from elsewhere, from here on. Before any is started. */
export function takeTimersFrom(other) {
  source = other;
  isSettable = true;
}

/** Whether deno_core's own timers would go by another clock. */
export function goesByOtherClock() {
  return isSettable;
}

// The longest that Workers have: a hundred years.
const MAX_DELAY = 3_153_600_000_000;
// An interval makes up for ticks that came late, so that their number follows the clock. One that is
// further behind than this, in milliseconds, leaves out what it missed and goes on in its rhythm: the
// room was stopped or computed for long, and does not want to be flooded when it comes back.
const MAX_BEHIND = 1000;
// Late ticks that run one after another before sockets get their turn, and how long one may take, in
// milliseconds, for the next to follow so.
const MAX_RUSH = 16;
const MAX_RUSHED = 1;

// Of timers that have not fired for the last time, by their number.
const active = new SafeMap();

/** A delay as Workers read it: whole milliseconds; at once for what is no number. */
export function toDelay(value) {
  const number = +value;
  return number >= 1 ? MathMin(MathTrunc(number), MAX_DELAY) : 0;
}

// When a timer's callback returns, deno_core has it due again after the whole milliseconds of its
// `_repeat`, counted from when it began with the timers that were due: too early, if others before this
// one took long.
function repeatUntil(timer, due, now) {
  timer._repeat = MathMin(MathMax(MathFloor(due - now), 1), source.longest);
}

/** Calls `callback` after `delay` milliseconds, once or for ever. Answers the timer's object. */
export function startTimer(callback, delay, args, repeats, isRefed) {
  const context = getAsyncContext();
  let due = source.now() + delay;
  // A tick may be a part of a millisecond early: it comes before a timer of the same moment that was
  // started later.
  const early = repeats ? 1 : 0;
  let rush = 0;
  const timer = source.create(fire, MathMin(delay, source.longest), undefined, true, isRefed, true);

  function fire() {
    const now = source.now();
    if (now < due - early) return repeatUntil(timer, due, now);
    if (repeats) {
      due += delay;
      if (now - due > MAX_BEHIND) due += MathFloor((now - due) / delay + 1) * delay;
    } else {
      timer._repeat = null;
    }
    const outer = getAsyncContext();
    setAsyncContext(context);
    try {
      ReflectApply(callback, globalThis, args);
    } finally {
      setAsyncContext(outer);
      if (repeats && !timer._destroyed) plan(now);
      else MapPrototypeDelete(active, timer._timerId);
    }
  }

  function plan(started) {
    const now = source.now();
    if (due > now || rush >= MAX_RUSH || now - started > MAX_RUSHED) {
      rush = 0;
      return repeatUntil(timer, due, now);
    }
    rush++;
    // In the same moment: it would not run again with 0, and has no whole millisecond.
    timer._repeat = 0.5;
  }

  return timer;
}

function checkThis(object) {
  if (object !== null && object !== undefined && object !== globalThis) {
    throw new TypeError("Illegal invocation");
  }
}

function start(callback, delay, args, repeats) {
  if (typeof callback !== "function") {
    const text = webidl.converters.DOMString(callback);
    callback = () => indirectEval(text);
  }
  const milliseconds = toDelay(delay);
  // One without a delay would leave no time for anything else.
  const period = repeats ? MathMax(milliseconds, 1) : milliseconds;
  const timer = startTimer(callback, period, args, repeats, true);
  MapPrototypeSet(active, timer._timerId, timer);
  return timer._timerId;
}

function stop(id) {
  const number = webidl.converters.long(id);
  const timer = MapPrototypeGet(active, number);
  if (timer === undefined) return;
  MapPrototypeDelete(active, number);
  timer._repeat = null;
  source.cancel(timer);
}

export function setTimeout(callback, delay = 0, ...args) {
  checkThis(this);
  return start(callback, delay, args, false);
}

export function setInterval(callback, delay = 0, ...args) {
  checkThis(this);
  return start(callback, delay, args, true);
}

export function clearTimeout(id = 0) {
  checkThis(this);
  stop(id);
}

export function clearInterval(id = 0) {
  checkThis(this);
  stop(id);
}
