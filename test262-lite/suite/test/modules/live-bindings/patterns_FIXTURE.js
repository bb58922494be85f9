export const { a, x: [b = 2] = [], ...rest } = { a: 1, c: 3 };
export let [, renamed] = [0, 4];
