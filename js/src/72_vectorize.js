// Loaded in isolates whose project has `vectorize`. Vector indexes with the first Vectorize API, which
// PartyKit's is; deployed they are Cloudflare's, here they are local and exact.
(function () {
  const { core, primordials } = __bootstrap;
  const { ops } = core;
  const {
    ArrayBufferIsView,
    ArrayFrom,
    ArrayIsArray,
    ArrayPrototypeMap,
    ArrayPrototypePush,
    Float32ArrayPrototype,
    Float64ArrayPrototype,
    JSONParse,
    JSONStringify,
    NumberIsFinite,
    NumberIsInteger,
    ObjectPrototypeIsPrototypeOf,
    RangeError,
    SafeArrayIterator,
    String,
    StringPrototypeSlice,
    StringPrototypeSplit,
    TypeError,
  } = primordials;

  const MAX_DIMENSIONS = 1536;
  const MAX_ID_BYTES = 64;
  const MAX_NAMESPACE_BYTES = 64;
  const MAX_METADATA_BYTES = 10 * 1024;
  const MAX_TOP = 100;
  const DEFAULT_TOP = 3;
  // The original sends so many vectors at a time.
  const BATCH = 1000;

  const MUST_BE = {
    id: `a string of 1 to ${MAX_ID_BYTES} bytes`,
    values: `an array of 1 to ${MAX_DIMENSIONS} finite numbers`,
    namespace: `a string of at most ${MAX_NAMESPACE_BYTES} bytes`,
  };

  // A DataView has bytes alone.
  const lengthOf = (/** @type {any} */ list) => list.length ?? list.byteLength;

  function shown(value) {
    if (typeof value === "string") return JSONStringify(StringPrototypeSlice(value, 0, 80));
    if (ArrayIsArray(value) || ArrayBufferIsView(value)) return `an array of ${lengthOf(value)}`;
    return typeof value === "object" && value !== null ? "an object" : String(value);
  }

  function refuse(what, value) {
    return new TypeError(
      `${what} must be ${MUST_BE[StringPrototypeSplit(what, " ")[1]]}, got: ${shown(value)}`,
    );
  }

  function numbers(value, what) {
    const typed = ObjectPrototypeIsPrototypeOf(Float32ArrayPrototype, value) ||
      ObjectPrototypeIsPrototypeOf(Float64ArrayPrototype, value);
    if (!typed && !ArrayIsArray(value)) throw refuse(what, value);
    const list = ArrayFrom(value);
    if (list.length === 0 || list.length > MAX_DIMENSIONS) throw refuse(what, value);
    for (const number of new SafeArrayIterator(list)) {
      if (typeof number !== "number" || !NumberIsFinite(number)) throw refuse(what, number);
    }
    return list;
  }

  function text(value, what, most, least) {
    if (typeof value !== "string") throw refuse(what, value);
    const { length } = core.encode(value);
    if (length < least || length > most) throw refuse(what, value);
    return value;
  }

  function optionalNamespace(value, what) {
    return value == null ? null : text(value, what, MAX_NAMESPACE_BYTES, 0);
  }

  function metadataText(metadata, id) {
    if (metadata == null) return null;
    if (typeof metadata !== "object") {
      throw new TypeError(`Vector metadata of \`${id}\` must be an object, got: ${shown(metadata)}`);
    }
    const json = JSONStringify(metadata);
    const { length } = core.encode(json);
    if (length > MAX_METADATA_BYTES) {
      throw new RangeError(
        `Vector metadata of \`${id}\` may have ${MAX_METADATA_BYTES} bytes as JSON, it has: ${length}`,
      );
    }
    return json;
  }

  function readVector(vector) {
    if (typeof vector !== "object" || vector === null) {
      throw new TypeError(`A vector must be an object with id and values, got: ${shown(vector)}`);
    }
    const id = text(vector.id, "Vector id", MAX_ID_BYTES, 1);
    return {
      id,
      values: numbers(vector.values, "Vector values"),
      namespace: optionalNamespace(vector.namespace, "Vector namespace"),
      metadata: metadataText(vector.metadata, id),
    };
  }

  function readIds(ids) {
    if (!ArrayIsArray(ids)) throw new TypeError(`Ids must be an array, got: ${shown(ids)}`);
    return ArrayPrototypeMap(ids, (id) => `${id}`);
  }

  function readTop(value) {
    if (value == null) return DEFAULT_TOP;
    if (!NumberIsInteger(value) || value < 1 || value > MAX_TOP) {
      throw new RangeError(
        `topK must be a whole number from 1 to ${MAX_TOP}, got: ${shown(value)}`,
      );
    }
    return value;
  }

  // A vector for user code; what it does not have, it does not name.
  function withOptional(target, { values, namespace, metadata }) {
    if (values !== undefined) target.values = values;
    if (namespace !== null) target.namespace = namespace;
    if (metadata !== null) target.metadata = JSONParse(metadata);
    return target;
  }

  return function () {
    class VectorizeIndex {
      #index;

      constructor(index) {
        this.#index = index;
      }

      async describe() {
        const { name, metric, dimensions } = this.#index;
        const { 0: stored, 1: vectorsCount } = await ops.op_pr_vector_describe(this.#index);
        const config = { dimensions: stored || dimensions || 0, metric };
        return { id: name, name, config, vectorsCount };
      }

      async query(vector, options) {
        const given = options ?? { __proto__: null };
        const filter = given.filter ?? null;
        if (filter !== null && (typeof filter !== "object" || ArrayIsArray(filter))) {
          throw new TypeError(`A filter must be an object, got: ${shown(filter)}`);
        }
        const found = await ops.op_pr_vector_query(this.#index, {
          vector: numbers(vector, "Query values"),
          top: readTop(given.topK),
          namespace: optionalNamespace(given.namespace, "Query namespace"),
          // As JSON would carry it, so that no getter of it runs in between.
          filter: filter === null ? null : JSONStringify(filter),
        });
        const withValues = given.returnValues ?? given.returnVectors ?? false;
        const withMetadata = given.returnMetadata ?? false;
        const matches = ArrayPrototypeMap(
          found,
          ({ id, score, values, namespace, metadata }) =>
            withOptional({ id, score }, {
              values: withValues ? values : undefined,
              namespace,
              metadata: withMetadata && withMetadata !== "none" ? metadata : null,
            }),
        );
        return { matches, count: matches.length };
      }

      async #put(vectors, replace) {
        const ids = [];
        let batch = [];
        const send = async () => {
          const stored = await ops.op_pr_vector_put(this.#index, batch, replace);
          for (const id of new SafeArrayIterator(stored)) ArrayPrototypePush(ids, id);
          batch = [];
        };
        for await (const vector of vectors) {
          ArrayPrototypePush(batch, readVector(vector));
          if (batch.length === BATCH) await send();
        }
        if (batch.length > 0) await send();
        return { count: ids.length, ids };
      }

      async insert(vectors) {
        return await this.#put(vectors, false);
      }

      async upsert(vectors) {
        return await this.#put(vectors, true);
      }

      async getByIds(ids) {
        const found = await ops.op_pr_vector_get(this.#index, readIds(ids));
        return ArrayPrototypeMap(found, (vector) => withOptional({ id: vector.id }, vector));
      }

      async deleteByIds(ids) {
        const deleted = await ops.op_pr_vector_delete(this.#index, readIds(ids));
        return { count: deleted.length, ids: deleted };
      }
    }

    return (_, index) => new VectorizeIndex(index);
  };
})();
