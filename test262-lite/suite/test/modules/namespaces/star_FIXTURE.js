export * from "./shape_FIXTURE.js";
export const own = 1;
