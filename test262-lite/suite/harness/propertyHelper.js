/*---
description: Claims about a property, by its descriptor and by what it lets one do.
defines: [verifyProperty]
---*/

function verifyProperty(object, name, wanted) {
  var found = Object.getOwnPropertyDescriptor(object, name);
  var label = String(name);
  if (wanted === undefined) {
    assert.sameValue(found, undefined, label + " is an own property");
    return true;
  }
  assert(found !== undefined, label + " is no own property");
  ["value", "get", "set", "writable", "enumerable", "configurable"].forEach(function (part) {
    if (part in wanted) assert.sameValue(found[part], wanted[part], label + ": " + part);
  });
  // What the descriptor says must also be so.
  var listed = false;
  for (var key in object) listed = listed || (key === name && Object.prototype.hasOwnProperty.call(object, key));
  if (typeof name === "string") assert.sameValue(listed, found.enumerable, label + " in a loop");
  if ("writable" in found) {
    var other = found.value === "other" ? "another" : "other";
    var wrote = Reflect.set(object, name, other) && object[name] === other;
    assert.sameValue(wrote, found.writable, label + " can be written");
    if (wrote) object[name] = found.value;
  }
  var deleted = Reflect.deleteProperty(object, name);
  assert.sameValue(deleted, found.configurable, label + " can be deleted");
  if (deleted) Object.defineProperty(object, name, found);
  return true;
}
