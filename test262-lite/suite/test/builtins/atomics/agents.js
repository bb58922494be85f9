/*---
description: Threads share memory and wake each other
flags: [noStrict]
---*/

$262.agent.start(`
  $262.agent.receiveBroadcast((memory) => {
    var array = new Int32Array(memory);
    Atomics.store(array, 1, 1);
    $262.agent.report(Atomics.wait(array, 0, 0, 5000));
    $262.agent.leaving();
  });
`);
var array = new Int32Array(new SharedArrayBuffer(8));
$262.agent.broadcast(array.buffer);
while (Atomics.load(array, 1) === 0) $262.agent.sleep(1);
// The agent may still be on its way from the store to the wait.
while (Atomics.notify(array, 0, 1) === 0) $262.agent.sleep(1);
var report;
while ((report = $262.agent.getReport()) === null) $262.agent.sleep(1);
assert.sameValue(report, "ok");
