export * from "./shape_FIXTURE.js";
export * from "./other_FIXTURE.js";
