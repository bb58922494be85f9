/*---
description: A tag that is a member has its object as this
---*/

var object = {
  name: "o",
  tag(strings, value) {
    return this.name + strings[0] + value;
  },
};
assert.sameValue(object.tag`x${1}`, "ox1");
assert.sameValue(object["tag"]`y${2}`, "oy2");
assert.sameValue(((s) => (t) => s[0] + t[0])`a``b`, "ab");
