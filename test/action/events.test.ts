import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { newMachine, type Situation } from "../runner/machine.ts";
import { type Fate, forbidden, primaryLimit, secondaryLimit } from "../servers/github.ts";
import { commit, openScene, quick, reports } from "./scene.ts";
import { openMetered } from "./traffic.ts";

const eventsFolder = join(import.meta.dirname, "../fixtures/github/events");
const event = (file: string, name = file.replace(/-.*/, "")): NonNullable<Situation["event"]> => ({
  name,
  payload: JSON.parse(readFileSync(join(eventsFolder, `${file}.json`), "utf8")),
});
const plan = { ...quick, phases: "100" };
const head = (text: string | undefined) => /### (.*) – /.exec(text ?? "")?.[1];

describe.concurrent("where a rollout is reported to", () => {
  test("a push: the pull request that the commit belongs to, an open one before all others", async ({
    onTestFinished,
  }) => {
    const scene = await openScene(onTestFinished);
    scene.github.pulls.set(commit, [
      { number: 11, state: "closed", merge_commit_sha: commit },
      { number: 12, state: "open" },
    ]);
    await scene.run({ plan, event: event("push") });
    expect(scene.github.comments.map(({ issue, body }) => [issue, head(body)])).toEqual([[12, "Promoted"]]);
    expect(scene.state()).toMatchObject({ revision: commit, pullRequest: 12, repository: "octo/shop" });
    expect(scene.github.violations).toEqual([]);
  });

  test("a release branch: the pull request that was merged as this commit", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    scene.github.pulls.set(commit, [{ number: 7, state: "closed", merge_commit_sha: commit }]);
    await scene.run({ plan, event: event("push"), ref: "refs/heads/release/1.4" });
    expect(scene.github.comments.map(({ issue }) => issue)).toEqual([7]);
  });

  test("a pull request of this repository: itself, with its head as the revision", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const { conclusion } = await scene.run({ plan, event: event("pull_request"), sha: "2".repeat(40) });
    expect(conclusion).toBe("success");
    expect(scene.github.comments.map(({ issue }) => issue)).toEqual([12]);
    expect(scene.state()?.revision).toBe("1".repeat(40));
  });

  test("a merge queue: the pull request in the name of its branch", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const { conclusion } = await scene.run({ plan, event: event("merge_group") });
    expect(conclusion).toBe("success");
    expect(scene.github.comments.length).toBe(1);
  });

  test("no pull request at all: log, summary and outputs, without a warning", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const { conclusion, annotations, log, main } = await scene.run({ plan, event: event("workflow_dispatch") });
    expect([conclusion, annotations, reports(scene)]).toEqual(["success", [], []]);
    expect(log.filter((line) => line.startsWith("No pull request belongs to this commit"))).toHaveLength(1);
    expect(main.summary).toContain("### Promoted");
  });

  test("a later run by hand: the pull request that the record names", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    scene.github.pulls.set(commit, [{ number: 12, state: "open" }]);
    await scene.run({ plan });
    await scene.run({
      plan,
      event: event("workflow_dispatch"),
      sha: "8".repeat(40),
      inputs: { command: "rollback" },
      runId: 5000,
      runNumber: 18,
    });
    expect(scene.github.comments.map(({ issue, body }) => [issue, head(body)])).toEqual([[12, "Rolled back"]]);
  });
});

