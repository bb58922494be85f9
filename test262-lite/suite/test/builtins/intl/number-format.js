/*---
description: Numbers are formatted for locales, with their data built in
---*/

assert.sameValue(new Intl.NumberFormat("de-DE").format(1234567.891), "1.234.567,891");
assert.sameValue(new Intl.NumberFormat("en-IN").format(1234567), "12,34,567");
assert.sameValue(new Intl.NumberFormat("en-US", { style: "currency", currency: "EUR" }).format(5), "€5.00");
assert.sameValue(new Intl.NumberFormat("ar-EG").format(12), "١٢");
assert.sameValue((0.256).toLocaleString("en", { style: "percent", maximumFractionDigits: 1 }), "25.6%");
assert.sameValue(new Intl.NumberFormat("en", { notation: "compact" }).format(12345), "12K");
