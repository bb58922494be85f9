/*---
description: Imports of types are gone, imports for effects stay
flags: [module]
---*/

import type { Shape } from "./types_FIXTURE";
import { type Other, value } from "./types_FIXTURE";
import Default, { Unused } from "./types_FIXTURE";
import "./effect_FIXTURE";
import type Nothing from "./does-not-exist";
export type { Shape } from "./types_FIXTURE";
export { Other } from "./types_FIXTURE";
const shape: Shape = { v: value };
const x: Default = 1;
assert.sameValue(shape.v, 1);
assert.sameValue((globalThis as any).effect, 1);
