// The rule that code of the runtime reaches JavaScript's own objects only through what deno_core saved of
// them before user code ran. `--fix` writes what it can be sure of.
import {
  collections,
  constant,
  descriptors,
  holders,
  kept,
  methodName,
  ownersOf,
  renamed,
  staticName,
} from "./intrinsics.js";

const SAFE_ITERATORS = /^Safe(Array|Map|Set|String)Iterator$/;

const TAKE_PATTERNS = /^StringPrototype(Match|MatchAll|Replace|ReplaceAll|Search|Split)$/;

const calleeName = ({ callee }) => (callee.type === "Identifier" ? callee.name : null);

/** `new SafeArrayIterator(x)`, or what a collection of primordials gives. */
function isSafeIterable(node) {
  if (node.type === "NewExpression") return SAFE_ITERATORS.test(calleeName(node) ?? "");
  return node.type === "CallExpression" && node.arguments.length === 0 &&
    node.callee.type === "MemberExpression" &&
    ["entries", "keys", "values"].includes(node.callee.property.name);
}

function hasNullPrototype(node) {
  return node.properties.some(({ type, key, computed, value }) =>
    type === "Property" && !computed && (key.name ?? key.value) === "__proto__" && value.type === "Literal" &&
    value.value === null
  );
}

const isFunction = ({ type }) => /Function/.test(type) || type === "PropertyDefinition";

