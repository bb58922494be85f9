globalThis.log.push("module");
