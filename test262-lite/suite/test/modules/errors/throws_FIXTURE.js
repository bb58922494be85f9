globalThis.runs += 1;
throw new RangeError("of the module");
