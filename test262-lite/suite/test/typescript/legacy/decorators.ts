/*---
description: TypeScript's own decorators get target, key and descriptor
flags: [module]
---*/

export {};
const log: string[] = [];
const note = (name: string): any => (target: any, key?: any, rest?: any) => {
  const what = typeof target === "function" ? target.name : target.constructor.name;
  log.push([name, what, String(key), typeof rest].join(" "));
};
@note("class")
class Legacy {
  @note("field") field = 1;
  @note("method") method(@note("parameter") x: number) { return x; }
  @note("static") static shared() {}
  constructor(@note("of constructor") x?: number) {}
}
assert.sameValue(log.join("; "), [
  "field Legacy field undefined",
  "parameter Legacy method number",
  "method Legacy method object",
  "static Legacy shared object",
  "of constructor Legacy undefined number",
  "class Legacy undefined undefined",
].join("; "));
