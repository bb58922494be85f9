/*---
description: Imports run first wherever they stand
flags: [module]
---*/

globalThis.before ??= "main";
import { found } from "./hoisted_FIXTURE.js";
assert.sameValue(found, "undefined");
