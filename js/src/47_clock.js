// Loaded at the start of an isolate whose clock can be set (docs/control.md), before any other code. V8 reads
// the system's clock in a few places, which are led here; timers are kept in an order of our own. Whether the
// clock shows the system's time or another is Rust's to know, at each moment: nothing is taken over later,
// so that what user code has kept of `Date` or `setTimeout` goes by the same clock.
//
// What is led is a proxy of what was there: name, length, prototype and source text stay as they are.
(function () {
  const { core, primordials } = __bootstrap;
  const {
    ArrayPrototypeIndexOf,
    ArrayPrototypeShift,
    ArrayPrototypeSplice,
    Date,
    DatePrototype,
    DatePrototypeToString,
    MathMax,
    ObjectDefineProperty,
    ObjectGetOwnPropertyDescriptor,
    Proxy,
    ReflectApply,
    ReflectConstruct,
    SafeWeakMap,
    WeakMapPrototypeGet,
    WeakMapPrototypeSet,
    globalThis,
  } = primordials;
  const { cancelTimer, createTimer } = core;
  const NONE = -1;

  // Has `target[name]`, a method or a getter, called as `apply` says.
  function lead(target, name, part, apply) {
    const descriptor = ObjectGetOwnPropertyDescriptor(target, name);
    descriptor[part] = new Proxy(descriptor[part], { __proto__: null, apply });
    ObjectDefineProperty(target, name, descriptor);
  }

  function leadDate(ops) {
    const now = () => ops.op_pr_clock_now();
    lead(Date, "now", "value", now);
    const led = new Proxy(Date, {
      __proto__: null,
      apply: () => DatePrototypeToString(new Date(now())),
      construct: (target, args, newTarget) =>
        ReflectConstruct(target, args.length === 0 ? [now()] : args, newTarget),
    });
    const own = (object, name) => {
      const descriptor = ObjectGetOwnPropertyDescriptor(object, name);
      descriptor.value = led;
      ObjectDefineProperty(object, name, descriptor);
    };
    own(DatePrototype, "constructor");
    own(globalThis, "Date");
  }

  function leadFormats(ops) {
    const { Intl } = globalThis;
    const { prototype } = Intl.DateTimeFormat;
    const orNow = (date) => (date === undefined ? ops.op_pr_clock_now() : date);
    const apply = (target, receiver, args) => ReflectApply(target, receiver, [orNow(args[0])]);
    lead(prototype, "formatToParts", "value", apply);
    // Each format has one function, which is bound to it.
    const led = new SafeWeakMap();
    lead(prototype, "format", "get", (target, receiver) => {
      const bound = ReflectApply(target, receiver, []);
      let format = WeakMapPrototypeGet(led, bound);
      if (format === undefined) {
        format = new Proxy(bound, { __proto__: null, apply });
        WeakMapPrototypeSet(led, bound, format);
      }
      return format;
    });
  }

  // Whole milliseconds while another time than the system's is shown.
  function leadPerformance(ops) {
    const { Performance } = core.loadExtScript("ext:deno_web/15_performance.js");
    const began = ops.op_pr_clock_is_controlled() ? ops.op_pr_clock_now() : undefined;
    const beganPassed = ops.op_pr_clock_passed();
    lead(Performance.prototype, "now", "value", (target, receiver) => {
      const value = ReflectApply(target, receiver, []);
      return ops.op_pr_clock_is_controlled() ? MathMax(ops.op_pr_clock_passed() - beganPassed, 0) : value;
    });
    lead(Performance.prototype, "timeOrigin", "get", (target, receiver) => {
      const value = ReflectApply(target, receiver, []);
      return began ?? value;
    });
  }

  return ({ onException, ops, timers }) => {
    leadDate(ops);
    leadFormats(ops);
    leadPerformance(ops);

    // In the order in which they are due; those of a moment in that in which they were started.
    const queue = [];
    let lastId = 0;
    // A timer of deno_core's that goes off when the first of the queue is due by itself.
    let bell;

    function insert(timer, due) {
      timer.due = due;
      let low = 0;
      let high = queue.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (queue[middle].due <= due) low = middle + 1;
        else high = middle;
      }
      ArrayPrototypeSplice(queue, low, 0, timer);
      if (low === 0) arm();
    }

    function arm() {
      if (bell !== undefined) cancelTimer(bell);
      bell = undefined;
      const wait = ops.op_pr_clock_next(queue.length === 0 ? NONE : queue[0].due);
      if (wait === NONE) return;
      bell = createTimer(
        ring,
        wait > timers.MAX_CORE_DELAY ? timers.MAX_CORE_DELAY : wait,
        undefined,
        false,
        true,
        true,
      );
    }

    function ring() {
      bell = undefined;
      tick();
    }

    // Runs the first timer if it is due, as deno_core runs one: it comes again after its `_repeat`.
    function tick() {
      const timer = queue[0];
      if (timer === undefined || timer.due > ops.op_pr_clock_passed()) return arm();
      ArrayPrototypeShift(queue);
      try {
        timer.callback();
      } catch (error) {
        onException(error);
      } finally {
        if (timer._repeat && !timer._destroyed) {
          insert(timer, ops.op_pr_clock_passed() + (timer._repeat < 1 ? 0 : timer._repeat));
        } else {
          timer._destroyed = true;
        }
        arm();
      }
    }

    timers.takeTimersFrom({
      __proto__: null,
      longest: Infinity,
      now: () => ops.op_pr_clock_passed(),
      create(callback, after) {
        const timer = {
          __proto__: null,
          callback,
          due: 0,
          _destroyed: false,
          _repeat: MathMax(after, 1),
          _timerId: ++lastId,
        };
        // One without a delay runs in the next moment, also when the clock stands still.
        insert(timer, ops.op_pr_clock_passed() + after);
        return timer;
      },
      cancel(timer) {
        if (timer._destroyed) return;
        timer._destroyed = true;
        const at = ArrayPrototypeIndexOf(queue, timer);
        if (at === -1) return;
        ArrayPrototypeSplice(queue, at, 1);
        if (at === 0) arm();
      },
    });
    return tick;
  };
})();
