/*---
description: Dollars, braces and backslashes that mean themselves
---*/

assert.sameValue(`$ $$ {} \${x} \\ ${"$"}{`, "$ $$ {} ${x} \\ ${");
assert.sameValue(`\
joined`, "joined");
