// Loaded by rooms that use it: EventSource, with what Workers have beyond the standard: `from`, the
// events of a stream that is there already (specification, section 11).
(function () {
  const { core, primordials } = __bootstrap;
  const {
    ArrayPrototypeJoin,
    ArrayPrototypePush,
    Error,
    ObjectCreate,
    ObjectDefineProperty,
    ObjectEntries,
    ObjectPrototypeIsPrototypeOf,
    ObjectSetPrototypeOf,
    SafeArrayIterator,
    SafeWeakSet,
    StringPrototypeIncludes,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
    TypeError,
  } = primordials;
  const { EventSource, TextLineStream } = core.loadExtScript("ext:deno_fetch/27_eventsource.js");
  const { ErrorEvent, EventTarget, MessageEvent } = core.loadExtScript("ext:deno_web/02_event.js");
  const { ReadableStreamPrototype } = core.loadExtScript("ext:deno_web/06_streams.js");
  const { TextDecoderStream } = core.loadExtScript("ext:deno_web/08_text_encoding.js");
  const webidl = core.loadExtScript("ext:deno_webidl/00_webidl.js");

  const NOT_A_STREAM =
    "Failed to execute 'from' on 'EventSource': parameter 1 is not of type 'ReadableStream'.";

  webidl.configureInterface(EventSource);
  const { CONNECTING, OPEN, CLOSED } = EventSource;
  for (const { 0: name, 1: value } of new SafeArrayIterator(ObjectEntries({ CONNECTING, OPEN, CLOSED }))) {
    ObjectDefineProperty(EventSource.prototype, name, { __proto__: null, value, enumerable: true });
  }

  const open = new SafeWeakSet();

  // An EventSource without a connection: its state is only whether the stream still goes on.
  const fromStream = ObjectCreate(EventSource.prototype, {
    __proto__: null,
    readyState: {
      __proto__: null,
      get() {
        return open.has(this) ? OPEN : CLOSED;
      },
    },
    url: { __proto__: null, get: () => "" },
    withCredentials: { __proto__: null, get: () => false },
    close: {
      __proto__: null,
      value: function close() {
        open.delete(this);
      },
    },
  });

  // The fields of one event, as the standard has them (HTML, section 9.2.6).
  function startEvent(lastEventId) {
    return { type: "", data: [], lastEventId };
  }

  function addField(event, line) {
    const colon = StringPrototypeIndexOf(line, ":");
    const name = colon === -1 ? line : StringPrototypeSlice(line, 0, colon);
    const value = colon === -1
      ? ""
      : StringPrototypeSlice(line, line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "event") event.type = value;
    if (name === "data") ArrayPrototypePush(event.data, value);
    if (name === "id" && !StringPrototypeIncludes(value, "\0")) event.lastEventId = value;
  }

  async function deliver(source, lines) {
    let error = new Error("The server disconnected.");
    let event = startEvent("");
    try {
      for await (const line of lines) {
        if (!open.has(source)) return;
        if (line !== "") {
          addField(event, line);
          continue;
        }
        const { type, data, lastEventId } = event;
        event = startEvent(lastEventId);
        if (data.length === 0) continue;
        const init = { __proto__: null, data: ArrayPrototypeJoin(data, "\n"), lastEventId };
        source.dispatchEvent(new MessageEvent(type || "message", init));
      }
    } catch (reason) {
      error = reason;
    }
    if (open.delete(source)) source.dispatchEvent(new ErrorEvent("error", { __proto__: null, error }));
  }

  ObjectDefineProperty(EventSource, "from", {
    __proto__: null,
    value: function from(stream) {
      if (!ObjectPrototypeIsPrototypeOf(ReadableStreamPrototype, stream)) throw new TypeError(NOT_A_STREAM);
      if (stream.locked) throw new TypeError("This ReadableStream is locked.");
      const source = ObjectSetPrototypeOf(new EventTarget(), fromStream);
      open.add(source);
      const text = stream.pipeThrough(new TextDecoderStream());
      deliver(source, text.pipeThrough(new TextLineStream({ allowCR: true })));
      return source;
    },
    writable: true,
    enumerable: true,
    configurable: true,
  });
  return { EventSource };
})();
