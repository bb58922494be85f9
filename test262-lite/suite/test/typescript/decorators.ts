/*---
description: Decorators stand beside modifiers and types
---*/

const log: string[] = [];
const mark = <T>(name: string) => (_: T, context: ClassMemberDecoratorContext) => void log.push(name + context.kind);
abstract class Marked {
  @mark("a") private readonly field: number = 1;
  @mark("b") public async method<T>(this: Marked, x: T): Promise<T> { return x; }
  @mark("c") static accessor shared: string = "s";
  @mark("d") protected get reader(): number { return 1; }
}
assert.sameValue(log.sort().join(), "afield,bmethod,caccessor,dgetter");
assert.sameValue(Marked.shared, "s");
