export * from "./shape_FIXTURE.js";
export * from "./star_FIXTURE.js";
