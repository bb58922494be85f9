/*---
description: compile, instantiate and validate
flags: [async]
includes: [asyncHelpers.js]
---*/

asyncTest(async () => {
  var bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
  assert(WebAssembly.validate(bytes));
  assert.sameValue(WebAssembly.validate(bytes.slice(1)), false);
  assert((await WebAssembly.compile(bytes)) instanceof WebAssembly.Module);
  var { instance } = await WebAssembly.instantiate(bytes);
  assert.sameValue(Object.keys(instance.exports).length, 0);
  await assert.throwsAsync(WebAssembly.CompileError, () => WebAssembly.compile(bytes.slice(1)));
});
