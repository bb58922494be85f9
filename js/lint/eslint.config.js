// `npm run check`: what the runtime's JavaScript must keep to. Whether names exist is the business of types.mjs.
import primordials from "./primordials.js";

const common = {
  "no-unused-vars": ["error", { args: "none", caughtErrors: "none", varsIgnorePattern: "^_" }],
  "prefer-const": ["error", { destructuring: "all", ignoreReadBeforeAssign: true }],
  eqeqeq: ["error", "always", { null: "ignore" }],
  "no-var": "error",
};
const rules = { ...common, "partyrun/primordials": "error" };
// Modules have one way to the ops (src/06_ops.js): those of `core` lack their fast calls in the snapshot.
const oneWayToOps = {
  "no-restricted-syntax": ["error", {
    selector: "MemberExpression[object.property.name='ops'][property.name=/^op_pr_/]",
    message: "Take `ops` from 06_ops.js",
  }],
};
const plugins = { partyrun: { rules: { primordials } } };

// What runs while the snapshot is made is modules; what isolates load later is scripts.
const LATER = [
  "45_control",
  "46_control_values",
  "48_kept",
  "61_modules",
  "70_kv",
  "71_r2",
  "71_r2_options",
  "72_vectorize",
  "73_ai",
  "74_console",
  "74_console_values",
  "74_event_source",
  "74_shared_memory",
  "75_byte_transforms",
  "76_fetch",
  "77_cache",
  "78_crypto",
  "78_crypto_legacy",
  "79_html_rewriter",
  "80_fast_ops",
  "81_worker_scope",
  "standin_telemetry",
  "standin_telemetry_util",
  "standin_tls",
].map((name) => `src/${name}.js`);

export default [
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  // The room that warms up the snapshot is user code.
  {
    files: ["src/*.js"],
    ignores: [...LATER, "src/85_warm_up.js"],
    plugins,
    rules: { ...rules, ...oneWayToOps },
    languageOptions: { sourceType: "module" },
  },
  { files: LATER, plugins, rules, languageOptions: { sourceType: "script" } },
  // Half of each module of Node.js is a package that takes JavaScript's objects as it finds them: primordials
  // in the other half would keep nobody from harm.
  { files: ["node/src/**/*.js"], rules: common, languageOptions: { sourceType: "commonjs" } },
  { files: ["node/src/parts/refuse.js"], languageOptions: { sourceType: "module" } },
];
