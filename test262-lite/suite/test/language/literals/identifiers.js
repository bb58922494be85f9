/*---
description: Names may have escapes and letters of all alphabets
---*/

var ünï = 1;
var \u0061bc = 2;
var 変数 = 3;
var $_\u{1d7d8} = 4;
assert.sameValue(ünï + abc + 変数 + $_𝟘, 10);
var object = { ünï, "quoted-key": 5, d\u0065fault: 6 };
assert.sameValue(object["\u00fcn\u00ef"] + object.default, 7);
