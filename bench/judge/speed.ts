import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants } from "../../src/judge/constants.ts";
import { type CounterRow, looksOf, type PhaseCounters } from "../../src/judge/intervals-from-counters.ts";
import { defaultPlan, type JudgePlan, latencyName } from "../../src/judge/judge-plan.ts";
import { gridsOf } from "../../src/judge/phase-grid.ts";
import type { Calibration, Interval, JudgeRecord } from "../../src/judge/types.ts";
import { judge } from "../../src/judge/verdict.ts";

/**
 * What the judge costs: six hours recomputed from looks and from raw counters, and long recordings on the command line.
 * Each figure is the median of the rounds in processor time, beside it the ratio to a loop of logarithms in the same round:
 * that compares machines, and moments of one that others use as well. Reports; fails nothing.
 */

const root = fileURLToPath(new URL("../..", import.meta.url));
const rounds = Number(process.argv[2] ?? 15);
const bundle = process.argv[3] ?? join(root, "dist/cli.js");
const thrownAway = 3;
const HOUR = 3_600_000;
const looksInSixHours = (6 * HOUR) / defaultPlan.lookMs;

/** A million logarithms, added up: about 10 to 20 ms on a machine of today. */
function reference(): number {
  let sum = 0;
  for (let i = 1; i <= 1_000_000; i += 1) sum += Math.log1p(1 / i);
  return sum;
}

const metricNames = ["orders", "payments", "mails"];
const metrics = metricNames.map((name) => ({ ...defaultPlan.errors, name, gate: false }));
const phases = [5, 20, 50].map((weight) => ({ weight, maxHoldMs: 2 * HOUR }));
const plan: JudgePlan = { ...defaultPlan, metrics, phases };
/** `errors`, `latency` and three of a user's own make five. */
const boundaries: readonly (readonly [string, readonly number[]])[] = [
  ["five metrics, latency at 5 boundaries", [50, 100, 250, 500, 1000]],
  ["five metrics, latency at all 15 boundaries", constants.boundariesMs],
];
const names = (edges: readonly number[]) => ["errors", ...edges.map(latencyName), ...metricNames];

function recordOf(edges: readonly number[]): JudgeRecord {
  const phi = Object.fromEntries(names(edges).map((name) => [name, 1.3]));
  const frozen: Calibration = { phi, rate: {}, phiFrom: "history", boundariesMs: edges };
  return { rollout: "", phases: phases.map(({ weight }, i) => ({ weight, enteredAt: i * 2 * HOUR })), frozen };
}

/** Counters of two gateways, as a range query answers. Every process has some bad requests in every look. */
function countersOf(edges: readonly number[], record: JudgeRecord): readonly PhaseCounters[] {
  return gridsOf(plan, record, 6 * HOUR + plan.lagMs).map(({ points }) => {
    const rising = (by: number) => Array.from({ length: points }, (_, k) => 1000 + Math.floor(k * by));
    const counters = [1, 2].flatMap((gateway) =>
      (["canary", "stable"] as const).flatMap((arm): readonly CounterRow[] => {
        const common = { arm, target: `gateway-${gateway}` };
        const n = arm === "canary" ? 100 : 1900;
        const count = (process: string): readonly CounterRow[] => [
          { ...common, kind: "count", process, adds: "total", values: rising(n) },
          { ...common, kind: "count", process, adds: "bad", values: rising(n / 300) },
        ];
        const buckets = [...edges, Number.POSITIVE_INFINITY].map((edgeMs, i): CounterRow => {
          return {
            ...common,
            kind: "bucket",
            histogram: "",
            edgeMs,
            values: rising((n * (i + 1)) / (edges.length + 1)),
          };
        });
        return [...["errors", ...metricNames].flatMap(count), ...buckets];
      }),
    );
    return { counters, up: [] };
  });
}

function read(record: JudgeRecord, counters: readonly PhaseCounters[]): readonly Interval[] {
  const found = looksOf(plan, record, counters, 6 * HOUR + plan.lagMs);
  if (found.kind === "error") throw new Error(JSON.stringify(found.reason));
  return found.looks;
}

