/*---
description: Fields are assignments for an old target, and call setters
flags: [module]
---*/

export {};
const log: number[] = [];
class Parent {
  set value(v: number) { log.push(v); }
}
class Child extends Parent {
  // @ts-ignore
  value = 1;
  untouched?: number;
}
assert.sameValue(Object.keys(new Child()).join(), "");
assert.sameValue(log.join(), "1");
