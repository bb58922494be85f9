export * from "./total_FIXTURE.js";
