import { log } from "./log_FIXTURE.js";
log.push("fast");
