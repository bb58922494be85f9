/*---
description: Iterators have helpers, which close what they take from
---*/

var closed = 0;
function* numbers() {
  try {
    for (var i = 0; ; i++) yield i;
  } finally {
    closed += 1;
  }
}
assert.sameValue(numbers().filter((n) => n % 2).map((n) => n * n).take(3).toArray().join(), "1,9,25");
assert.sameValue(closed, 1);
assert.sameValue(numbers().drop(2).find((n) => n > 3), 4);
assert.sameValue(Iterator.from({ next: () => ({ done: true }) }).some(Boolean), false);
