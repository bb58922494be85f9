export * from "./shape_FIXTURE.js";
export const a = "own";
