// Runs while the snapshot is made. The runtime's ops, for every module of the snapshot: what a module imports
// is this binding itself, so all of them see it change. Scripts that isolates load later take `core.ops`
// instead, which is complete by then.

// Until an isolate starts there are none: their fast-call overloads exist only after the snapshot is restored.
export let ops;

export function useOps(given) {
  ops = given;
}
