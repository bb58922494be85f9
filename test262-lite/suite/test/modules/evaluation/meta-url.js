/*---
description: import.meta.url is a string that ends like the file
flags: [module]
---*/

export {};
assert(new URL(import.meta.url).pathname.endsWith("meta-url.js"));
