// Runs while the snapshot is made. The runtime's ops, for every module of the snapshot: what a module imports
// is this binding itself, so all of them see it change. Scripts that isolates load later take `core.ops`
// instead, which is complete by then.

/**
 * None until an isolate starts: their fast-call overloads exist only after the snapshot is restored.
 * @type {typeof import("ext:core/mod.js").core.ops}
 */
export let ops;

export function useOps(given) {
  ops = given;
}
