/*---
description: A private member's context can reach it
---*/

var access;
class Secret {
  @((_, context) => void (access = context)) #x = 1;
  bump() {
    return ++this.#x;
  }
}
var secret = new Secret();
secret.bump();
assert.sameValue(access.private, true);
assert.sameValue(access.name, "#x");
assert.sameValue(access.access.get(secret), 2);
access.access.set(secret, 9);
assert.sameValue(secret.bump(), 10);
