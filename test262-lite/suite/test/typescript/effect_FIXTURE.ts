(globalThis as any).effect = 1;
export {};
