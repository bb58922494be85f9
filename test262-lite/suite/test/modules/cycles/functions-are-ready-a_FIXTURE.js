import "./functions-are-ready-b_FIXTURE.js";
import { log } from "./log_FIXTURE.js";
export { log };
export function fromA() {
  return "a";
}
export class Thing {}
log.push("a runs");
