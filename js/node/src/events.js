// EventEmitter is a function in Node.js, so that `EventEmitter.call(this)` and `util.inherits` work;
// unenv's is a class, whose methods are taken over.
const {
  _EventEmitter: Source,
  addAbortListener,
  EventEmitterAsyncResource,
  getEventListeners: listenersOf,
  getMaxListeners,
  on,
  once,
} = require("unenv/node/internal/events/events");

// What the class keeps in a field of each instance.
const kCapture = Symbol.for("kCapture");

function EventEmitter(options) {
  EventEmitter.init.call(this, options);
}

const { constructor: _, ...methods } = Object.getOwnPropertyDescriptors(Source.prototype);
for (const method of Object.values(methods)) method.enumerable = true;
Object.defineProperties(EventEmitter.prototype, methods);
// The same functions by two names: a subclass that overrides one with the other would not end.
EventEmitter.prototype.on = EventEmitter.prototype.addListener;
EventEmitter.prototype.off = EventEmitter.prototype.removeListener;
Object.assign(EventEmitter.prototype, { _events: undefined, _eventsCount: 0, _maxListeners: undefined });
Object.defineProperty(EventEmitter.prototype, kCapture, { value: false, writable: true });
Object.setPrototypeOf(EventEmitterAsyncResource.prototype, EventEmitter.prototype);

EventEmitter.init = function init(options) {
  if (this._events === undefined || this._events === Object.getPrototypeOf(this)._events) {
    this._events = { __proto__: null };
    this._eventsCount = 0;
  }
  this._maxListeners = this._maxListeners || undefined;
  const value = options?.captureRejections ? true : EventEmitter.prototype[kCapture];
  if (value !== this[kCapture]) {
    Object.defineProperty(this, kCapture, { value, writable: true, configurable: true });
  }
};

const accessor = (get, set) => ({ get, set, enumerable: true, configurable: true });
Object.defineProperties(EventEmitter, {
  defaultMaxListeners: accessor(
    () => Source.defaultMaxListeners,
    (value) => Source.defaultMaxListeners = value,
  ),
  captureRejections: accessor(
    () => EventEmitter.prototype[kCapture],
    (value) => EventEmitter.prototype[kCapture] = value,
  ),
});

// The listeners of an EventTarget are its own secret.
function getEventListeners(emitter, type) {
  return typeof emitter?.listeners === "function" || typeof emitter?.addEventListener !== "function"
    ? listenersOf(emitter, type)
    : [];
}

Object.assign(EventEmitter, {
  EventEmitter,
  EventEmitterAsyncResource,
  addAbortListener,
  captureRejectionSymbol: Source.captureRejectionSymbol,
  errorMonitor: Source.errorMonitor,
  getEventListeners,
  getMaxListeners,
  listenerCount: (emitter, type) => emitter.listenerCount(type),
  on,
  once,
  setMaxListeners: Source.setMaxListeners,
  usingDomains: false,
});

module.exports = EventEmitter;
