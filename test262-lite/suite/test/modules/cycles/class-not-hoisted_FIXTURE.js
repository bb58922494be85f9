import { early } from "./class-not-hoisted-user_FIXTURE.js";
export class Later {}
export const make = () => new Later();
if (early !== "ReferenceError") throw new Error("was " + early);
