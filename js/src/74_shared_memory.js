// Loaded by rooms that use it: `SharedArrayBuffer` whose growable buffers are counted. V8 takes their
// memory by the page and tells nobody, so one room could have all of the machine's.
(function (SharedBuffer) {
  const { core, primordials } = __bootstrap;
  const {
    ObjectDefineProperty,
    ObjectGetOwnPropertyDescriptor,
    Proxy,
    RangeError,
    ReflectApply,
    ReflectConstruct,
    SafeFinalizationRegistry,
  } = primordials;
  const { op_pr_outside_memory } = core.ops;
  const getterOf = (name) => ObjectGetOwnPropertyDescriptor(SharedBuffer.prototype, name).get;
  const isGrowable = getterOf("growable");
  const mostBytes = getterOf("maxByteLength");

  // What all buffers of an isolate may have together.
  const MOST_BYTES = 2 ** 30;

  const gone = new SafeFinalizationRegistry((bytes) => op_pr_outside_memory(-bytes));

  const Counted = new Proxy(SharedBuffer, {
    __proto__: null,
    construct(_, args, target) {
      const buffer = ReflectConstruct(SharedBuffer, args, target === Counted ? SharedBuffer : target);
      if (!ReflectApply(isGrowable, buffer, [])) return buffer;
      const bytes = ReflectApply(mostBytes, buffer, []);
      if (bytes > MOST_BYTES) throw new RangeError("Array buffer allocation failed");
      op_pr_outside_memory(bytes);
      gone.register(buffer, bytes);
      return buffer;
    },
  });
  ObjectDefineProperty(SharedBuffer.prototype, "constructor", {
    __proto__: null,
    value: Counted,
    writable: true,
    enumerable: false,
    configurable: true,
  });
  return Counted;
});
