/*---
description: A module has no this, and a URL
flags: [module]
---*/

export {};
assert.sameValue(this, undefined);
assert.sameValue((() => this)(), undefined);
assert.sameValue(Object.getPrototypeOf(import.meta), null);
assert.sameValue(import.meta, import.meta);
