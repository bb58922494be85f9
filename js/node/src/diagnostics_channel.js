// Named channels between libraries and who watches them.
const { ERR_INVALID_ARG_TYPE, validateFunction } = require("./parts/errors.js");

const channels = new Map();

// What a subscriber throws is its own error, and not that of who publishes.
const report = (error) =>
  queueMicrotask(() => {
    throw error;
  });

class Channel {
  #stores = new Map();
  #subscribers = [];

  constructor(name) {
    this.name = name;
  }

  get hasSubscribers() {
    return this.#subscribers.length > 0 || this.#stores.size > 0;
  }

  bindStore(store, transform) {
    this.#stores.set(store, transform);
  }

  publish(data) {
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(data, this.name);
      } catch (error) {
        report(error);
      }
    }
  }

  runStores(data, callback, receiver, ...args) {
    let run = () => {
      this.publish(data);
      return Reflect.apply(callback, receiver, args);
    };
    for (const [store, transform] of this.#stores) {
      const inner = run;
      run = () => {
        let context = data;
        if (transform) {
          try {
            context = transform(data);
          } catch (error) {
            report(error);
            return inner();
          }
        }
        return store.run(context, inner);
      };
    }
    return run();
  }

  subscribe(subscriber) {
    validateFunction(subscriber, "subscription");
    // A list of its own, for who is being called meanwhile.
    this.#subscribers = [...this.#subscribers, subscriber];
  }

  unbindStore(store) {
    return this.#stores.delete(store);
  }

  unsubscribe(subscriber) {
    const index = this.#subscribers.indexOf(subscriber);
    if (index < 0) return false;
    this.#subscribers = this.#subscribers.toSpliced(index, 1);
    return true;
  }
}

function channel(name) {
  const known = channels.get(name);
  if (known) return known;
  if (typeof name !== "string" && typeof name !== "symbol") {
    throw new ERR_INVALID_ARG_TYPE("channel", ["string", "symbol"], name);
  }
  const made = new Channel(name);
  channels.set(name, made);
  return made;
}

const events = ["start", "end", "asyncStart", "asyncEnd", "error"];

class TracingChannel {
  start;
  end;
  asyncStart;
  asyncEnd;
  error;

  constructor(names) {
    for (const event of events) {
      this[event] = typeof names === "string" ? channel(`tracing:${names}:${event}`) : names[event];
    }
  }

  get hasSubscribers() {
    return events.some((event) => this[event]?.hasSubscribers);
  }

  subscribe(handlers) {
    for (const event of events) if (handlers[event]) this[event]?.subscribe(handlers[event]);
  }

  traceCallback(callback, position = -1, context = {}, receiver = undefined, ...args) {
    if (!this.hasSubscribers) return Reflect.apply(callback, receiver, args);
    const channel = this;
    const original = args.at(position);
    validateFunction(original, "callback");
    args.splice(position, 1, function (error, result) {
      if (error) {
        context.error = error;
        channel.error.publish(context);
      } else {
        context.result = result;
      }
      return channel.asyncStart.runStores(context, () => {
        try {
          return Reflect.apply(original, this, arguments);
        } finally {
          channel.asyncEnd.publish(context);
        }
      });
    });
    return this.#around(context, callback, receiver, args);
  }

  tracePromise(callback, context = {}, receiver = undefined, ...args) {
    if (!this.hasSubscribers) return Reflect.apply(callback, receiver, args);
    const settle = (name) => (value) => {
      context[name] = value;
      if (name === "error") this.error.publish(context);
      this.asyncStart.publish(context);
      this.asyncEnd.publish(context);
      if (name === "error") throw value;
      return value;
    };
    return this.#around(
      context,
      () => Promise.resolve(Reflect.apply(callback, receiver, args)).then(settle("result"), settle("error")),
    );
  }

  traceSync(callback, context = {}, receiver = undefined, ...args) {
    if (!this.hasSubscribers) return Reflect.apply(callback, receiver, args);
    return this.#around(context, () => context.result = Reflect.apply(callback, receiver, args));
  }

  unsubscribe(handlers) {
    return events.every((event) => !handlers[event] || this[event]?.unsubscribe(handlers[event]));
  }

  #around(context, callback, receiver = undefined, args = []) {
    return this.start.runStores(context, () => {
      try {
        return Reflect.apply(callback, receiver, args);
      } catch (error) {
        context.error = error;
        this.error.publish(context);
        throw error;
      } finally {
        this.end.publish(context);
      }
    });
  }
}

module.exports = {
  Channel,
  TracingChannel,
  channel,
  hasSubscribers: (name) => channels.get(name)?.hasSubscribers ?? false,
  subscribe: (name, subscriber) => channel(name).subscribe(subscriber),
  tracingChannel: (names) => new TracingChannel(names),
  unsubscribe: (name, subscriber) => channels.get(name)?.unsubscribe(subscriber) ?? false,
};
