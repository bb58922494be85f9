import { log } from "./log_FIXTURE.js";
export {} from "./deep_FIXTURE.js";
log.push("two");
