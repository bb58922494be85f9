/*---
description: Types leave nothing behind
---*/

interface Shape { area(): number }
type Pair<A, B = A> = [A, B];
declare const ambient: string;
declare function nowhere(): void;
abstract class Base<T> implements Shape {
  abstract area(): number;
  overload(x: string): void;
  overload(x: number): void;
  overload(this: this, x: any) {
    return x;
  }
  get typed(): number { return 1 as const; }
}
class Square extends Base<string> { override area() { return 4; } }
const pair: Pair<number> = [1, 2];
const angle = <any>pair;
const kept = pair satisfies number[] as unknown as number[];
function guard(x: unknown): x is string { return typeof x === "string"; }
function asserts(x: unknown): asserts x { }
const generic = <T,>(x: T): T => x;
const bang = pair!.length!;
assert.sameValue([new Square().area(), new Square().overload(5), kept[1], angle[0], guard("a"), generic(3), bang].join(), "4,5,2,1,true,3,2");
assert.sameValue(typeof ambient, "undefined");
