import { log } from "./log_FIXTURE.js";
log.push("slow starts");
await null;
log.push("slow ends");
