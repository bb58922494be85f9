import value, { Later } from "./classes-are-undefined.js";
export const found = typeof value + typeof Later;