describe.concurrent("events that may not move traffic are refused before anything is contacted", () => {
  const named = (name: string): NonNullable<Situation["event"]> => ({ name, payload: event("push").payload });
  const refused: readonly (readonly [string, string, NonNullable<Situation["event"]>, string?])[] = [
    ["a pull request from a fork", "run", event("pull_request-fork")],
    ["a pull request whose fork is gone", "rollback", event("pull_request-fork-gone")],
    ["pull_request_target", "run", event("pull_request", "pull_request_target")],
    ["pull_request_target from a fork", "promote", event("pull_request-fork", "pull_request_target")],
    ["a comment", "promote", event("issue_comment")],
    ["a review of this repository's pull request", "run", event("pull_request_review")],
    ["the end of a workflow that was cancelled", "run", event("workflow_run")],
    ["the end of a workflow that was cancelled", "rollback", event("workflow_run")],
    ["the end of a workflow that a fork started", "run", event("workflow_run-fork")],
    ["Dependabot", "run", event("pull_request"), "dependabot[bot]"],
    ["a new branch", "run", named("create")],
    ["a check", "run", named("check_run")],
    ["an event that is to come", "rollback", named("some_new_event")],
    ["an event in capitals", "run", named("Push")],
  ];
  test.for(refused)("%s: %s", async ([, command, on, actor], { onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const { main, outputs, annotations } = await scene.run({
      plan,
      event: on,
      inputs: { command },
      ...(actor === undefined ? {} : { actor }),
    });
    expect([main.exitCode, outputs["outcome"]]).toEqual([2, "refused"]);
    expect(annotations).toEqual([expect.objectContaining({ level: "error", title: "Sluice: event-refused" })]);
    expect(annotations[0]?.message).toContain(`\`${command}\` is refused on the event ${on.name}`);
    expect([scene.api.log, scene.github.requests]).toEqual([[], []]);
  });

  test("an event without a name", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const { main, annotations } = await scene.run({ plan, event: named("") });
    expect([main.exitCode, annotations[0]?.title]).toEqual([2, "Sluice: event-refused"]);
    expect([scene.api.log, scene.github.requests]).toEqual([[], []]);
  });

  test("what only looks may run there", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const status = await scene.run({ plan, event: event("pull_request-fork"), inputs: { command: "status" } });
    const sweep = await scene.run({ plan, event: event("workflow_run"), inputs: { command: "sweep" } });
    expect([status, sweep].map(({ outputs, conclusion }) => [outputs["outcome"], conclusion])).toEqual([
      ["none", "success"],
      ["none", "success"],
    ]);
  });
});

describe.concurrent("events that may move traffic on a condition", () => {
  test("the end of a push to the default branch that succeeded: its commit is rolled out", async ({
    onTestFinished,
  }) => {
    const scene = await openScene(onTestFinished);
    const { conclusion } = await scene.run({ plan, event: event("workflow_run-success"), sha: "2".repeat(40) });
    expect([conclusion, scene.state()?.status, scene.state()?.revision]).toEqual([
      "success",
      "promoted",
      "1".repeat(40),
    ]);
  });

  test.for(["check_suite", "registry_package", "create", "deployment_status"])(
    "%s: only where the step allows it",
    async (name, { onTestFinished }) => {
      const scene = await openScene(onTestFinished);
      const on = { name, payload: event("push").payload };
      const { main, annotations } = await scene.run({ plan, event: on });
      expect([main.exitCode, annotations[0]?.message]).toEqual([2, expect.stringContaining(`allow-event: ${name}`)]);
      expect(scene.api.log).toEqual([]);
      const allowed = await scene.run({ plan, event: on, inputs: { "allow-event": name } });
      expect([allowed.conclusion, allowed.outputs["outcome"]]).toEqual(["success", "promoted"]);
    },
  );

  test("pull_request_target can never be allowed", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const { main, annotations } = await scene.run({
      plan,
      event: event("pull_request", "pull_request_target"),
      inputs: { "allow-event": "pull_request_target" },
    });
    expect([main.exitCode, annotations.map(({ title }) => title)]).toEqual([
      2,
      ["Sluice: event-refused", "Sluice: input allow-event"],
    ]);
    expect(scene.api.log).toEqual([]);
  });
});

