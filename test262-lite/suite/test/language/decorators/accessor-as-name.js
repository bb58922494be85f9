/*---
description: accessor is an ordinary name where no accessor can stand
---*/

var accessor = 1;
class Name {
  accessor = 2;
  accessor2() {
    return accessor;
  }
}
class Method {
  accessor() {
    return 3;
  }
}
assert.sameValue([new Name().accessor, new Name().accessor2(), new Method().accessor()].join(), "2,1,3");
