import { fromA, Thing } from "./functions-are-ready-a_FIXTURE.js";
import { log } from "./log_FIXTURE.js";
log.push("b sees a: " + typeof fromA);
log.push(fromA() + ": the class is " + typeof Thing);
