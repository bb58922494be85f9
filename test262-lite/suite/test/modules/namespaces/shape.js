/*---
description: A namespace is sorted, sealed and has no prototype
flags: [module]
---*/

import * as all from "./shape_FIXTURE.js";
assert.sameValue(Reflect.ownKeys(all).filter((key) => typeof key === "string").join(), "a,b,default");
assert.sameValue(all[Symbol.toStringTag], "Module");
assert.sameValue(Object.getPrototypeOf(all), null);
assert.sameValue(Object.isExtensible(all), false);
assert.sameValue(Reflect.set(all, "a", 1), false);
assert.sameValue(Reflect.defineProperty(all, "a", { value: 1 }), true);
assert.sameValue(Reflect.defineProperty(all, "a", { value: 2 }), false);
const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(all, "a");
assert.sameValue([writable, enumerable, configurable].join(), "true,true,false");
