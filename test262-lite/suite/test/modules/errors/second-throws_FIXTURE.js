import "./first_FIXTURE.js";
import "./second_FIXTURE.js";
globalThis.log.push("never");
