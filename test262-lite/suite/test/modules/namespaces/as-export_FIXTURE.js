export * as inner from "./shape_FIXTURE.js";
export * as default from "./shape_FIXTURE.js";
