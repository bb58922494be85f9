import "./cycle-a_FIXTURE.js";
export const b = await "b";
