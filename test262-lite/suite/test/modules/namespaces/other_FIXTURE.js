export const a = "other";
export const c = 3;
