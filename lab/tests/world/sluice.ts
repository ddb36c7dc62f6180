import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folder, type Shop } from "./place.ts";

/** The result as `--json` prints it in its last line. */
export type Result = {
  readonly outcome: string;
  readonly weight: number | null;
  readonly phase: number | null;
  readonly reason: string;
  readonly rollout: string | null;
  readonly timeline: readonly {
    readonly weight: number | null;
    readonly verdict: string | null;
    readonly because: string;
  }[];
};

export type Ended = {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly log: string;
  readonly result: Result | undefined;
};

export type Run = { readonly child: ChildProcess; readonly log: () => string; readonly ended: Promise<Ended> };

/** The words of a plan file. */
export type Plan = Readonly<Record<string, unknown>>;

const action = process.env["LAB_ACTION"] ?? "";

export type RunOptions = {
  /** A plan file for this run. */
  readonly plan?: Plan;
  readonly revision?: string;
  readonly kubeconfig?: string;
  readonly env?: Readonly<Record<string, string>>;
};

/** Starts the shipped command line as a process of its own, with nothing of the tests in its environment. */
export function startSluice(shop: Shop, words: readonly string[], options: RunOptions = {}): Run {
  const { kubeconfig = shop.kubeconfig, env = {}, plan, revision = "r1" } = options;
  const place = mkdtempSync(join(folder, "run-"));
  const workspace = join(place, "workspace");
  mkdirSync(workspace);
  const file = join(place, "kubeconfig");
  writeFileSync(file, kubeconfig, { mode: 0o600 });
  // JSON is YAML.
  if (plan !== undefined) writeFileSync(join(workspace, "rollout.yml"), JSON.stringify(plan, undefined, 2));
  const planned = plan === undefined ? [] : ["--plan", "rollout.yml", "--revision", revision];
  const child = spawn(process.execPath, [join(action, "dist/cli.js"), ...words, ...planned, "--json"], {
    cwd: workspace,
    env: { PATH: process.env["PATH"] ?? "", HOME: place, KUBECONFIG: file, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let log = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode, signal) => resolve({ exitCode, signal, log, result: parsed(out) }));
  });
  return { child, log: () => log, ended };
}

function parsed(text: string): Result | undefined {
  try {
    return JSON.parse(text.trimEnd().split("\n").at(-1) ?? "") as Result;
  } catch {
    return undefined;
  }
}

export const sluice = (shop: Shop, words: readonly string[], options?: RunOptions): Promise<Ended> =>
  startSluice(shop, words, options).ended;
