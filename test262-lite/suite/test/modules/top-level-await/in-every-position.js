/*---
description: await stands wherever an expression does
flags: [module]
---*/

const one = Promise.resolve(1);
const { [await one]: key = await one } = { 1: await one };
let sum = 0;
for (const value of await Promise.all([one, one])) sum += value;
for await (const value of [one]) sum += value;
if (await one) sum += await one;
class Computed {
  static [await Promise.resolve("name")] = 1;
}
assert.sameValue([key, sum, Computed["name"], `${await one}`, (await one) ? 1 : 0].join(), "1,4,1,1,1");
export default await one;
