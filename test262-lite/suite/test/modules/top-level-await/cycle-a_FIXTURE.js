import { b } from "./cycle-b_FIXTURE.js";
await null;
export const a = "a with " + b;
