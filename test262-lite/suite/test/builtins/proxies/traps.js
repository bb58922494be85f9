/*---
description: Every operation goes through its trap
---*/

var log = [];
var proxy = new Proxy({}, new Proxy({}, { get: (_, trap) => void log.push(trap) }));
proxy.a;
proxy.a = 1;
"a" in proxy;
delete proxy.a;
Object.keys(proxy);
Object.getPrototypeOf(proxy);
Object.isExtensible(proxy);
assert.sameValue(log.join(), "get,set,getOwnPropertyDescriptor,defineProperty,has,deleteProperty,ownKeys,getPrototypeOf,isExtensible");
