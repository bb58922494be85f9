/*---
description: What finally does at its end wins
---*/

var f = () => {
  try {
    return "try";
  } finally {
    return "finally";
  }
};
var g = () => {
  for (;;) {
    try {
      throw 1;
    } catch {
      continue;
    } finally {
      break;
    }
  }
  return "broke";
};
var i = 0;
var h = () => {
  try {
    return i;
  } finally {
    i = 5;
  }
};
assert.sameValue(f() + g() + h() + i, "finallybroke05");
