import { afterEach, beforeEach, expect, test } from "vitest";
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
let lines: string[];
const log = (line: string) => void lines.push(line);
beforeEach(async () => {
  server = await gitHubDouble();
  api = gitHub({ token: "t-secret-1", apiUrl: server.url, clock: new HandClock(), waitUnitMs: 0 });
  lines = [];
});
afterEach(async () => {
  await server.close();
  expect(server.violations).toEqual([]);
});

test("what was asked for and what the event names needs no request", async () => {
  expect(await findPullRequest(api, { ...push, pullRequest: 12 }, 99, log)).toBe(99);
  expect(await findPullRequest(api, { ...push, pullRequest: 12 }, undefined, log)).toBe(12);
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
  expect(await findPullRequest(api, push, undefined, log)).toBe(expected);
  expect(lines).toEqual([]);
});

test("after the end of another run it is that run's commit that is looked up", async () => {
  server.pulls.set(other, [{ number: 7, state: "open" }]);
  const circumstances: Circumstances = {
    ...push,
    endedRun: { run: { id: "1", attempt: 1 }, headSha: other, doubts: [] },
  };
  expect(await findPullRequest(api, circumstances, undefined, log)).toBe(7);
});

test("a commit that GitHub does not know has none, silently; anything else that fails is one line", async () => {
  server.fail({ fate: { status: 422, body: { message: "No commit found for SHA" } }, times: 1 });
  expect(await findPullRequest(api, push, undefined, log)).toBeUndefined();
  expect(lines).toEqual([]);
  server.fail({ fate: forbidden, times: 1 });
  expect(await findPullRequest(api, push, undefined, log)).toBeUndefined();
  server.fail({ fate: "html", times: 1 });
  expect(await findPullRequest(api, push, undefined, log)).toBeUndefined();
  expect(lines).toEqual([
    "The pull request of this commit could not be found: GitHub answered 403: Resource not accessible by integration.",
  ]);
});

test("without a token there is none, and nothing is asked", async () => {
  expect(await findPullRequest(undefined, push, undefined, log)).toBeUndefined();
  expect(await runEnded(undefined, push, { id: "4711", attempt: 1 }, log)).toBe("unknown");
});

test.each([
  ["completed", "ended"],
  ["in_progress", "alive"],
  ["queued", "alive"],
  ["waiting", "alive"],
])("a run that is %s has %s", async (status, expected) => {
  server.runs.set("4711/2", status);
  expect(await runEnded(api, push, { id: "4711", attempt: 2 }, log)).toBe(expected);
});

test("the run whose end brought us here has ended, and so have its earlier attempts; a later one may live", async () => {
  const circumstances: Circumstances = { ...push, endedRun: { run: { id: "4711", attempt: 2 }, doubts: [] } };
  expect(await runEnded(api, circumstances, { id: "4711", attempt: 2 }, log)).toBe("ended");
  expect(await runEnded(api, circumstances, { id: "4711", attempt: 1 }, log)).toBe("ended");
  expect(server.requests).toEqual([]);
  server.runs.set("4711/3", "in_progress");
  expect(await runEnded(api, circumstances, { id: "4711", attempt: 3 }, log)).toBe("alive");
});

test("what cannot be found out is unknown, and never ended", async () => {
  expect(await runEnded(api, push, { id: "laptop-1", attempt: 1 }, log)).toBe("unknown");
  expect(await runEnded(api, push, { id: "4711", attempt: 1 }, log)).toBe("unknown");
  server.fail({ fate: forbidden, times: 1 });
  expect(await runEnded(api, push, { id: "4711", attempt: 1 }, log)).toBe("unknown");
  server.fail({ fate: "html", times: 1 });
  expect(await runEnded(api, push, { id: "4711", attempt: 1 }, log)).toBe("unknown");
  expect(lines.length).toBe(2);
  expect(lines[1]).toMatch(/403: Resource not accessible by integration\. Only the deadline counts\.$/);
});
