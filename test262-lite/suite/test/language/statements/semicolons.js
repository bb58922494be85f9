/*---
description: Semicolons are put in where the grammar needs them
---*/

var a = 1
var b = 2
;[a, b] = [b, a]
var f = function () {
  return
  1
}
var i = 0
a
++
i
do i++; while (i < 5) b
if (a) ; else b
assert.sameValue([a, b, f(), i].join(), "2,1,,5")
