// Processes that run the same tests at the same time: `node side-by-side.mjs <processes> <tests>`. What they print comes
// one after the other; fails if one of them does.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const [processes, tests] = process.argv.slice(2).map(Number);
const file = fileURLToPath(new URL("flakes.mjs", import.meta.url));
const codes = await Promise.all(Array.from({ length: processes }, run));
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;

function run() {
  const words = ["--test-reporter=tap", file, `${tests}`];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  const output = [];
  child.stdout.on("data", (bytes) => output.push(bytes));
  return new Promise((resolve) => {
    child.once("close", (code) => {
      process.stdout.write(Buffer.concat(output));
      resolve(code);
    });
  });
}
