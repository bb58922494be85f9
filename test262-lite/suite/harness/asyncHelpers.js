/*---
description: Asynchronous tests as async functions.
defines: [asyncTest]
---*/

function asyncTest(test) {
  var promise;
  try {
    promise = test();
  } catch (error) {
    $DONE(error);
    return;
  }
  promise.then(
    function () {
      $DONE();
    },
    function (error) {
      $DONE(error === undefined ? "rejected without a reason" : error);
    },
  );
}

assert.throwsAsync = async function (constructor, action, message) {
  try {
    await action();
  } catch (error) {
    assert.isError(constructor, error, message);
    return error;
  }
  assert.fail("expected " + constructor.name + ", nothing was thrown", message);
};

// Turns of the job queue.
async function turns(count) {
  for (let turn = 0; turn < count; turn += 1) await undefined;
}
