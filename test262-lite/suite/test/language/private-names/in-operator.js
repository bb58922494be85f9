/*---
description: A private name in a loop's head is a test, not a loop
---*/

class Brand {
  #brand;
  static count(objects) {
    var count = 0;
    for (var i = 0; i < objects.length && #brand in objects[i]; i++) count++;
    return count;
  }
}
assert.sameValue(Brand.count([new Brand(), new Brand(), {}]), 2);
