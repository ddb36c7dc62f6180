import { readdirSync, readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { countsEndpoint } from "../examples/counts-endpoint.ts";
import { foreign } from "../src/base/foreign.ts";
import { rightsOn } from "../src/github/event-permissions.ts";
import { readInputs } from "../src/inputs/index.ts";
import { readIntervals } from "../src/metrics/counts/read-intervals.ts";
import { checkUrl } from "../src/metrics/http/url-policy.ts";
import { type Command, commands } from "../src/rollout/command-names.ts";

/** What people copy has to work as it stands. */

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const manifest = parse(read("action.yml")) as { inputs: Record<string, unknown>; outputs: Record<string, unknown> };

type Step = { uses?: string; with?: Record<string, unknown>; id?: string; if?: string };
type Workflow = {
  on?: unknown;
  jobs: Record<string, { uses?: string; with?: Record<string, unknown>; steps?: Step[] }>;
};
const workflows = readdirSync(join(root, "examples/workflows")).map((name) => ({
  name,
  text: read(`examples/workflows/${name}`),
  workflow: parse(read(`examples/workflows/${name}`)) as Workflow,
}));
const sluiceSteps = (steps: readonly Step[] | undefined) =>
  (steps ?? []).filter((step) => step.uses?.startsWith("owner/sluice@"));

async function planFrom(text: string) {
  return readInputs(
    { surface: "action", value: (name) => (name === "config" ? "plan.yml" : undefined), names: ["config"] },
    {
      env: { PROMETHEUS_TOKEN: "a-token-of-some-length", COUNTS_TOKEN: "a-token-of-some-length" },
      readFile: () => ({ text }),
      contextNamespace: () => undefined,
      checkMetricsUrl: checkUrl,
      revision: "0".repeat(40),
      hostedRunner: true,
    },
  );
}

test.each(workflows)("$name gives Sluice only inputs that it knows", ({ workflow }) => {
  const given = Object.values(workflow.jobs).flatMap((job) =>
    sluiceSteps(job.steps).flatMap((step) => Object.keys(step.with ?? {})),
  );
  expect(given.filter((name) => !Object.hasOwn(manifest.inputs, name))).toEqual([]);
});

test.each(workflows)("$name reads only outputs that Sluice sets", ({ text }) => {
  const names = [...text.matchAll(/steps\.rollout\.outputs\.([a-z-]+)/g)].map(([, name]) => name ?? "");
  expect(names.filter((name) => !Object.hasOwn(manifest.outputs, name))).toEqual([]);
});

test.each(workflows)(
  "$name pins every action to a whole commit and writes no expression into a shell line",
  ({ workflow, text }) => {
    const uses = Object.values(workflow.jobs).flatMap((job) => (job.steps ?? []).flatMap((step) => step.uses ?? []));
    expect(uses.filter((word) => !/@[0-9a-f]{40}$/.test(word))).toEqual([]);
    expect(text.split("\n").filter((line) => /\brun:.*\$\{\{/.test(line))).toEqual([]);
  },
);

test.each(workflows)("$name starts commands only on events that may start them", ({ workflow, text }) => {
  const events = Object.keys(workflow.on as object).filter((name) => name !== "workflow_call");
  const written = sluiceSteps(Object.values(workflow.jobs).flatMap(({ steps = [] }) => steps)).map((step) =>
    String(step.with?.["command"] ?? "run"),
  );
  // A command that is chosen when the workflow is started may be any of its options.
  const named = written.flatMap((word) =>
    word.startsWith("$") ? (/options: \[(.*)\]/.exec(text)?.[1] ?? "run") : word,
  );
  const asked = named.flatMap((word) => word.split(/,\s*/)) as Command[];
  expect(asked.filter((word) => !commands.includes(word))).toEqual([]);
  const circumstances = { run: { id: "1", attempt: 1 }, mergeGroup: false, fork: false, dependabot: false, links: {} };
  const urls = { serverUrl: "https://github.com", apiUrl: "https://api.github.com" };
  const limited = events.flatMap((event) =>
    asked
      .filter((command) => rightsOn(command, { ...circumstances, ...urls, event }, []).kind !== "all")
      .map((command) => `${command} on ${event}`),
  );
  expect(limited).toEqual([]);
});

test("every workflow that drives a rollout keeps the page about it, also where the rollout failed", () => {
  const keeping = workflows.filter(({ workflow }) =>
    Object.values(workflow.jobs).some(({ steps = [] }) =>
      steps.some(({ uses, if: when, with: given }) => {
        const isUpload = uses?.startsWith("actions/upload-artifact@") === true;
        const isReport = /^\$\{\{ steps\.rollout\.outputs\.report \}\}$/.test(String(given?.["path"]));
        return isUpload && isReport && when?.includes("!cancelled()") === true;
      }),
    ),
  );
  expect(keeping.map(({ name }) => name)).toEqual(["control.yml", "deploy.yml", "phase.yml"]);
});

test("a called workflow is given only inputs that it declares", () => {
  const phase = workflows.find(({ name }) => name === "phase.yml")?.workflow as
    | { on: { workflow_call: { inputs: object } } }
    | undefined;
  const release = workflows.find(({ name }) => name === "release.yml")?.workflow;
  const given = Object.values(release?.jobs ?? {}).flatMap((job) => Object.keys(job.with ?? {}));
  expect(given.length).toBeGreaterThan(0);
  expect(given.filter((name) => !Object.hasOwn(phase?.on.workflow_call.inputs ?? {}, name))).toEqual([]);
});

test("the page about an endpoint of counts shows a block that is taken as it stands, and its server", async () => {
  const page = read("docs/counts.md");
  const block = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
  const { problems, inputs } = await planFrom(`route: shop/virtualservice/reviews\n${block}`);
  expect(problems).toEqual([]);
  expect(inputs?.plan?.metrics).toMatchObject({ provider: "counts", bucketMs: 60_000, lagMs: 60_000 });
  expect(page).toContain("](../examples/counts-endpoint.ts)");
  expect(read("examples/counts-endpoint.ts")).toContain("docs/counts.md");
});

test("the page about an endpoint of counts shows an answer that can be read, to the question it shows", () => {
  const [question, answer] = [...read("docs/counts.md").matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = ""]) =>
    JSON.parse(text),
  );
  const [from, to, until] = [question.from, question.to, answer.until].map((at: string) => Date.parse(at));
  const grid = { from: from ?? 0, to: to ?? 0, stepMs: question.bucket * 1000 };
  const found = readIntervals(answer, grid, "The endpoint of counts", foreign);
  expect(found).toMatchObject({ until });
  expect("code" in found ? found.code : found.intervals.size).toBe(answer.counts.errors.length);
  expect(question.format).toBe(answer.format);
});

test("the endpoint of counts answers what it cannot read with an error, and lives on", async () => {
  const server = countsEndpoint(
    async () => [3, 1],
    () => Date.UTC(2026, 0, 1, 0, 2, 30),
  );
  onTestFinished(() => void server.close().closeAllConnections());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const asked = async (body: string) => {
    const response = await fetch(url, { method: "POST", body });
    return [response.status, await response.json()];
  };
  const question = { format: 1, from: "2026-01-01T00:01:00Z", to: "2026-01-01T00:05:00Z", bucket: 60 };
  const refused = [500, { error: expect.any(String) }];
  expect(await asked("no JSON")).toEqual(refused);
  expect(await asked(JSON.stringify({ ...question, format: 2 }))).toEqual(refused);
  expect(await asked(JSON.stringify({ ...question, bucket: 0 }))).toEqual(refused);
  const errors = [{ from: "2026-01-01T00:01:00.000Z", canary: [3, 1], stable: [3, 1] }];
  const until = "2026-01-01T00:02:30.000Z";
  expect(await asked(JSON.stringify(question))).toEqual([200, { format: 1, until, counts: { errors } }]);
});

test("the example plan is accepted as it stands", async () => {
  const { problems, inputs } = await planFrom(read("examples/rollout.yml"));
  expect(problems).toEqual([]);
  expect(inputs?.plan?.phases.map(({ weight }) => weight)).toEqual([5, 20, 50, 100]);
});

test("the plan on the page of the plan file is accepted as it stands", async () => {
  const [, plan = ""] = /```yaml\n(# yaml-language-server[\s\S]*?)```/.exec(read("docs/plan.md")) ?? [];
  const { problems, inputs } = await planFrom(plan);
  expect(problems).toEqual([]);
  expect(inputs?.plan?.phases.map(({ weight, thenPause }) => [weight, thenPause])).toEqual([
    [5, false],
    [20, true],
    [100, false],
  ]);
});

test("the README begins with a step of five lines that needs no more", async () => {
  const [, block = ""] = /```yaml\n([\s\S]*?)```/.exec(read("README.md")) ?? [];
  const [step] = parse(block) as Step[];
  expect(block.trim().split("\n").length).toBe(5);
  const values = step?.with as Record<string, string>;
  const { problems } = await readInputs(
    { surface: "action", value: (name) => values[name], names: Object.keys(values) },
    {
      env: {},
      readFile: () => ({ because: "is not there" }),
      contextNamespace: () => undefined,
      checkMetricsUrl: checkUrl,
      revision: "0".repeat(40),
      hostedRunner: true,
    },
  );
  expect(problems).toEqual([]);
});

test("the role holds no more than get, list and patch, and patches routes by name only", () => {
  const role = parseAllDocuments(read("deploy/rbac.yaml"))
    .map(
      (document) =>
        document.toJS() as {
          kind: string;
          rules?: { verbs: string[]; resources: string[]; resourceNames?: string[] }[];
        },
    )
    .find(({ kind }) => kind === "Role");
  const verbs = new Set(role?.rules?.flatMap((rule) => rule.verbs));
  expect([...verbs].sort()).toEqual(["get", "list", "patch"]);
  for (const rule of role?.rules ?? [])
    if (rule.verbs.includes("patch")) expect(rule.resourceNames?.length).toBeGreaterThan(0);
});
