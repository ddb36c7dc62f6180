import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { newMachine } from "../test/runner/machine.ts";
import { startAction } from "../test/runner/runner.ts";
import type { RunnersTime } from "../test/runner/step.ts";
import { startApiServer } from "../test/servers/api-server.ts";
import { GitHubDouble } from "../test/servers/github.ts";
import { startPrometheus } from "../test/servers/prometheus.ts";
import { furnish, shop } from "../test/servers/shop.ts";
import { rendered } from "./rendered.ts";
import { openShop } from "./shop-front.ts";

/**
 * Two rollouts of the real bundle, as a runner of GitHub Actions would run it: one is promoted, one is taken back. The API
 * server, Prometheus and GitHub are doubles on loopback; the traffic is real HTTP. Everything ends with the process.
 */

const root = fileURLToPath(new URL("..", import.meta.url));
const closing: (() => Promise<unknown> | unknown)[] = [];
const warmUpMs = 4_000;
const bold = (text: string) => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text);
const say = (text = "") => console.log(text);

/** A demonstration goes by the clock on the wall. */
const realTime: RunnersTime = {
  start: (words, options) => spawn(process.execPath, words, { ...options, stdio: ["ignore", "pipe", "pipe"] }),
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
  stirred: () => {},
};

async function act(title: string, canaryErrors: number, run: number): Promise<string> {
  say(`\n${bold(title)}\n`);
  const server = await startApiServer({ now: Date.now });
  furnish(server.store, server.now(), shop());
  const front = await openShop(server.store, { v1: { errorShare: 0.002 }, v2: { errorShare: canaryErrors } });
  const prometheus = await startPrometheus({
    samples: front.samples,
    now: Date.now,
    atEnd: (clear) => void closing.push(clear),
  });
  const github = await new GitHubDouble().open();
  const sha = String(run).padStart(40, "a");
  github.pulls.set(sha, [{ number: 42, state: "closed", merge_commit_sha: sha }]);
  closing.push(
    () => server.close(),
    front.close,
    () => github.close(),
  );

  // Stable needs a past: preflight refuses a rollout whose baseline shows nothing.
  await new Promise((resolve) => setTimeout(resolve, warmUpMs));

  const machine = newMachine();
  closing.push(machine.dispose);
  mkdirSync(join(machine.workspace, ".github"), { recursive: true });
  writeFileSync(join(machine.workspace, ".github/rollout.yml"), plan(prometheus.url, front.scrapeMs));
  const action = startAction({
    time: realTime,
    action: root,
    machine,
    inputs: { config: ".github/rollout.yml", kubeconfig: server.kubeconfig() },
    event: { name: "push", payload: { ref: "refs/heads/main", after: sha } },
    repository: "octo/shop",
    sha,
    runId: 1000 + run,
    runNumber: run,
    workflow: "Deploy",
    token: "ghs_demo_token_of_the_double",
    apiUrl: github.url,
    onLine: (line) => {
      const text = asShown(line);
      if (text !== undefined) say(`  ${text}`);
    },
  });
  const { main, outputs } = await action.done;
  await new Promise((resolve) => setTimeout(resolve, 300));
  const spoiled = front.failed("v2");
  say(`\n  exit code ${main.exitCode}, outcome ${outputs["outcome"]}, weight ${outputs["weight"]} %`);
  say(
    `  the gateway sent ${front.served("v1")} requests to v1 and ${front.served("v2")} to v2, of which ${spoiled} failed`,
  );
  front.close();
  return github.comments.map(({ body }) => body).join("\n\n---\n\n");
}

/** A line of the log as the runner shows it: groups as headings, and nothing of what only the runner reads. */
function asShown(line: string): string | undefined {
  const [, command = "", text = line] = /^::([a-z-]+)[^:]*::(.*)$/.exec(line) ?? [];
  const plain = text.replace(/%0A/g, "\n").replace(/%25/g, "%");
  if (command === "add-mask" || command === "endgroup") return undefined;
  if (command === "group") return bold(`▾ ${plain}`);
  return command === "error" ? bold(`Error: ${plain}`) : plain;
}

const plan = (url: string, scrapeMs: number) => `route: shop/virtualservice/reviews
phases: 20/50/100
hold: 5s
settle: ${scrapeMs}ms
write-allowance: 0s
prometheus:
  url: ${url}
  scrape-interval: ${scrapeMs}ms
  lag: ${scrapeMs}ms
compare: # a demo has seconds, not minutes: short looks, and a wider margin that so few requests can prove
  look: 1s
  requests: 20
  dispersion: 1
  errors: { margin: 4% }
  weights: { errors: 1, latency: 0, metrics: 0 }
`;

const began = performance.now();
try {
  const good = await act("1. A good version: 20 %, 50 %, 100 %", 0.002, 1);
  const bad = await act("2. A bad version, with 20 % errors: caught and taken back", 0.2, 2);
  say(`\n${bold("The comment on the pull request of the good version")}\n`);
  say(rendered(good));
  say(`\n${bold("The comment on the pull request of the bad version")}\n`);
  say(rendered(bad));
  say(
    `\nTwo rollouts in ${((performance.now() - began) / 1000).toFixed(0)} s. Next: README.md, or \`node dist/cli.js help\`.`,
  );
} finally {
  for (const close of closing.reverse()) await close();
}
