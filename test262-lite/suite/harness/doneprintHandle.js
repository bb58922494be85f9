/*---
description: How an asynchronous test says that it is over.
defines: [$DONE]
---*/

function $DONE(error) {
  if (error === undefined) {
    print("Test262:AsyncTestComplete");
    return;
  }
  var isObject = typeof error === "object" && error !== null;
  var text = isObject && error.constructor ? error.constructor.name + ": " + error.message : String(error);
  print("Test262:AsyncTestFailure:" + text);
}
