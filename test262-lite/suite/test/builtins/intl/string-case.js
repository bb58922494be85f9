/*---
description: Upper and lower case follow the language
---*/

assert.sameValue("i".toLocaleUpperCase("tr"), "İ");
assert.sameValue("I".toLocaleLowerCase("tr"), "ı");
assert.sameValue("ß".toUpperCase(), "SS");
assert.sameValue("é".normalize("NFD").length, 2);
