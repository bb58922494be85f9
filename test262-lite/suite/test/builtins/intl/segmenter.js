/*---
description: Text is cut into what people take for characters and words
---*/

var graphemes = [...new Intl.Segmenter("en").segment("e\u0301🇩🇪👨‍👩‍👧")].map(({ segment }) => segment);
assert.sameValue(graphemes.length, 3);
var words = [...new Intl.Segmenter("en", { granularity: "word" }).segment("Hi, there!")];
assert.sameValue(words.filter((word) => word.isWordLike).map((word) => word.segment).join("|"), "Hi|there");
assert.sameValue([...new Intl.Segmenter("ja", { granularity: "word" }).segment("東京都に住む")].length > 1, true);
