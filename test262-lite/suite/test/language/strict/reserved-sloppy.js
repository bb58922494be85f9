/*---
description: and are names in sloppy code
flags: [noStrict]
---*/

var interface = 1, package = 2, static = 3, implements = 4, private = 5;
assert.sameValue(interface + package + static + implements + private, 15);
