// `npm run lint`: what the runtime's JavaScript must keep to.
import primordials from "./primordials.js";

const rules = {
  "partyrun/primordials": "error",
  "no-undef": "off",
  "no-unused-vars": ["error", { args: "none", caughtErrors: "none", varsIgnorePattern: "^_" }],
  "prefer-const": ["error", { ignoreReadBeforeAssign: true }],
  eqeqeq: ["error", "always", { null: "ignore" }],
  "no-var": "error",
};
const plugins = { partyrun: { rules: { primordials } } };

// What runs while the snapshot is made is modules; what isolates load later is scripts.
const LATER = [
  "45_control",
  "46_control_values",
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
    rules,
    languageOptions: { sourceType: "module" },
  },
  { files: LATER, plugins, rules, languageOptions: { sourceType: "script" } },
];
