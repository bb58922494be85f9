/*---
description: Patterns nest, with holes and defaults at every depth
---*/

var [, [x = 1, { y: [z] = [5], ...others } = {}] = [], ...[last = "l"]] = [0, [undefined, { w: 3 }]];
assert.sameValue([x, z, others.w, last].join(), "1,5,3,l");
function parameters({ a: [b] = [1], c = b } = {}, [d] = "de") {
  return [b, c, d].join();
}
assert.sameValue(parameters(), "1,1,d");
assert.sameValue(parameters({ a: "x" }, [9]), "x,x,9");
