// What the modules of Node.js are given by their loader and by their bundle (js/node/bundle.mjs).

/** What js/src shares with them: js/src/60_builtins.js. */
declare const partyrun: {
  core: typeof import("./core.d.ts").core;
  internals: any;
  load(specifier: `ext:${string}`): any;
  process: any;
};

declare function require(specifier: string): any;
declare const module: { exports: any };
declare const exports: any;
declare const Buffer: any;
declare const process: any;
declare function setImmediate(callback: Function, ...args: any[]): any;
declare function clearImmediate(immediate: any): void;

interface Performance {
  timerify?: any;
}

// Packages, and the other modules of Node.js.
declare module "*";
