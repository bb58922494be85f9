// Loaded by rooms whose sockets are kept over a save: what old code leaves of its connections, and how new code
// connects them again. Rust has the sockets, and the requests that opened them.
(function () {
  const { core, primordials } = __bootstrap;
  const {
    ArrayBufferPrototype,
    ArrayPrototype,
    ArrayPrototypeIncludes,
    DataViewPrototype,
    DatePrototype,
    MapPrototype,
    ObjectGetPrototypeOf,
    ObjectKeys,
    ObjectPrototype,
    PromisePrototypeThen,
    RegExpPrototype,
    SafeArrayIterator,
    SafeMap,
    SafeMapIterator,
    SafeSet,
    SafeSetIterator,
    SetPrototype,
    TypeError,
    Uint8Array,
  } = primordials;

  // What each connection of a room that does not hibernate has by itself.
  const OWN = ["id", "socket", "uri", "state", "setState"];

  // What a structured clone makes again as it was.
  const KNOWN = new SafeSet([
    null,
    ArrayBufferPrototype,
    ArrayPrototype,
    DataViewPrototype,
    DatePrototype,
    MapPrototype,
    ObjectPrototype,
    RegExpPrototype,
    SetPrototype,
  ]);

  function eachMember(value, see) {
    if (core.isMap(value)) {
      for (const { 0: key, 1: item } of new SafeMapIterator(value)) {
        see(key);
        see(item);
      }
    } else if (core.isSet(value)) {
      for (const item of new SafeSetIterator(value)) see(item);
    } else {
      for (const key of new SafeArrayIterator(ObjectKeys(value))) see(value[key]);
    }
  }

  function described(instance) {
    const name = instance.constructor?.name;
    return typeof name === "string" && name !== "" ? `an instance of \`${name}\`` : "an instance of a class";
  }

  // A structured clone forgets of which class an object was, so that new code would miss its methods. Looks at
  // everything in `value`. What stands in the way is put into `obstacle`.
  function refuseInstances(value, seen, obstacle) {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (core.isArrayBufferView(value) || core.isNativeError(value) || core.isBoxedPrimitive(value)) return;
    if (!KNOWN.has(ObjectGetPrototypeOf(value))) {
      obstacle.what = described(value);
      throw new TypeError("It cannot be copied");
    }
    eachMember(value, (member) => refuseInstances(member, seen, obstacle));
  }

  function copied(value, obstacle) {
    refuseInstances(value, new SafeSet(), obstacle);
    return core.serialize(value, undefined, (message) => {
      obstacle.what = "a function or a symbol";
      throw new TypeError(message);
    });
  }

  return ({ closeAs, names, ops, report, room, sockets }) => {
    const { kAttachment, kGotClose, kHandlers, kListening, kSentClose } = names;
    // A listener that user code has added to a connection.
    const listenerOf = (connection) => {
      const handlers = connection[kHandlers] ?? { __proto__: null };
      for (const name of new SafeArrayIterator(ObjectKeys(handlers))) {
        if (handlers[name] !== null) return handlers[name];
      }
      for (const { 1: listener } of new SafeMapIterator(connection[kListening] ?? new SafeMap())) {
        return listener;
      }
      return undefined;
    };
    const { closeReason, connections, life, whenReady } = room;
    // Connections that onConnect has not finished with.
    const resuming = new SafeSet();

    // What new code is to know of a connection, or why there is no way to tell it, and the function that is the
    // reason: [bytes] or [undefined, why, cause].
    function packed(connection) {
      if (connection[kHandlers] !== null || connection[kListening] !== null) {
        return [undefined, "with listeners that the old code had added", listenerOf(connection)];
      }
      const obstacle = { __proto__: null, what: "a getter that throws" };
      try {
        const added = { __proto__: null };
        for (const name of new SafeArrayIterator(ObjectKeys(connection))) {
          if (!ArrayPrototypeIncludes(OWN, name)) added[name] = connection[name];
        }
        const { id, uri, state } = connection;
        const { manager } = life;
        const attachment = connection[kAttachment];
        const tags = manager.tagsOf(connection);
        return [copied({ id, uri, state, added, tags, attachment }, obstacle)];
      } catch {
        return [undefined, `whose state cannot be copied: it has ${obstacle.what}`];
      }
    }

    /** The code of this isolate ends. Runs none of it but for getters of states. */
    function part() {
      if (life.manager === null || life.manager.hibernates) return;
      for (const { 0: socket, 1: connection } of new SafeMapIterator(connections)) {
        if (connection[kSentClose] || connection[kGotClose]) continue;
        if (resuming.has(connection)) {
          ops.op_pr_ws_keep_not(socket, "whose `onConnect` was still at work", undefined);
          continue;
        }
        const { 0: left, 1: why, 2: cause } = packed(connection);
        if (left === undefined) ops.op_pr_ws_keep_not(socket, why, cause);
        else ops.op_pr_ws_keep(socket, left);
      }
    }

    function restore(connection, { state, added, attachment }) {
      if (state !== null) connection.setState(() => state);
      for (const name of new SafeArrayIterator(ObjectKeys(added))) connection[name] = added[name];
      if (!life.manager.hibernates) connection[kAttachment] = attachment;
    }

    async function connect(socket, request, past) {
      const { manager } = life;
      const connection = manager.create(socket, past.id, past.uri);
      resuming.add(connection);
      try {
        restore(connection, past);
        manager.accept(connection, past.tags);
        connections.set(socket, connection);
        await room.instance().onConnect?.(connection, { request });
      } catch (error) {
        report("Error when connecting", error);
        connections.delete(socket);
        manager.leave(connection);
        manager.remove(connection);
        closeAs(connection, 1011, closeReason(error));
        sockets.delete(socket);
      }
      resuming.delete(connection);
      ops.op_pr_ws_resumed(socket);
    }

    /** A connection of the code before: it goes through what a new one goes through, without a handshake. */
    function resume(socket, request, url, left) {
      const past = core.deserialize(new Uint8Array(left));
      // As a client is refused whose room cannot start.
      const failed = (error) => {
        report("Error when connecting", error);
        ops.op_pr_ws_close(socket, 1011, closeReason(error));
        ops.op_pr_ws_resumed(socket);
      };
      const again = () => void PromisePrototypeThen(connect(socket, request, past), undefined, failed);
      whenReady(url, again, failed);
    }

    return { part, resume };
  };
})();