function timed(work: () => unknown): number {
  const began = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

type Work = { readonly name: string; readonly work: () => unknown; readonly ms: number[] };
const works = boundaries.flatMap(([name, edges]): readonly Work[] => {
  const record = recordOf(edges);
  const counters = countersOf(edges, record);
  const looks = read(record, counters);
  const now = 6 * HOUR + plan.lagMs;
  return [
    { name: `${name}: the verdict`, work: () => judge(plan, record, looks, new Map(), now), ms: [] },
    { name: `${name}: looks from counters`, work: () => read(record, counters), ms: [] },
  ];
});
const loop: Work = { name: "a million logarithms", work: reference, ms: [] };
for (let round = 0; round < rounds + thrownAway; round += 1) {
  for (const { work, ms } of [loop, ...works]) {
    const taken = timed(work);
    if (round >= thrownAway) ms.push(taken);
  }
}
const node = process.version;
console.log(`six hours, ${looksInSixHours} looks, recomputed; medians of ${rounds} rounds, node ${node}`);
for (const { name, ms } of [loop, ...works]) {
  const ratio = median(ms.map((one, round) => one / (loop.ms[round] ?? Number.NaN)));
  console.log(`${name.padEnd(62)} ${median(ms).toFixed(1).padStart(7)} ms  ${ratio.toFixed(2).padStart(6)}x`);
}

/** 100,000 lines: one scrape a line, 15 s apart, of one pod of each version. */
function recording(edges: readonly number[]): string {
  const lines = [JSON.stringify({ t: 0, phase: { weight: 5 } })];
  const each = [...edges.map(String), "+Inf"];
  for (let k = 0; k < 100_000; k += 1) {
    const series = (["canary", "stable"] as const).map((arm) => {
      const n = (arm === "canary" ? 10 : 190) * k;
      const le = Object.fromEntries(each.map((edge, i) => [edge, Math.floor((n * (i + 1)) / each.length)]));
      const counts = { arm, target: `${arm}-1`, total: n, bad: Math.floor(n / 1000) };
      return edges.length === 0 ? counts : { ...counts, le };
    });
    lines.push(JSON.stringify({ t: k * 15_000, series }));
  }
  return `${lines.join("\n")}\n`;
}

const time = "/usr/bin/time";
type Taken = { readonly seconds: number; readonly peakMib: number; readonly bytes: number };

function run(args: readonly string[]): Promise<Taken> {
  return new Promise((resolve, reject) => {
    const words = ["-f", "took %U %S %M", process.execPath, ...args];
    const child = spawn(time, words, { stdio: ["ignore", "pipe", "pipe"] });
    let bytes = 0;
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    child.stderr.on("data", (chunk) => {
      errors += String(chunk);
    });
    child.on("error", reject);
    child.on("close", () => {
      const [user = 0, system = 0, peak = 0] = (/took (.*)/.exec(errors)?.[1] ?? "").split(" ").map(Number);
      resolve({ seconds: user + system, peakMib: peak / 1024, bytes });
    });
  });
}

if (existsSync(bundle) && existsSync(time)) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-judge-"));
  const planFile = join(folder, "plan.yml");
  writeFileSync(
    planFile,
    [
      "route: shop/virtualservice/reviews",
      "phases: 5/20/50/100",
      "prometheus: http://prometheus:9090",
      "compare: {errors: {}}",
      "",
    ].join("\n"),
  );
  console.log("\n100,000 lines through `judge --counts`, a line out for each but the first");
  for (const [name, edges] of [
    ["errors", []],
    ...boundaries.map(([, list]) => [`${list.length} boundaries`, list]),
  ] as [string, readonly number[]][]) {
    const counts = join(folder, "counts.jsonl");
    writeFileSync(counts, recording(edges));
    const before = timed(reference);
    const { seconds, peakMib, bytes } = await run([bundle, "judge", "--plan", planFile, "--counts", counts]);
    const ratio = (1000 * seconds) / ((before + timed(reference)) / 2);
    const room = `${peakMib.toFixed(0)} MiB, ${(bytes / 1e6).toFixed(0)} MB out`;
    const took = `${seconds.toFixed(1).padStart(7)} s  ${ratio.toFixed(0).padStart(6)}x`;
    console.log(`${name.padEnd(62)} ${took}  ${room}`);
  }
  rmSync(folder, { recursive: true, force: true });
} else {
  console.log(`\nThe command line is not measured: ${existsSync(bundle) ? time : bundle} is missing.`);
}
