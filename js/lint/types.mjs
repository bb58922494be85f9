// Checks the types of the runtime's JavaScript as far as it can be done without annotations: names that do not
// exist, numbers of arguments, properties that an object cannot have.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const here = fileURLToPath(new URL(".", import.meta.url));
const js = path.join(here, "..");
const OPS = path.join(here, "types/ops.d.ts");

/** `type OpName`, from where Rust declares ops. */
function opNames() {
  const names = new Set();
  const folder = path.join(js, "../ops/src");
  for (const file of readdirSync(folder, { recursive: true })) {
    if (!file.endsWith(".rs")) continue;
    const text = readFileSync(path.join(folder, file), "utf8");
    for (const { 1: name } of text.matchAll(/\bfn (op_pr_\w+)/g)) names.add(name);
  }
  return `type OpName = ${[...names].map((name) => `"${name}"`).join(" | ")};`;
}

/** Faults of the files of a configuration. */
function faultsOf(name) {
  const config = ts.getParsedCommandLineOfConfigFile(path.join(here, name), {}, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (fault) => {
      throw new Error(ts.flattenDiagnosticMessageText(fault.messageText, "\n"));
    },
  });
  const host = ts.createCompilerHost(config.options);
  const { fileExists, getSourceFile } = host;
  const ops = ts.createSourceFile(OPS, opNames(), ts.ScriptTarget.ESNext, true);
  host.fileExists = (file) => file === OPS || fileExists(file);
  host.getSourceFile = (file, ...rest) => file === OPS ? ops : getSourceFile(file, ...rest);
  const program = ts.createProgram([...config.fileNames, OPS], config.options, host);
  return { faults: ts.getPreEmitDiagnostics(program), host };
}

let failed = false;
for (const name of ["tsconfig.json", "tsconfig.node.json", "tsconfig.dashboard.json"]) {
  const { faults, host } = faultsOf(name);
  if (faults.length === 0) continue;
  failed = true;
  console.error(ts.formatDiagnostics(faults, host));
}
if (failed) process.exit(1);
