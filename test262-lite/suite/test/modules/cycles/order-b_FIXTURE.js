import "./order-c_FIXTURE.js";
import { log } from "./log_FIXTURE.js";
log.push("b");
