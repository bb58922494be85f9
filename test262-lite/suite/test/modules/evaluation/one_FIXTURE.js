import { log } from "./log_FIXTURE.js";
import "./deep_FIXTURE.js";
log.push("one");
