import "./order-a_FIXTURE.js";
import { log } from "./log_FIXTURE.js";
log.push("c");
