throw new Error("second");
