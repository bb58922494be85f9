/*---
description: What was unregistered is not told
---*/

var registry = new FinalizationRegistry(() => {});
var token = {};
registry.register({}, 1, token);
assert.sameValue(registry.unregister(token), true);
assert.sameValue(registry.unregister(token), false);
assert.throws(TypeError, () => registry.register(token, token));
assert.throws(TypeError, () => new FinalizationRegistry(1));
