import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { startApiServer } from "../test/servers/api-server.ts";
import { furnish } from "../test/servers/shop.ts";

/**
 * What it costs to start: every candidate in turn within each round, so that a slow moment of the machine meets all of
 * them, and the median of the ratios to bare Node within the rounds. Reports; fails nothing.
 */

const root = fileURLToPath(new URL("..", import.meta.url));
const rounds = Number(process.argv[2] ?? 15);
const thrownAway = 2;
const time = "/usr/bin/time";

const server = await startApiServer({ now: Date.now });
furnish(server.store, server.now());
const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
const kubeconfig = join(folder, "kubeconfig");
writeFileSync(kubeconfig, server.kubeconfig());
for (const name of ["output", "state", "summary"]) writeFileSync(join(folder, name), "");

const runner = {
  PATH: process.env["PATH"] ?? "",
  HOME: folder,
  GITHUB_OUTPUT: join(folder, "output"),
  GITHUB_STATE: join(folder, "state"),
  GITHUB_STEP_SUMMARY: join(folder, "summary"),
  GITHUB_WORKSPACE: folder,
  GITHUB_EVENT_NAME: "push",
  GITHUB_REPOSITORY: "octo/shop",
  GITHUB_SHA: "0".repeat(40),
  GITHUB_RUN_ID: "1",
};
type Candidate = { readonly name: string; readonly args: readonly string[]; readonly env: Record<string, string> };
const candidates: readonly Candidate[] = [
  { name: "bare node", args: ["-e", "console.log(1)"], env: runner },
  { name: "bad input", args: [join(root, "dist/index.js")], env: { ...runner, INPUT_PHASES: "50/20" } },
  {
    name: "full start",
    args: [join(root, "dist/index.js")],
    env: {
      ...runner,
      INPUT_COMMAND: "status",
      INPUT_ROUTE: "shop/virtualservice/reviews",
      INPUT_KUBECONFIG: kubeconfig,
    },
  },
];

type Taken = { readonly firstMs: number; readonly exitMs: number; readonly peakKib: number | undefined };

function take({ args, env }: Candidate): Promise<Taken> {
  const counted = existsSync(time);
  const command = counted ? time : process.execPath;
  const words = counted ? ["-f", "peak %M", process.execPath, ...args] : args;
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(command, words, { env, stdio: ["ignore", "pipe", "pipe"] });
    let firstMs = Number.NaN;
    let errors = "";
    child.stdout.on("data", () => {
      if (Number.isNaN(firstMs)) firstMs = performance.now() - began;
    });
    child.stderr.on("data", (chunk) => {
      errors += String(chunk);
    });
    child.on("error", reject);
    child.on("close", () => {
      const peak = /peak (\d+)/.exec(errors)?.[1];
      resolve({ firstMs, exitMs: performance.now() - began, peakKib: peak === undefined ? undefined : Number(peak) });
    });
  });
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const taken = new Map<string, Taken[]>(candidates.map(({ name }) => [name, []]));
for (let round = 0; round < rounds + thrownAway; round += 1) {
  for (const candidate of candidates) {
    const one = await take(candidate);
    if (round >= thrownAway) taken.get(candidate.name)?.push(one);
  }
}
const bare = taken.get("bare node") ?? [];
console.log(
  `${rounds} rounds, ${execFileSync(process.execPath, ["--version"]).toString().trim()}; medians, and medians of the ratios within a round`,
);
console.log("candidate     first line      exit            ratio of first  ratio of exit   peak");
for (const [name, list] of taken) {
  const ratio = (of: "firstMs" | "exitMs") => median(list.map((one, at) => one[of] / (bare[at]?.[of] ?? Number.NaN)));
  const peak = median(list.map((one) => one.peakKib ?? Number.NaN)) / 1024;
  const cells = [
    name.padEnd(12),
    `${median(list.map((one) => one.firstMs)).toFixed(0)} ms`,
    `${median(list.map((one) => one.exitMs)).toFixed(0)} ms`,
    `${ratio("firstMs").toFixed(2)}x`,
    `${ratio("exitMs").toFixed(2)}x`,
    Number.isNaN(peak) ? "unknown: /usr/bin/time is not installed" : `${peak.toFixed(1)} MiB`,
  ];
  console.log(
    cells
      .map((cell) => cell.padEnd(14))
      .join("  ")
      .trimEnd(),
  );
}

const bundle = readdirSync(join(root, "dist")).map((name) => ({
  name,
  bytes: statSync(join(root, "dist", name)).size,
}));
const total = bundle.reduce((sum, { bytes }) => sum + bytes, 0);
const zipped = bundle.reduce(
  (sum, { name }) => sum + gzipSync(readFileSync(join(root, "dist", name)), { level: 9 }).length,
  0,
);
console.log(`bundle: ${total} bytes in ${bundle.length} files, ${zipped} bytes gzipped one by one (budget 1,300,000)`);
try {
  const archive = execFileSync("git", ["-C", root, "archive", "--format=tar.gz", "HEAD"], { maxBuffer: 1 << 28 });
  console.log(
    `download: ${archive.length} bytes, the tar.gz of the last commit as a runner fetches it (budget 450,000)`,
  );
} catch {
  console.log("download: unknown, this is no git checkout");
}
await server.close();
rmSync(folder, { recursive: true, force: true });
