/*---
description: Cases fall through, default anywhere, compared strictly
---*/

var run = (value) => {
  var log = [];
  switch (value) {
    case "1":
      log.push("text");
    default:
      log.push("default");
      break;
    case 1:
      log.push("number");
    case 2: {
      log.push("two");
    }
  }
  return log.join();
};
assert.sameValue([run(1), run("1"), run(3), run(2)].join("|"), "number,two|text,default|default|two");
