import { bundle } from "../test/action/bundle.ts";
import { Lacking, type Missing, missing } from "./build/prerequisites.ts";
import { build } from "./build.ts";
import { enter } from "./enter.ts";

/** `make lab`, `make lab-test` and `make lab-demo`: builds what is missing and runs one thing inside a lab of its own. */

const [mode = "shell", ...rest] = process.argv.slice(2);
const testLimitMs = 45 * 60_000;

const lacks = missing();
if (lacks.length > 0) stopFor(lacks);
const tools = await build().catch((error: unknown) => {
  if (error instanceof Lacking) return stopFor([error.missing]);
  throw error;
});
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

/** Tests are skipped where the lab cannot be; but a CI whose machine is made for it must notice that it is broken. */
function stopFor(what: readonly Missing[]): never {
  for (const one of what) console.error(`lab: ${one.what}. Remedy: ${one.remedy}`);
  const mayBeSkipped = process.env["CI"] === undefined || what.some(({ isBasic }) => isBasic === true);
  if (mode !== "test" || !mayBeSkipped) process.exit(1);
  console.log(`lab: skipped, because ${what.map((one) => one.what).join("; ")}`);
  process.exit(0);
}
