/*---
description: A decorator may be a path or an expression in parentheses
---*/

var library = { deep: { mark: (value, { name }) => void (value.mark = name) } };
class Path {
  @library.deep.mark one() {}
  @(library["deep"].mark) two() {}
}
assert.sameValue(Path.prototype.one.mark + Path.prototype.two.mark, "onetwo");
