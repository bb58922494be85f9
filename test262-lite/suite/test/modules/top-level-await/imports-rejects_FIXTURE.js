import "./rejects_FIXTURE.js";
globalThis.wrong = true;
