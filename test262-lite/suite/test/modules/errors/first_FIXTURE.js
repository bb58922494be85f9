globalThis.log.push("first");
