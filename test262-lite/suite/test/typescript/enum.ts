/*---
description: Enums count on from what is known, and lead back
---*/

enum Direction { Up, Down = 5, Left, Text = "text", Sum = Down + Left, Computed = "abc".length }
assert.sameValue([Direction.Up, Direction.Left, Direction.Text, Direction.Sum, Direction.Computed].join(), "0,6,text,11,3");
assert.sameValue(Direction[6], "Left");
assert.sameValue(Direction["text" as any], undefined);
enum Direction { Later = 100 }
assert.sameValue(Direction.Later + Direction.Up, 100);
