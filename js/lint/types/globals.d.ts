// Globals of the runtime's JavaScript besides JavaScript's own and the web's.

/** The argument of scripts that isolates load later. */
declare const __bootstrap: typeof import("./core.d.ts");
