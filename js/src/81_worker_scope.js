// Loaded by rooms that use it: the names of a worker's scope that libraries look for, and that user code
// of a party never makes an object of.
(function () {
  const { core, primordials } = __bootstrap;
  const {
    ObjectValues,
    SafeArrayIterator,
    SymbolHasInstance,
    TypeError,
    globalThis,
  } = primordials;
  const { Event, EventTarget } = core.loadExtScript("ext:deno_web/02_event.js");
  const webidl = core.loadExtScript("ext:deno_webidl/00_webidl.js");

  // Takes what `super` has made, which a constructor must call first.
  const refuse = (_made) => {
    throw new TypeError("Illegal constructor");
  };

  class WorkerGlobalScope extends EventTarget {
    constructor() {
      refuse(super());
    }
  }
  class ServiceWorkerGlobalScope extends WorkerGlobalScope {
    static [SymbolHasInstance](value) {
      return value === globalThis;
    }
  }
  class ExtendableEvent extends Event {
    constructor() {
      refuse(super(""));
    }
  }
  class FetchEvent extends ExtendableEvent {}
  class ScheduledEvent extends ExtendableEvent {}
  class TailEvent extends ExtendableEvent {}

  const scope = {
    ExtendableEvent,
    FetchEvent,
    ScheduledEvent,
    ServiceWorkerGlobalScope,
    TailEvent,
    WorkerGlobalScope,
  };
  for (const type of new SafeArrayIterator(ObjectValues(scope))) webidl.configureInterface(type);
  return scope;
})();