describe.concurrent("a preflight that may be a fork's", () => {
  const token = "t-planted-for-the-metric-source";
  const measured = (url: string) => ({
    ...plan,
    hold: "1s",
    prometheus: {
      url,
      bearer: ["$", "{", "PROMETHEUS_TOKEN", "}"].join(""),
      "scrape-interval": "250ms",
      lag: "0s",
    },
    checks: [{ name: "errors", query: 'errors{version="{{canary}}"}', max: 0.01, every: "1s" }],
  });
  const strangers: readonly (readonly [string, NonNullable<Situation["event"]>, string?])[] = [
    ["a pull request from a fork", event("pull_request-fork")],
    ["pull_request_target", event("pull_request", "pull_request_target")],
    ["Dependabot", event("pull_request"), "dependabot[bot]"],
    ["a comment", event("issue_comment")],
    ["the end of a fork's workflow", event("workflow_run-fork")],
    ["an event that is not known", { name: "check_run", payload: {} }],
  ];

  test.for(strangers)("reads the plan and contacts nothing: %s", async ([, on, actor], { onTestFinished }) => {
    const scene = await openMetered(onTestFinished, () => "0");
    const machine = newMachine();
    onTestFinished(() => machine.dispose());
    const ran = join(machine.temp, "ran");
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "touch", args: [ran] };
    const { main, outputs, conclusion, log } = await scene.run({
      machine,
      plan: measured(scene.prometheus.url),
      event: on,
      env: { PROMETHEUS_TOKEN: token },
      inputs: {
        command: "preflight",
        kubeconfig: scene.api.kubeconfig(undefined, { user: { exec } }),
        "exec-allow": "touch",
      },
      ...(actor === undefined ? {} : { actor }),
    });
    expect([conclusion, outputs["outcome"]]).toEqual(["success", "ready"]);
    expect(outputs["reason"]).toMatch(/^read only: .* may come from a fork/);
    expect(log.join("\n")).toContain("read only: ");
    expect(main.summary).toContain("### The plan has no problems – ");
    expect(main.summary).toContain("read only: ");
    expect([scene.api.log, scene.github.requests, scene.prometheus.asked, existsSync(ran)]).toEqual([
      [],
      [],
      [],
      false,
    ]);
    expect(main.raw).not.toContain(token);
  });

  test("names every problem of the plan, and needs neither kubeconfig nor variables", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const run = (more: object) =>
      scene.run({
        plan: { ...measured("https://prometheus.example.com"), ...more },
        event: event("pull_request-fork"),
        inputs: { command: "preflight", kubeconfig: "" },
      });
    const good = await run({});
    expect([good.conclusion, good.outputs["outcome"]]).toEqual(["success", "ready"]);
    const bad = await run({ hold: "soon", settle: "never" });
    expect([bad.main.exitCode, bad.annotations.length]).toEqual([2, 2]);
    expect([scene.api.log, scene.github.requests]).toEqual([[], []]);
  });

  test("asks as ever where the event is this repository's own", async ({ onTestFinished }) => {
    const scene = await openMetered(onTestFinished, () => "0");
    const { conclusion, main } = await scene.run({
      plan: measured(scene.prometheus.url),
      event: event("pull_request"),
      env: { PROMETHEUS_TOKEN: token },
      inputs: { command: "preflight" },
    });
    expect(conclusion).toBe("success");
    expect(scene.api.log.length).toBeGreaterThan(0);
    expect(main.raw).toContain(`::add-mask::${token}`);
  });
});

describe.concurrent("a GitHub that does not do its part", () => {
  test("hangs: the rollout goes its way, and only its end is told late", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    scene.github.fail({ fate: "hang" });
    const { conclusion, outputs } = await scene.run({ plan, event: event("pull_request") });
    expect([conclusion, outputs["outcome"]]).toEqual(["success", "promoted"]);
  });

  // Those that are tried again until time is up come first, beside all the others.
  const fates: readonly (readonly [string, Fate, RegExp | undefined])[] = [
    ["a server error", { status: 500 }, undefined],
    ["reset connections", "reset", undefined],
    ["a token that may only read", forbidden, /pull-requests: write/],
    ["a secondary limit", secondaryLimit(60), undefined],
    ["a primary limit", primaryLimit(600), undefined],
    ["a login page", "html", undefined],
  ];
  test.for(fates)("does not keep a rollout from its end: %s", async ([, fate, words], { onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    scene.github.fail({ fate });
    const { conclusion, outputs, annotations, log, main } = await scene.run({
      plan: { ...quick, phases: "50/100" },
      event: event("pull_request"),
    });
    expect([conclusion, outputs["outcome"]]).toEqual(["success", "promoted"]);
    expect(scene.steps()).toEqual(["50 progressing 1", "100 progressing 2", "100 promoted 2"]);
    expect(main.summary).toContain("### Promoted");
    expect(annotations.map(({ level, title }) => [level, title])).toEqual(
      words === undefined ? [] : [["warning", "Sluice: reporting"]],
    );
    if (words !== undefined) expect(annotations[0]?.message).toMatch(words);
    const complaints = log.filter((line) => /comment on the pull request/.test(line));
    expect(complaints.length).toBeGreaterThan(0);
    expect(complaints.length).toBeLessThanOrEqual(4);
  });

  test("knows no token: nothing is asked of it", async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const { conclusion } = await scene.run({ plan, event: event("pull_request"), inputs: { "github-token": "" } });
    expect([conclusion, scene.github.requests]).toEqual(["success", []]);
  });
});
