/*---
description: Names that only eval uses are kept
---*/

function outer(parameter) {
  const constant = 2;
  let unused = 3;
  class Local {}
  return eval("[parameter, constant, unused, typeof Local, this.tag, arguments.length, new.target].join()");
}
assert.sameValue(outer.call({ tag: "t" }, 1), "1,2,3,function,t,1,");
