// Runs while the snapshot is made. A slice of a slice is a slice of the first blob: the parts of one
// another would be read one inside the other, as deep as user code has cut.
import { core, primordials } from "ext:core/mod.js";

const {
  MathMax,
  MathMin,
  ObjectDefineProperty,
  ObjectGetOwnPropertyDescriptor,
  ReflectApply,
  SafeWeakMap,
  WeakMapPrototypeGet,
  WeakMapPrototypeSet,
} = primordials;
const webidl = core.loadExtScript("ext:deno_webidl/00_webidl.js");
const { Blob } = core.loadExtScript("ext:deno_web/09_file.js");

const { get: sizeOf } = ObjectGetOwnPropertyDescriptor(Blob.prototype, "size");
const cut = Blob.prototype.slice;
// Of each slice: the blob it was cut from, and from where.
const origins = new SafeWeakMap();

function place(value, usual, size) {
  if (value === undefined) return usual;
  const at = webidl.converters["long long"](value, "Failed to execute 'slice' on 'Blob'", undefined, {
    clamp: true,
  });
  return at < 0 ? MathMax(size + at, 0) : MathMin(at, size);
}

ObjectDefineProperty(Blob.prototype, "slice", {
  value: function slice(start = undefined, end = undefined, contentType = undefined) {
    const size = ReflectApply(sizeOf, this, []);
    const from = place(start, 0, size);
    const to = MathMax(place(end, size, size), from);
    const { blob, at } = WeakMapPrototypeGet(origins, this) ?? { blob: this, at: 0 };
    const made = ReflectApply(cut, blob, [at + from, at + to, contentType]);
    WeakMapPrototypeSet(origins, made, { blob, at: at + from });
    return made;
  },
  writable: true,
  enumerable: true,
  configurable: true,
});
