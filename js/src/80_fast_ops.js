// Loaded in each isolate right after the snapshot is restored: only then do ops have their fast-call
// overloads, which V8 cannot keep in a snapshot.
(function () {
  const { ops } = __bootstrap.core;
  const ours = {};
  for (const name of Object.keys(ops)) {
    if (name.startsWith("op_pr_")) ours[name] = ops[name];
  }
  return ours;
})();
