/*---
description: A constant enum has its values
---*/

const enum Flags { A = 1 << 0, B = 1 << 1, Both = A | B }
declare enum Ambient { X }
assert.sameValue(Flags.A | Flags.B, Flags.Both);
assert.sameValue(Flags["B"], 2);
