import "./throws_FIXTURE.js";
globalThis.runs += 10;
