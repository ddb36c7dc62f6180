import { afterEach, beforeEach, expect, test } from "vitest";
import type { Reason } from "../../src/base/reasons/index.ts";
import { findPullRequest } from "../../src/github/find-pull-request.ts";
import { gitHub } from "../../src/github/rest-client.ts";
import { type Circumstances, readEvent } from "../../src/github/workflow-event.ts";
import { runEnded } from "../../src/github/workflow-run-ended.ts";
import type { GitHub } from "../../src/ports/github.ts";
import { HandClock } from "../reports/samples.ts";
import { forbidden, type GitHubDouble, gitHubDouble } from "../servers/github.ts";

const sha = "2".repeat(40);
const other = "3".repeat(40);
const push = readEvent({ name: "push", payload: {}, env: { GITHUB_REPOSITORY: "octo/shop", GITHUB_SHA: sha } });

let server: GitHubDouble;
let api: GitHub;
let told: Reason[];
const tell = (why: Reason) => void told.push(why);
beforeEach(async () => {
  server = await gitHubDouble();
  api = gitHub({ token: "t-secret-1", apiUrl: server.url, clock: new HandClock(), waitUnitMs: 0 });
  told = [];
});
afterEach(async () => {
  await server.close();
  expect(server.violations).toEqual([]);
});

test("what was asked for and what the event names needs no request", async () => {
  expect(await findPullRequest(api, { ...push, pullRequest: 12 }, 99, tell)).toBe(99);
  expect(await findPullRequest(api, { ...push, pullRequest: 12 }, undefined, tell)).toBe(12);
  expect(server.requests).toEqual([]);
});

test.each([
  [
    "the open one",
    [
      { number: 5, state: "closed" as const, merge_commit_sha: sha },
      { number: 3, state: "open" as const },
    ],
    3,
  ],
  [
    "of two open ones the one whose head it is",
    [
      { number: 5, state: "open" as const },
      { number: 3, state: "open" as const, head: sha },
    ],
    3,
  ],
  [
    "the one that was merged as this commit",
    [
      { number: 9, state: "closed" as const, merge_commit_sha: other },
      { number: 4, state: "closed" as const, merge_commit_sha: sha },
    ],
    4,
  ],
  [
    "else the newest",
    [
      { number: 4, state: "closed" as const },
      { number: 9, state: "closed" as const },
    ],
    9,
  ],
  ["none", [], undefined],
])("the pull request of a commit: %s", async (_, pulls, expected) => {
  server.pulls.set(sha, pulls);
  expect(await findPullRequest(api, push, undefined, tell)).toBe(expected);
  expect(told).toEqual([]);
});

test("after the end of another run it is that run's commit that is looked up", async () => {
  server.pulls.set(other, [{ number: 7, state: "open" }]);
  const circumstances: Circumstances = {
    ...push,
    endedRun: { run: { id: "1", attempt: 1 }, headSha: other, doubts: [] },
  };
  expect(await findPullRequest(api, circumstances, undefined, tell)).toBe(7);
});

test("a commit that GitHub does not know has none, silently; anything else that fails is one line", async () => {
  server.fail({ fate: { status: 422, body: { message: "No commit found for SHA" } }, times: 1 });
  expect(await findPullRequest(api, push, undefined, tell)).toBeUndefined();
  expect(told).toEqual([]);
  server.fail({ fate: forbidden, times: 1 });
  expect(await findPullRequest(api, push, undefined, tell)).toBeUndefined();
  server.fail({ fate: "html", times: 1 });
  expect(await findPullRequest(api, push, undefined, tell)).toBeUndefined();
  const says = "Resource not accessible by integration";
  expect(told).toMatchObject([
    { code: "pull-request-unknown", data: { cause: { code: "github-rejected", data: { status: 403, says } } } },
  ]);
});

test("without a token there is none, and nothing is asked", async () => {
  expect(await findPullRequest(undefined, push, undefined, tell)).toBeUndefined();
  expect(await runEnded(undefined, push, { id: "4711", attempt: 1 }, tell)).toBe("unknown");
});

test.each([
  ["completed", "ended"],
  ["in_progress", "alive"],
  ["queued", "alive"],
  ["waiting", "alive"],
])("a run that is %s has %s", async (status, expected) => {
  server.runs.set("4711/2", status);
  expect(await runEnded(api, push, { id: "4711", attempt: 2 }, tell)).toBe(expected);
});

test("the run whose end brought us here has ended, and so have its earlier attempts; a later one may live", async () => {
  const circumstances: Circumstances = { ...push, endedRun: { run: { id: "4711", attempt: 2 }, doubts: [] } };
  expect(await runEnded(api, circumstances, { id: "4711", attempt: 2 }, tell)).toBe("ended");
  expect(await runEnded(api, circumstances, { id: "4711", attempt: 1 }, tell)).toBe("ended");
  expect(server.requests).toEqual([]);
  server.runs.set("4711/3", "in_progress");
  expect(await runEnded(api, circumstances, { id: "4711", attempt: 3 }, tell)).toBe("alive");
});

test("what cannot be found out is unknown, and never ended", async () => {
  expect(await runEnded(api, push, { id: "laptop-1", attempt: 1 }, tell)).toBe("unknown");
  expect(await runEnded(api, push, { id: "4711", attempt: 1 }, tell)).toBe("unknown");
  server.fail({ fate: forbidden, times: 1 });
  expect(await runEnded(api, push, { id: "4711", attempt: 1 }, tell)).toBe("unknown");
  server.fail({ fate: "html", times: 1 });
  expect(await runEnded(api, push, { id: "4711", attempt: 1 }, tell)).toBe("unknown");
  expect(told).toMatchObject([
    { code: "run-end-unknown", data: { run: "4711", cause: { code: "github-rejected", data: { status: 404 } } } },
    { code: "run-end-unknown", data: { run: "4711", cause: { code: "github-rejected", data: { status: 403 } } } },
  ]);
});
