import { constant, variable } from "./variables-are-undefined.js";
export const found = typeof constant + typeof variable;
