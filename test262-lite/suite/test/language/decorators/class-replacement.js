/*---
description: A class's decorator may answer another class
flags: [module]
---*/

function sealed(Base, context) {
  assert.sameValue(context.kind + context.name, "classThing");
  return class extends Base {
    sealed = true;
  };
}
@sealed
class Thing {
  static Self = Thing;
}
assert.sameValue(new Thing().sealed, true);
assert(Thing.name === "Thing" || Thing.name === "");
