import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Circumstances, readEvent } from "../../src/github/workflow-event.ts";

const head = "1".repeat(40);
const merge = "2".repeat(40);
const env = {
  GITHUB_REPOSITORY: "octo/shop",
  GITHUB_SHA: merge,
  GITHUB_RUN_ID: "4711",
  GITHUB_RUN_ATTEMPT: "2",
  GITHUB_RUN_NUMBER: "8",
  GITHUB_WORKFLOW: "Deploy",
  GITHUB_WORKFLOW_REF: "octo/shop/.github/workflows/deploy.yml@refs/heads/main",
  GITHUB_SERVER_URL: "https://github.example.test",
  GITHUB_API_URL: "https://github.example.test/api/v3/",
  GITHUB_GRAPHQL_URL: "https://github.example.test/api/graphql",
  GITHUB_ACTOR: "octocat",
};

/** The payload of an event in the shape of GitHub's webhooks; a word after a dash tells variants apart. */
function event(file: string, over: Record<string, string | undefined> = {}, name = file.split("-")[0]): Circumstances {
  const payload: unknown = JSON.parse(
    readFileSync(new URL(`../fixtures/github/events/${file}.json`, import.meta.url), "utf8"),
  );
  return readEvent({ name, payload, env: { ...env, ...over } });
}

test("a push is its own commit, in its own run", () => {
  expect(event("push")).toEqual({
    event: "push",
    repository: { owner: "octo", name: "shop" },
    revision: merge,
    run: { id: "4711", attempt: 2, workflow: "deploy.yml", number: 8 },
    mergeGroup: false,
    fork: false,
    dependabot: false,
    links: {
      repository: "https://github.example.test/octo/shop",
      run: "https://github.example.test/octo/shop/actions/runs/4711/attempts/2",
    },
    serverUrl: "https://github.example.test",
    apiUrl: "https://github.example.test/api/v3",
    graphqlUrl: "https://github.example.test/api/graphql",
  });
});

test.each(["pull_request", "pull_request-merged", "pull_request_review"])(
  "%s: the commit is the head of the pull request, not the trial merge",
  (file) => {
    const found = event(file);
    expect(found).toMatchObject({ revision: head, pullRequest: 12, fork: false });
    expect(found.links.pullRequest).toBe("https://github.example.test/octo/shop/pull/12");
  },
);

test("a merge queue names the pull request in its ref", () => {
  expect(event("merge_group")).toMatchObject({ mergeGroup: true, pullRequest: 104, revision: merge });
  const ref = `refs/heads/gh-readonly-queue/main/pr-105-${head}`;
  expect(readEvent({ name: "merge_group", payload: {}, env: { ...env, GITHUB_REF: ref } }).pullRequest).toBe(105);
});

test("of a run that ended nothing is taken but its number, its commit, and what speaks against it", () => {
  const ended = { run: { id: "4711", attempt: 2 }, headSha: head };
  expect(event("workflow_run").endedRun).toEqual({ ...ended, doubts: ["ended as cancelled"] });
  expect(event("workflow_run-fork").endedRun).toEqual({
    ...ended,
    doubts: ["was started by pull_request", "belongs to another repository", "did not run on the default branch"],
  });
  expect(event("workflow_run-success").endedRun).toEqual({ ...ended, doubts: [] });
  expect(event("workflow_run")).not.toHaveProperty("pullRequest");
  const requested = { action: "requested", workflow_run: { id: 1, run_attempt: 1 } };
  expect(readEvent({ name: "workflow_run", payload: requested, env }).endedRun).toBeUndefined();
});

test("the commit of a run that ended well is what is rolled out; of any other it is the event's own", () => {
  expect(event("workflow_run-success").revision).toBe(head);
  expect(event("workflow_run").revision).toBe(merge);
  expect(event("workflow_run-fork").revision).toBe(merge);
});

test("a comment belongs to a pull request only if its issue is one", () => {
  expect(event("issue_comment").pullRequest).toBe(12);
  expect(event("issue_comment-issue").pullRequest).toBeUndefined();
});

test("a pull request whose repository is another, gone or not named counts as a fork", () => {
  expect(event("pull_request-fork").fork).toBe(true);
  expect(event("pull_request-fork-gone").fork).toBe(true);
  for (const payload of [undefined, {}, { pull_request: { head: { sha: head } } }, "text", [1]]) {
    expect(readEvent({ name: "pull_request", payload, env }).fork).toBe(true);
  }
});

test("an event without a name is not one at a terminal", () => {
  expect(readEvent({ name: undefined, payload: undefined, env: {} })).toEqual({
    event: "",
    run: { id: "", attempt: 1 },
    mergeGroup: false,
    fork: false,
    dependabot: false,
    links: {},
    serverUrl: "https://github.com",
    apiUrl: "https://api.github.com",
  });
});

test("whatever the payload holds, it is read without a word, and nothing but numbers and commits comes out of it", () => {
  const names = fc.constantFrom(
    "pull_request",
    "pull_request_target",
    "merge_group",
    "workflow_run",
    "issue_comment",
    "push",
    "x\n::y",
  );
  const leaf = fc.oneof(fc.string(), fc.double(), fc.constantFrom(null, true, -1, 0, 1e300, "1", head, `${head}\n`));
  const payload = fc.oneof(
    fc.anything(),
    fc.record({
      action: fc.constantFrom("completed", 1),
      number: leaf,
      pull_request: fc.oneof(
        leaf,
        fc.record({ number: leaf, head: fc.oneof(leaf, fc.record({ sha: leaf, repo: leaf })) }),
      ),
      merge_group: fc.oneof(leaf, fc.record({ head_ref: leaf })),
      workflow_run: fc.oneof(
        leaf,
        fc.record({ id: leaf, run_attempt: leaf, head_sha: leaf, conclusion: leaf, event: leaf, head_branch: leaf }),
      ),
      issue: fc.oneof(leaf, fc.record({ number: leaf, pull_request: leaf })),
    }),
  );
  fc.assert(
    fc.property(names, payload, (name, value) => {
      const { revision, pullRequest, endedRun, event: found } = readEvent({ name, payload: value, env });
      expect(revision).toMatch(/^[0-9a-f]{40}$/);
      if (pullRequest !== undefined) expect(Number.isSafeInteger(pullRequest) && pullRequest > 0).toBe(true);
      if (endedRun !== undefined) expect(endedRun.run.id).toMatch(/^\d+$/);
      // None of these runs names its repository.
      if (endedRun !== undefined) expect(endedRun.doubts.join()).toMatch(/^[a-z_, ]+$/);
      expect(found).toMatch(/^\w*$/);
    }),
    { numRuns: 2000 },
  );
});

test("an environment that is not what it should be is as if it were absent", () => {
  const odd = readEvent({
    name: "push",
    payload: {},
    env: {
      GITHUB_REPOSITORY: "octo/shop/../x",
      GITHUB_SHA: "main",
      GITHUB_RUN_ATTEMPT: "two",
      GITHUB_SERVER_URL: "javascript:alert(1)",
      GITHUB_API_URL: "https://x test",
    },
  });
  expect(odd).toMatchObject({
    run: { id: "", attempt: 1 },
    serverUrl: "https://github.com",
    apiUrl: "https://api.github.com",
  });
  expect(odd).not.toHaveProperty("revision");
  expect(odd).not.toHaveProperty("repository");
  expect(odd.links).toEqual({});
});
