export const b = 2;
export default 3;
export const a = 1;
