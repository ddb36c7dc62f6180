import { textOf } from "../../src/text/index.ts";
import { sceneOf } from "./generate.ts";
import { checked } from "./seeds.ts";
import { shrink } from "./shrink.ts";

/**
 * Everything that happens in the scene of one seed: `SEED=17 scripts/node24 test/simulation/replay.ts`. With `SHRINK=1` a
 * scene that fails is made as small as it can be first, and printed as the entry that belongs into seeds.json.
 */
const seed = Number(process.env["SEED"]);
const whole = sceneOf(seed);
const scene = process.env["SHRINK"] === undefined ? whole : await shrink(whole);
const report = await checked(scene, true);
console.log(JSON.stringify({ note: "", scene: scene === whole ? { ...scene, faults: report.faults } : scene }));
console.log(report.trace.join("\n"));
for (const { name, outcome } of report.outcomes)
  console.log(name, outcome?.name, outcome?.exitCode, outcome && textOf(outcome.reason));
for (const { invariant, at, words } of report.violations) console.log(`${invariant} at ${at}: ${words}`);
console.log(`hash ${report.hash}`);
