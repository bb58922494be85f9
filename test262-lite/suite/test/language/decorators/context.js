/*---
description: The context says what is decorated
---*/

var seen = {};
var d = (_, context) => {
  seen[String(context.name)] = [context.kind, context.static, context.private].join();
};
class Context {
  @d field;
  @d static shared() {}
  @d get reader() { return 1; }
  @d ["comp" + "uted"]() {}
}
assert.sameValue(seen.field, "field,false,false");
assert.sameValue(seen.shared, "method,true,false");
assert.sameValue(seen.reader, "getter,false,false");
assert.sameValue(seen.computed, "method,false,false");
