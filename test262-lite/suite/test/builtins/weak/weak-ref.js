/*---
description: A WeakRef holds on to its target for the rest of the job
---*/

var target = {};
var ref = new WeakRef(target);
assert.sameValue(ref.deref(), target);
$262.gc();
assert.sameValue(ref.deref(), target);
assert.throws(TypeError, () => new WeakRef(1));
assert.throws(TypeError, () => WeakRef({}));
