// What the rule of primordials refuses, one line of each kind, and what it lets pass.
import { RuleTester } from "eslint";
import primordials from "./primordials.js";

const TAKEN =
  "const { Error, globalThis, ObjectDefineProperty, ObjectKeys, SafeArrayIterator, SafeMap, StringPrototypeReplace } = primordials;";
const inFunction = (code) => `${TAKEN} function f(list, text, map) { ${code} }`;
const refused = (code, fixed) => ({
  code: inFunction(code),
  output: fixed === undefined ? null : inFunction(fixed),
  errors: 1,
});

new RuleTester({ languageOptions: { sourceType: "module" } }).run("primordials", primordials, {
  valid: [
    // While the snapshot is made, nobody has replaced anything.
    "const names = [1, 2].map(String); for (const name of names) Object.keys({});",
    inFunction("return ObjectKeys(list);"),
    inFunction("const known = new SafeMap(); for (const key of known.keys()) known.get(key);"),
    inFunction("for (const one of new SafeArrayIterator(list)) one;"),
    inFunction("return { ...list };"),
    inFunction("ObjectDefineProperty(list, text, { __proto__: null, value: 1 });"),
  ],
  invalid: [
    refused("return Object.keys(list);", "return ObjectKeys(list);"),
    refused("return Promise.race(list);", "return SafePromiseRace(list);"),
    refused("list.push(1);", "ArrayPrototypePush(list, 1);"),
    refused("return text.startsWith('a');", "return StringPrototypeStartsWith(text, 'a');"),
    refused("return text.slice(1);"),
    refused("return text?.trim();"),
    refused("list.then(f);"),
    refused("return f.call(list, 1);", "return FunctionPrototypeCall(f, list, 1);"),
    refused("return f.apply(list, text);", "return ReflectApply(f, list, text);"),
    refused("return /a/.test(text);"),
    refused("return StringPrototypeReplace(text, /a/, '');"),
    refused("for (const one of list) one;", "for (const one of new SafeArrayIterator(list)) one;"),
    refused("return [...list];", "return [...new SafeArrayIterator(list)];"),
    refused("const [a, b] = list; return a + b;", "const { 0: a, 1: b } = list; return a + b;"),
    refused("return new Map();", "return new SafeMap();"),
    refused("return new URL(text);"),
    refused("console.log(text);"),
    refused("globalThis.fetch(text);"),
    refused("throw new TypeError(text);"),
    refused(
      "ObjectDefineProperty(map, text, { value: 1 });",
      "ObjectDefineProperty(map, text, { __proto__: null, value: 1 });",
    ),
    refused("return list instanceof Error;", "return ObjectPrototypeIsPrototypeOf(ErrorPrototype, list);"),
  ],
});
