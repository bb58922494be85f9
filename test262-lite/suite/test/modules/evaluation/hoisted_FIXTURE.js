export const found = typeof globalThis.before;