function create(context) {
  const { sourceCode } = context;
  const { isModule } = { isModule: sourceCode.ast.sourceType === "module" };
  const text = (node) => sourceCode.getText(node);
  const atoms = new Set();
  // Names that the file takes for JavaScript's own, with the identifiers it declares.
  const declared = new Set();

  // What modules do while they are evaluated, the snapshot keeps: no user code has run by then.
  function isEarly(node) {
    if (!isModule) return false;
    for (let { parent } = node; parent; parent = parent.parent) if (isFunction(parent)) return false;
    return true;
  }

  const uses = (name) => atoms.add(name);
  const report = (node, message, fix) => context.report({ node, message, fix });

  function wrapped(node, what) {
    if (isEarly(node) || isSafeIterable(node)) return;
    report(
      node,
      `${what} asks for \`Symbol.iterator\`, which user code may replace: give it a safe iterator`,
      (fixer) => {
        uses("SafeArrayIterator");
        return [fixer.insertTextBefore(node, "new SafeArrayIterator("), fixer.insertTextAfter(node, ")")];
      },
    );
  }

  function checkGlobal({ identifier, resolved }) {
    if (resolved !== null && resolved.defs.length > 0) return;
    const { name, parent } = identifier;
    if (constant.has(name)) return;
    if (parent.type === "UnaryExpression" && parent.operator === "typeof") return;
    if (holders.has(name) && parent.type === "MemberExpression" && parent.object === identifier) return;
    if (isEarly(identifier) || parent.type === "NewExpression" && collections.has(name)) return;
    const shorthand = parent.type === "Property" && parent.shorthand;
    const fix = renamed.has(name) ? (fixer) => fixer.replaceText(identifier, renamed.get(name)) : undefined;
    report(
      identifier,
      `User code may replace the global \`${name}\`: take it from primordials`,
      shorthand ? undefined : fix,
    );
  }

  function checkStatic(node) {
    const { object, property, computed, parent } = node;
    if (object.name === "globalThis" && !computed && !isEarly(node) && parent.type !== "UnaryExpression") {
      return report(node, `User code may replace \`${text(node)}\`: take it from where it is made`);
    }
    if (
      computed || object.type !== "Identifier" || !holders.has(object.name) || property.name === "prototype"
    ) return;
    if (declared.has(object.name)) return;
    if (isEarly(node)) return;
    const name = staticName(object.name, property.name);
    report(
      node,
      `User code may replace \`${text(node)}\`: use \`${name}\` of primordials`,
      (fixer) => fixer.replaceText(node, name),
    );
  }

  function checkMethod(node) {
    const { callee } = node;
    if (callee.type !== "MemberExpression" || callee.computed || callee.property.type !== "Identifier") {
      return;
    }
    const { object, property: { name } } = callee;
    if (object.type === "Super" || object.type === "Identifier" && holders.has(object.name)) return;
    if (name === "apply" && node.arguments.length === 2) {
      if (isEarly(node)) return;
      return report(
        node,
        "User code may replace `Function.prototype.apply`: use `ReflectApply`",
        (fixer) =>
          fixer.replaceText(node, `ReflectApply(${text(object)}, ${node.arguments.map(text).join(", ")})`),
      );
    }
    const owners = ownersOf(name);
    if (owners.length === 0 || isEarly(node)) return;
    const isText = object.type === "TemplateLiteral" || typeof object.value === "string";
    const owner = isText && owners.includes("String") ? "String" : owners[0];
    const sure = (owners.length === 1 || isText) &&
      (node.arguments.length > 0 || owner !== "Array" || name === "pop" || name === "shift") &&
      !["Promise", "RegExp"].includes(owner) && !callee.optional &&
      !text(object).includes("?.");
    const names = owners.map((owner) => `\`${methodName(owner, name)}\``).join(" or ");
    report(
      node,
      `User code may replace \`${owner}.prototype.${name}\`: use ${names} of primordials`,
      sure
        ? (fixer) =>
          fixer.replaceText(
            node,
            `${methodName(owner, name)}(${[object, ...node.arguments].map(text).join(", ")})`,
          )
        : undefined,
    );
  }

  function checkDescriptor(node) {
    if (node.type !== "ObjectExpression" || hasNullPrototype(node)) return;
    report(
      node,
      "A property descriptor inherits what user code puts into `Object.prototype`: begin it with `__proto__: null`",
      (fixer) => fixer.insertTextAfterRange([node.range[0], node.range[0] + 1], " __proto__: null,"),
    );
  }

  function checkDescriptors(node) {
    const { callee } = node;
    const name = callee.type === "MemberExpression" && callee.object.type === "Identifier" &&
        holders.has(callee.object.name)
      ? staticName(callee.object.name, callee.property.name)
      : calleeName(node);
    const taken = descriptors.get(name);
    const given = taken && node.arguments[taken.at];
    if (given === undefined || isEarly(node)) return;
    if (!taken.several) return checkDescriptor(given);
    if (given.type !== "ObjectExpression") return;
    checkDescriptor(given);
    for (const { value } of given.properties) if (value) checkDescriptor(value);
  }

  return {
    Program() {
      const { scopeManager } = sourceCode;
      for (const scope of scopeManager.scopes) {
        for (const { defs, name } of scope.variables) {
          if (defs.length > 0 && !kept.has(name)) declared.add(name);
        }
      }
      const { through, variables } = scopeManager.globalScope;
      for (const reference of through) checkGlobal(reference);
      for (const { defs, references } of variables) if (defs.length === 0) references.forEach(checkGlobal);
    },
    MemberExpression: checkStatic,
    CallExpression(node) {
      const [, pattern] = node.arguments;
      if (TAKE_PATTERNS.test(calleeName(node) ?? "") && pattern?.regex !== undefined && !isEarly(node)) {
        report(pattern, "User code may replace what a pattern does with a text: use a `SafeRegExp`");
      }
      checkMethod(node);
      checkDescriptors(node);
    },
    NewExpression(node) {
      const name = calleeName(node);
      if (collections.has(name)) {
        report(
          node,
          `The methods of a \`${name}\` are user code's to replace: use \`${collections.get(name)}\``,
          (fixer) => fixer.replaceText(node.callee, collections.get(name)),
        );
      }
      if (name === "Proxy" && node.arguments[1] && !isEarly(node)) checkDescriptor(node.arguments[1]);
    },
    ForOfStatement({ right, await: waits }) {
      if (!waits) wrapped(right, "`for`");
    },
    SpreadElement({ argument, parent }) {
      if (parent.type !== "ObjectExpression") wrapped(argument, "A spread");
    },
    ArrayPattern(node) {
      if (isEarly(node)) return;
      const places = node.elements;
      const sure = places.every((place) => place === null || place.type !== "RestElement");
      report(
        node,
        "A list's pattern asks for `Symbol.iterator`, which user code may replace: use `{ 0: first }`",
        sure
          ? (fixer) => {
            const parts = places.map((place, at) => place && `${at}: ${text(place)}`).filter(Boolean);
            return fixer.replaceText(node, `{ ${parts.join(", ")} }`);
          }
          : undefined,
      );
    },
    YieldExpression(node) {
      if (node.delegate) {
        report(node, "`yield*` asks for `Symbol.iterator`, which user code may replace: use a loop");
      }
    },
    BinaryExpression(node) {
      const { operator, left, right } = node;
      if (
        operator !== "instanceof" || right.type !== "Identifier" || !kept.has(right.name) || isEarly(node)
      ) return;
      report(
        node,
        `User code may give \`${right.name}\` a \`Symbol.hasInstance\`: use \`ObjectPrototypeIsPrototypeOf\``,
        (fixer) =>
          fixer.replaceText(node, `ObjectPrototypeIsPrototypeOf(${right.name}Prototype, ${text(left)})`),
      );
    },
  };
}

export default {
  meta: { type: "problem", fixable: "code", schema: [] },
  create,
};
