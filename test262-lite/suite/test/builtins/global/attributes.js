/*---
description: The globals of the language are hidden, and some are constant
includes: [propertyHelper.js]
---*/

verifyProperty(globalThis, "Array", { writable: true, enumerable: false, configurable: true });
verifyProperty(globalThis, "undefined", { writable: false, enumerable: false, configurable: false });
verifyProperty(globalThis, "globalThis", { value: globalThis, writable: true, enumerable: false, configurable: true });
assert.sameValue(Object.keys(globalThis).filter((name) => /^[A-Z]/.test(name) && name !== "Test262Error").join(), "");
