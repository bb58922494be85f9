// Formats the runtime's JavaScript, or says which files are not formatted. The formatter is WebAssembly, so
// it needs no program of the system.
import { createFromBuffer } from "@dprint/formatter";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const plugin = createRequire(import.meta.url).resolve(
  "@dprint/typescript/plugin.wasm",
);
const formatter = createFromBuffer(readFileSync(plugin));
formatter.setConfig({}, { deno: true, lineWidth: 110 });

const PACKAGE = ["bin", "lib", "playwright", "test", "vitest"].map((folder) => `../npm/partyrun/${folder}`);
const PAGES = "../runtime/src/pages";
const files = [
  ".",
  "src",
  "lint",
  "node",
  "node/src",
  "node/src/crypto",
  "node/src/parts",
  ...PACKAGE,
  PAGES,
  `${PAGES}/dashboard`,
]
  .flatMap((folder) =>
    readdirSync(path.join(root, folder)).filter((name) => /\.m?js$/.test(name))
      .map((name) => path.join(folder, name))
  );
const fixing = process.argv.includes("--fix");
let unformatted = 0;
for (const file of files) {
  const fileText = readFileSync(path.join(root, file), "utf8");
  const formatted = formatter.formatText({ filePath: file, fileText });
  if (formatted === fileText) continue;
  if (fixing) writeFileSync(path.join(root, file), formatted);
  else {console.error(
      `js/${file} is not formatted: run \`npm run fix\` in js/lint`,
    );}
  unformatted++;
}
if (!fixing && unformatted > 0) process.exit(1);
