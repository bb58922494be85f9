import { shared } from "./var-is-undefined.js";
export const found = typeof shared;
