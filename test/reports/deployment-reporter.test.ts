import { afterEach, beforeEach, expect, test } from "vitest";
import { said } from "../../src/base/reasons/said.ts";
import { gitHub } from "../../src/github/rest-client.ts";
import type { Progress } from "../../src/ports/reporter.ts";
import { deploymentDescription, deploymentReporter, deploymentState } from "../../src/reports/deployment-reporter.ts";
import type { ReporterContext } from "../../src/reports/reporter-context.ts";
import { textOf } from "../../src/text/index.ts";
import { forbidden, type GitHubDouble, gitHubDouble } from "../servers/github.ts";
import {
  HandClock,
  hostileProgress,
  links,
  minute,
  plan,
  progressing,
  situations,
  start,
  watching,
} from "./samples.ts";

let server: GitHubDouble;
let clock: HandClock;
let lines: string[];
beforeEach(async () => {
  server = await gitHubDouble();
  clock = new HandClock();
  lines = [];
});
afterEach(async () => {
  await server.close();
  expect(server.violations).toEqual([]);
});

const never = new AbortController().signal;
const situation = (name: string) => situations[name] as Progress;

function reporter(over: Partial<ReporterContext> = {}) {
  const made = deploymentReporter({
    clock,
    write: (line) => lines.push(line),
    inAction: true,
    github: gitHub({ token: "t-secret-1", apiUrl: server.url, clock: new HandClock(), waitUnitMs: 0 }),
    repository: { owner: "octo", name: "shop" },
    environment: "production",
    ...over,
  });
  return (progress: Progress) => made?.tell(progress, never);
}

const states = () => server.deployments.map(({ statuses }) => statuses.map(({ state }) => state));

test("a deployment is made as it is, without merging and without waiting for other checks", async () => {
  await reporter({ environmentUrl: "https://shop.example.test" })(watching);
  expect(server.writes()[0]?.body).toEqual({
    ref: plan.revision,
    auto_merge: false,
    required_contexts: [],
    environment: "production",
    description: "Sluice: shop/virtualservice/reviews",
    payload: { rollout: plan.rollout, route: "shop/virtualservice/reviews" },
  });
  expect(server.writes()[1]?.body).toEqual({
    state: "in_progress",
    description: "20 %: watching, 4 of 10 min",
    auto_inactive: false,
    log_url: links.run,
    environment_url: "https://shop.example.test",
  });
});

test("a later run of the rollout goes on with the same deployment, also when its payload comes back as text", async () => {
  await reporter()(watching);
  const made = server.deployments[0];
  server.deployments[0] = { ...(made as NonNullable<typeof made>), payload: JSON.stringify(made?.payload) };
  await reporter()(situation("promoted"));
  expect(states()).toEqual([["in_progress", "success"]]);
});

test("another rollout's deployment is never touched", async () => {
  server.deployments.push({ id: 7, environment: "production", ref: "main", payload: "no json", statuses: [] });
  server.deployments.push({
    id: 8,
    environment: "production",
    ref: "main",
    payload: { rollout: "r-other" },
    statuses: [],
  });
  await reporter()(watching);
  expect(states()).toEqual([[], [], ["in_progress"]]);
});

test.each([
  ["progressing", "in_progress"],
  ["paused-person", "in_progress"],
  ["paused-schedule", "in_progress"],
  ["paused-evidence", "in_progress"],
  ["reached", "in_progress"],
  ["promoted", "success"],
  ["rolled-back", "failure"],
  ["held", "error"],
  ["drifted", "error"],
  ["unknown", "error"],
  ["superseded", "inactive"],
])("%s is %s", (name, state) => {
  expect(deploymentState(situation(name))).toBe(state);
});

test("a description has at most 140 characters, whatever the reason", () => {
  for (const progress of [...hostileProgress, { ...situation("rolled-back"), reason: said("🙂".repeat(400)) }]) {
    const description = deploymentDescription({
      ...progress,
      ...(progress.outcome
        ? { outcome: { ...progress.outcome, reason: said(textOf(progress.reason).repeat(20)) } }
        : {}),
    });
    expect([...description].length).toBeLessThanOrEqual(140);
    expect(description).not.toMatch(/[\p{Cc}\u202e\u2028]/u);
  }
});

test("a status is added on a change, else every five minutes at most", async () => {
  const tell = reporter();
  await tell(watching);
  clock.advance(4 * minute);
  await tell({ ...watching, at: start + 19 * minute });
  expect(states()).toEqual([["in_progress"]]);
  clock.advance(minute);
  await tell({ ...watching, at: start + 20 * minute });
  expect(states()).toEqual([["in_progress", "in_progress"]]);
  await tell({ ...watching, state: { ...progressing, phase: 3, weight: 50 } });
  await tell(situation("rolled-back"));
  expect(states()[0]?.length).toBe(4);
});

test("a turn that saw nothing adds nothing; the end of a run that knows nothing does", async () => {
  const tell = reporter();
  await tell(watching);
  await tell(situation("trouble"));
  await tell(situation("unknown"));
  expect(states()).toEqual([["in_progress", "error"]]);
});

test("a superseded rollout that never began gets no deployment; one that did becomes inactive", async () => {
  await reporter()(situation("superseded"));
  expect(states()).toEqual([]);
  await reporter()(watching);
  await reporter()(situation("superseded"));
  expect(states()).toEqual([["in_progress", "inactive"]]);
});

test("a revision that is no ref of the repository is deployed as the event's commit", async () => {
  const state = { ...progressing, revision: "shop-1.4.2" };
  await reporter({ commit: plan.revision })({ ...watching, state });
  expect(server.deployments.map(({ ref }) => ref)).toEqual([plan.revision]);
});

test("a missing right switches the deployment off with one warning that names it", async () => {
  server.fail({ method: "POST", fate: forbidden });
  const tell = reporter();
  await tell(watching);
  clock.advance(10 * minute);
  await tell({ ...watching, at: start + 25 * minute });
  expect(lines.length).toBe(1);
  expect(lines[0]).toContain("The deployment in the environment production is off");
  expect(lines[0]).toContain("`permissions: { deployments: write }`");
  expect(server.writes().length).toBe(1);
});

test("without an environment there is no deployment", () => {
  const means = { clock: new HandClock(), write: () => {}, inAction: true, repository: { owner: "o", name: "r" } };
  const github = gitHub({ token: "t", apiUrl: server.url, clock, waitUnitMs: 0 });
  expect(deploymentReporter({ ...means, github })).toBeUndefined();
  expect(deploymentReporter({ ...means, github, environment: "" })).toBeUndefined();
});
