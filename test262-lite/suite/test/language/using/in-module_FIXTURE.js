export const log = [];
using held = { [Symbol.dispose]: () => void log.push("disposed") };
log.push("body");
