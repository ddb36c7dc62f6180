import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { faultPairs } from "../test/simulation/calls.ts";
import { marks } from "../test/simulation/coverage-marks.ts";
import { type Done, inProcess, type Job, seedJobs, sumOf } from "../test/simulation/jobs.ts";
import { plant, planted } from "../test/simulation/planted/planted.ts";
import { keptIn } from "../test/simulation/saved-runs.ts";
import { scenarios, smallest } from "../test/simulation/scenarios.ts";
import { busyWork, callFaults, edits, metricFaults, spells } from "../test/simulation/scene.ts";
import type { Tally } from "../test/simulation/tally.ts";

/**
 * The nightly simulation: many seeds, all single and double faults, every planted bug. Prints how far it is, and at the
 * end a summary that can be quoted; fails where anything was broken, missed or never reached.
 *
 * Environment: SEEDS (1000000), FROM (1), PROCESSES (all cores), DOUBLES (1; 0 leaves the pairs out), SUMMARY (a file for the
 * JSON), KEEP (a folder for the results of the parts: a night that was interrupted goes on there; the sources must be the same).
 */

const setting = (name: string, fallback: number): number => Number(process.env[name] ?? fallback);
const seeds = setting("SEEDS", 1_000_000);
const from = setting("FROM", 1);
const processes = setting("PROCESSES", availableParallelism());
const withDoubles = setting("DOUBLES", 1) === 1;
const { KEEP } = process.env;
const run = KEEP === undefined ? inProcess : keptIn(KEEP);

/** What a whole night must reach; fewer seeds must reach as much less. */
const night = 1_000_000;
const part = Math.min(1, seeds / night);
const leastOf = (atNight: number): number => Math.max(1, Math.floor(atNight * part));

const singleJobs: Job[] = scenarios.map(({ name }) => ({ kind: "singles", scenario: name }));
const parts = 8;
const stripJobs: Job[] = [...scenarios, ...smallest].map(({ name }) => ({ kind: "strips", scenario: name }));
const doubleJobs: Job[] = scenarios.flatMap(({ name }) =>
  Array.from({ length: parts }, (_, place) => ({ kind: "doubles" as const, scenario: name, part: place, parts })),
);

async function lane(title: string, jobs: readonly Job[]): Promise<Done<Tally>> {
  const began = performance.now();
  const show = (done: number, { scenes, failed }: Tally) => {
    const seconds = Math.round((performance.now() - began) / 1000);
    process.stderr.write(
      `\r${title}: ${done} of ${jobs.length} parts, ${scenes} scenes, ${failed} failed, ${seconds} s `,
    );
  };
  const done = await sumOf(jobs, processes, show, run);
  process.stderr.write("\n");
  return done;
}

async function bugs(): Promise<readonly number[]> {
  const missed: number[] = [];
  for (const bug of planted) if ((await plant(bug)) === null) missed.push(bug.number);
  return missed;
}

const began = performance.now();
await inProcess({ kind: "seeds", from: 1, count: 1 });
// A process is quickest when it has been at it for a while.
const random = await lane("seeds", seedJobs(from, seeds, 20_000));
const singles = await lane("single faults", singleJobs);
const strips = await lane("records stripped", stripJobs);
const doubles = withDoubles ? await lane("double faults", doubleJobs) : undefined;
const missed = await bugs();

const { counts, marks: reached } = random.result;
const kinds = [
  ...callFaults,
  ...metricFaults,
  ...spells.map((kind) => `spell: ${kind}`),
  ...edits,
  ...busyWork.map((work) => `busy: ${work}`),
  "record stripped",
];
const rarer = (names: readonly string[], atNight: number) =>
  names.filter((name) => (counts[name] ?? 0) < leastOf(atNight));
const rare = [...rarer(kinds, 1_000), ...rarer(faultPairs, 50)];
const unreached = marks.filter((mark) => (reached[mark] ?? 0) < leastOf(100));
const lanes = [random, singles, strips, ...(doubles === undefined ? [] : [doubles])];
const failed = lanes.reduce((sum, { result }) => sum + result.failed, 0);

const summary = {
  commit: execFileSync("git", ["rev-parse", "HEAD"]).toString().trim(),
  seeds: { from, count: seeds, broken: random.result.failed, livedTwice: counts["lived twice"] ?? 0 },
  rollouts: random.result.rollouts,
  rolloutsPerCpuSecond: Math.round((1000 * random.result.rollouts) / random.cpuMs),
  singleFaults: { runs: singles.result.scenes, broken: singles.result.failed },
  recordsStripped: { runs: strips.result.scenes, broken: strips.result.failed },
  doubleFaults: doubles === undefined ? null : { runs: doubles.result.scenes, broken: doubles.result.failed },
  plantedBugs: { caught: planted.length - missed.length, of: planted.length, missed },
  overRealWires: counts["over real wires"] ?? 0,
  faults: Object.fromEntries(kinds.map((kind) => [kind, counts[kind] ?? 0])),
  rarestPair: Math.min(...faultPairs.map((pair) => counts[pair] ?? 0)),
  marks: Object.fromEntries(marks.map((mark) => [mark, reached[mark] ?? 0])),
  rare,
  unreached,
  seconds: Math.round((performance.now() - began) / 1000),
};

console.log(JSON.stringify(summary, null, 2));
for (const { result } of lanes) {
  for (const { scene, words } of result.failures) {
    console.log(
      `SEED=${scene.seed} scripts/node24 test/simulation/replay.ts  ${JSON.stringify(scene.faults)} ${words[0]}`,
    );
  }
}
if (process.env["SUMMARY"] !== undefined)
  writeFileSync(process.env["SUMMARY"], `${JSON.stringify(summary, null, 2)}\n`);
const isSound = failed === 0 && missed.length === 0 && rare.length === 0 && unreached.length === 0;
process.exitCode = isSound ? 0 : 1;
