import { bundle } from "../test/action/bundle.ts";
import { missing } from "./build/prerequisites.ts";
import { build } from "./build.ts";
import { enter } from "./enter.ts";

/** `make lab`, `make lab-test` and `make lab-demo`: builds what is missing and runs one thing inside a lab of its own. */

const [mode = "shell", ...rest] = process.argv.slice(2);
const testLimitMs = 25 * 60_000;

const lacks = missing();
if (lacks.length > 0) {
  for (const { what, remedy } of lacks) console.error(`lab: ${what}. Remedy: ${remedy}`);
  if (mode !== "test") process.exit(1);
  console.log(`lab: skipped, because ${lacks.map(({ what }) => what).join("; ")}`);
  process.exit(0);
}

const tools = await build();
const action = bundle();
const node = (script: string, ...words: readonly string[]): [string, ...string[]] => [
  process.execPath,
  script,
  ...words,
];

if (mode === "shell") process.exit(await enter({ tools, action, words: node("lab/shell.ts") }));
if (mode === "demo") process.exit(await enter({ tools, action, words: node("lab/demo.ts") }));
if (mode === "test")
  process.exit(await enter({ tools, action, words: node("lab/tests/all.ts", ...rest), limitMs: testLimitMs }));
console.error("lab/run.ts shell | demo | test [FILE …]");
process.exit(2);
