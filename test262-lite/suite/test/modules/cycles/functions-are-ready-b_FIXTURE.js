import { fromA, variable } from "./functions-are-ready-a_FIXTURE.js";
import { log } from "./log_FIXTURE.js";
log.push("b sees a: " + typeof fromA);
try {
  variable;
} catch (error) {
  if (error instanceof ReferenceError) log.push(fromA() + ": variable is in its dead zone");
}
