import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../build/cache.ts";
import type { Tools } from "../../build.ts";
import { folder, type Shop } from "./place.ts";
import type { Plan } from "./sluice.ts";

const tools = JSON.parse(process.env["LAB_TOOLS"] ?? "{}") as Tools;

/** The token that the double of GitHub knows. */
const token = "t-secret-1";

/** A repository as a team would have it: the example workflows, a plan, two scripts, and the action in its root. */
export type Repository = { readonly path: string; readonly commit: string; readonly plan: Plan };

/**
 * The examples stand in it to the letter, but for the line that names the action, and, in deploy.yml, the two lines that
 * give it minutes and a Prometheus of elsewhere: a plan file with the lab's own stands in their place.
 */
export function repository(plan: Plan): Repository {
  const path = mkdtempSync(join(folder, "repository-"));
  cpSync(process.env["LAB_ACTION"] ?? "", path, { recursive: true });
  const workflows = join(path, ".github/workflows");
  mkdirSync(workflows, { recursive: true });
  for (const name of readdirSync(join(root, "examples/workflows"))) {
    const text = readFileSync(join(root, "examples/workflows", name), "utf8")
      // A word of GitHub's that act's own schema does not know yet.
      .replace(", deployment: false", "")
      .replaceAll(/uses: owner\/sluice@\S+/g, "uses: ./")
      // Nobody takes artifacts here: that the page is there has to do.
      .replaceAll(
        /^( +)uses: actions\/upload-artifact@.*\n +with:\n(?: {10}\S.*\n)+/gm,
        (_, indent: string) => `${indent}${kept}\n`,
      )
      .replace(/^( +)phases: .*$/m, "$1config: .github/rollout.yml")
      .replace(/^ +prometheus: .*\n/m, "")
      .replace("route: virtualservice/reviews", "route: virtualservice/shop")
      .replace("namespace: shop", `namespace: ${String(plan["namespace"])}`);
    writeFileSync(join(workflows, name), checkedOut(text));
  }
  writeFileSync(join(path, ".github/rollout.yml"), JSON.stringify(plan, undefined, 2));
  script(path, "deploy-canary.sh", "echo deployed");
  script(path, "page-owner.sh", `echo "$1" > '${join(path, "paged")}'`);
  const git = (...words: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=lab", "-c", "user.email=lab@example.com", ...words], {
      cwd: path,
      encoding: "utf8",
    });
  git("init", "-q", "-b", "main");
  git("remote", "add", "origin", "https://github.com/octo-org/shop.git");
  git("add", "-A");
  git("commit", "-q", "-m", "A release");
  return { path, commit: git("rev-parse", "HEAD").trim(), plan };
}

const kept = `run: test -s "$REPORT"\n        env: { REPORT: "\${{ steps.rollout.outputs.report }}" }`;

/** An action of another repository needs no checkout, one in this very repository does. */
const checkedOut = (text: string) =>
  text.includes("actions/checkout")
    ? text
    : text.replace(/^( +)- uses: \.\/$/m, `$1- uses: actions/checkout@${"0".repeat(40)}\n$1- uses: ./`);

function script(path: string, name: string, line: string): void {
  mkdirSync(join(path, "ci"), { recursive: true });
  writeFileSync(join(path, "ci", name), `#!/bin/sh\n${line}\n`);
  chmodSync(join(path, "ci", name), 0o755);
}

export type WorkflowRun = {
  readonly child: ChildProcess;
  readonly log: () => string;
  readonly ended: Promise<{ readonly code: number | null; readonly log: string }>;
};

export type Dispatch = {
  readonly event: string;
  readonly workflow: string;
  readonly apiUrl: string;
  readonly runId: number;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly payload?: unknown;
};

/** Runs a workflow whole, on this machine, as act does it. */
export function startWorkflow({ path }: Repository, shop: Shop, dispatch: Dispatch): WorkflowRun {
  const home = mkdtempSync(join(folder, "act-"));
  const { event, workflow, apiUrl, runId, inputs = {}, payload } = dispatch;
  const words = [
    ...[event, "-W", `.github/workflows/${workflow}`, "-P", "ubuntu-24.04=-self-hosted"],
    ...[
      "--no-cache-server",
      "--artifact-server-addr",
      "127.0.0.1",
      "--cache-server-addr",
      "127.0.0.1",
      "--use-gitignore=false",
    ],
    ...["-s", `GITHUB_TOKEN=${token}`, "-s", `KUBECONFIG=${shop.kubeconfig}`, "-s", "PROMETHEUS_TOKEN=unused-0815"],
    ...[
      "--env",
      `GITHUB_API_URL=${apiUrl}`,
      "--env",
      `GITHUB_RUN_ID=${runId}`,
      "--env",
      "GITHUB_REPOSITORY=octo-org/shop",
    ],
    ...Object.entries(inputs).flatMap(([name, value]) => ["--input", `${name}=${value}`]),
  ];
  if (payload !== undefined) {
    writeFileSync(join(home, "event.json"), JSON.stringify(payload));
    words.push("-e", join(home, "event.json"));
  }
  const child = spawn(tools.act, words, {
    cwd: path,
    // act keeps copies of the repository, and asks a first-time user questions; both belong into this run's own folder.
    env: { PATH: process.env["PATH"], HOME: home, XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home, CI: "true" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
  }
  const ended = new Promise<{ code: number | null; log: string }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, log }));
  });
  return { child, log: () => log, ended };
}

/** Loses the machine: act and everything that it has started. */
export async function lose(run: WorkflowRun): Promise<void> {
  // Held first, so that nobody hears of another's death: the action would take the end of its terminal for a cancel.
  run.child.kill("SIGSTOP");
  const tree = [run.child.pid ?? 0];
  for (let at = 0; at < tree.length; at += 1) tree.push(...childrenOf(tree[at] ?? 0));
  for (const pid of tree.toReversed()) process.kill(pid, "SIGKILL");
  await run.ended;
}

/** Each thread knows the children that it has started itself. */
function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const text = readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim();
    return text === "" ? [] : text.split(" ").map(Number);
  });
}
