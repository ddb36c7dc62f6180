import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { scenarios, smallest } from "../test/simulation/scenarios.ts";
import type { Scene } from "../test/simulation/scene.ts";
import { simulate } from "../test/simulation/world.ts";

/**
 * What virtual time costs: a rehearsal of six hours as a whole process, in turn with bare Node, and undisturbed rollouts in
 * the simulation with all oracles on, once this process is warm. Reports; fails nothing.
 */

const rounds = Number(process.argv[2] ?? 7);
const rollouts = 2_000;
const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));

const plan = `route: virtualservice/reviews
namespace: shop
canary: v2
phases: 5/20/50/100
hold: 90m
prometheus: https://prometheus.example.com
`;
const plans = {
  "six hours, canary compared with stable": plan,
  "six hours, two checks instead": `${plan}compare: off
checks:
  - {preset: success-rate, min: 99%}
  - {preset: latency, max: 500ms}
`,
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

function tookMs(args: readonly string[]): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
  return performance.now() - began;
}

const candidates = Object.entries(plans).map(([name, text], index) => {
  const file = join(folder, `${index}.yml`);
  writeFileSync(file, text);
  const args = [cli, "rehearse", "--plan", file, "--scenario", "good", "--json"];
  return { name, args, taken: [] as { readonly ms: number; readonly ratio: number }[] };
});
for (let round = 0; round < rounds; round += 1) {
  const bareMs = tookMs(["-e", "console.log(1)"]);
  for (const { args, taken } of candidates) {
    const ms = tookMs(args);
    taken.push({ ms, ratio: ms / bareMs });
  }
}
rmSync(folder, { recursive: true, force: true });
console.log(`${rounds} rounds; medians, and medians of the ratios to bare Node within a round`);
for (const { name, taken } of candidates) {
  const [ms, ratio] = [median(taken.map((one) => one.ms)), median(taken.map((one) => one.ratio))];
  console.log(`${name.padEnd(42)}${(ms / 1000).toFixed(2).padStart(6)} s ${ratio.toFixed(0).padStart(6)}x`);
}

/** Of each lot of rollouts the processor time; what the first lots pay for is the compiler. */
async function perSecond(scene: Scene): Promise<readonly number[]> {
  const found: number[] = [];
  for (let lot = 0; lot < 5; lot += 1) {
    const began = process.cpuUsage();
    for (let seed = 1; seed <= rollouts; seed += 1) {
      const { violations } = await simulate({ ...scene, seed });
      if (violations.length > 0) throw new Error(JSON.stringify(violations));
    }
    const { user, system } = process.cpuUsage(began);
    found.push((rollouts * 1_000_000) / (user + system));
  }
  return found;
}

console.log(
  `\nundisturbed rollouts a second of processor time, lots of ${rollouts}: the first, and the median of the rest`,
);
for (const { name, scene } of [scenarios[0], smallest[0]].filter((one) => one !== undefined)) {
  const [first = Number.NaN, ...rest] = await perSecond(scene);
  console.log(`${name.padEnd(42)}${first.toFixed(0).padStart(6)} ${median(rest).toFixed(0).padStart(6)}`);
}
