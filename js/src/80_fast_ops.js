// Loaded in each isolate right after the snapshot is restored: only then do ops have their fast-call
// overloads, which V8 cannot keep in a snapshot.
(function () {
  const { core: { ops }, primordials } = __bootstrap;
  const { ObjectKeys, SafeArrayIterator, StringPrototypeStartsWith } = primordials;
  const ours = {};
  for (const name of new SafeArrayIterator(ObjectKeys(ops))) {
    if (StringPrototypeStartsWith(name, "op_pr_")) ours[name] = ops[name];
  }
  return ours;
})();
