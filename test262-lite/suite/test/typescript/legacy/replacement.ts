/*---
description: They may replace a class and a descriptor
flags: [module]
---*/

export {};
const wrap = (Class: any): any => class extends Class { wrapped = true; };
const double = (_: any, __: string, descriptor: PropertyDescriptor) => {
  const inner = descriptor.value;
  descriptor.value = function (...all: any[]) { return inner.apply(this, all) * 2; };
};
@wrap
class Replaced {
  static self = () => Replaced;
  @double run(x: number) { return x; }
}
assert.sameValue((new Replaced() as any).wrapped, true);
assert.sameValue(new Replaced().run(4), 8);
assert.sameValue(Replaced.self(), Replaced);
