/*---
description: The code of a class is strict everywhere
flags: [noStrict]
---*/

var found;
class Strict extends (found = (function () { return this; })(), Object) {
  method() {
    return (function () { return this; })();
  }
  static value = (function () { return this; })();
}
assert.sameValue(found, undefined);
assert.sameValue(new Strict().method(), undefined);
assert.sameValue(Strict.value, undefined);
