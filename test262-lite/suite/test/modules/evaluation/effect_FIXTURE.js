globalThis.effect = (globalThis.effect ?? 0) + 1;
export default 1;
