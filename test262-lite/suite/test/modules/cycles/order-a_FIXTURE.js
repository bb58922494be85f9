import "./order-b_FIXTURE.js";
import { log } from "./log_FIXTURE.js";
log.push("a");
