import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { allowableEvents } from "../../src/github/event-names.ts";
import { rightsOn } from "../../src/github/event-permissions.ts";
import { type Circumstances, readEvent } from "../../src/github/workflow-event.ts";
import { type Command, commands } from "../../src/rollout/command-names.ts";

const env = {
  GITHUB_REPOSITORY: "octo/shop",
  GITHUB_SHA: "2".repeat(40),
  GITHUB_RUN_ID: "4711",
  GITHUB_ACTOR: "octocat",
};
const dependabot = { GITHUB_ACTOR: "dependabot[bot]" };

const payloadOf = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`../fixtures/github/events/${file}.json`, import.meta.url), "utf8"));

/** An event in the shape of GitHub's webhooks; a word after a dash tells variants apart. */
const event = (file: string, over: Record<string, string | undefined> = {}, name = file.split("-")[0]) =>
  readEvent({ name, payload: payloadOf(file), env: { ...env, ...over } });
/** One whose payload is of no account. */
const named = (name: string | undefined, over: Record<string, string> = {}) =>
  readEvent({ name, payload: payloadOf("push"), env: { ...env, ...over } });

/** The end of a run that went well, but for what is changed in it. */
function ended(over: object, repository: object = {}): Circumstances {
  const payload = payloadOf("workflow_run-success") as { workflow_run: object; repository: object };
  const workflow_run = { ...payload.workflow_run, ...over };
  const changed = { ...payload, workflow_run, repository: { ...payload.repository, ...repository } };
  return readEvent({ name: "workflow_run", payload: changed, env });
}

/** What each command may do: `all`, `read` the plan alone, or nothing. */
function rights(circumstances: Circumstances, allowed: readonly string[] = []): Record<Command, string> {
  const words = commands.map((command) => {
    const found = rightsOn(command, circumstances, allowed);
    if (found.kind === "refused") expect(found.problem.code).toBe("event-refused");
    return [command, found.kind === "all" ? "all" : found.kind === "only-read" ? "read" : "none"];
  });
  return Object.fromEntries(words) as Record<Command, string>;
}

const everything = Object.fromEntries(commands.map((command) => [command, "all"]));
const nothing = {
  ...Object.fromEntries(commands.map((command) => [command, "none"])),
  status: "all",
  preflight: "read",
};
/** The same, and what is left behind may be swept up. */
const sweeping = { ...nothing, sweep: "all" };

const trusted: readonly (readonly [string, Circumstances])[] = [
  ["push", event("push")],
  ["workflow_dispatch", event("workflow_dispatch")],
  ["repository_dispatch", named("repository_dispatch")],
  ["schedule", event("schedule")],
  ["schedule, last edited by Dependabot", event("schedule", dependabot)],
  ["release", named("release")],
  ["deployment", named("deployment")],
  ["merge_group", event("merge_group")],
  ["pull_request of this repository", event("pull_request")],
  ["pull_request, merged", event("pull_request-merged")],
  ["workflow_run that succeeded", event("workflow_run-success")],
  ...["schedule", "release", "workflow_dispatch", "repository_dispatch"].map(
    (cause) => [`workflow_run that succeeded, after ${cause}`, ended({ event: cause })] as const,
  ),
];
test.each(trusted)("every command may do everything on %s", (_, circumstances) => {
  expect(rights(circumstances)).toEqual(everything);
});

test("every command may do everything at a terminal, where there is no event", () => {
  const { event: _, ...terminal } = named(undefined);
  expect(rights(terminal)).toEqual(everything);
});

const refused: readonly (readonly [string, Circumstances])[] = [
  ["pull_request of a fork", event("pull_request-fork")],
  ["pull_request of a fork that is gone", event("pull_request-fork-gone")],
  ["pull_request by Dependabot", event("pull_request", dependabot)],
  ["push by Dependabot", event("push", dependabot)],
  ["deployment by Dependabot", named("deployment", dependabot)],
  ["pull_request_review of a fork", event("pull_request-fork", {}, "pull_request_review")],
  ["pull_request_target of this repository", event("pull_request", {}, "pull_request_target")],
  ["pull_request_target of a fork", event("pull_request-fork", {}, "pull_request_target")],
  ["issue_comment", event("issue_comment")],
  ["issues", event("issue_comment-issue", {}, "issues")],
  ["discussion_comment", event("issue_comment", {}, "discussion_comment")],
  ["an event in capitals", named("PUSH")],
  ["an event with a capital", named("Workflow_dispatch")],
  ["an event with an empty name", named("")],
  ["an event without a name", named(undefined)],
  ["an event with a broken name", named("push\n::notice::x")],
];
test.each(refused)("nothing may be written on %s, and a preflight only reads", (_, circumstances) => {
  expect(rights(circumstances, ["push", "pull_request_target", "issue_comment"])).toEqual(nothing);
});

const swept: readonly (readonly [string, Circumstances])[] = [
  ["pull_request_review of this repository", event("pull_request_review")],
  ["check_run", named("check_run")],
  ["an event that is to come", named("some_new_event")],
  ...allowableEvents.map((name) => [name, named(name)] as const),
  ["workflow_run without a payload", readEvent({ name: "workflow_run", payload: null, env })],
  ["workflow_run that was cancelled", event("workflow_run")],
  ["workflow_run of a fork", event("workflow_run-fork")],
  ["workflow_run that failed", ended({ conclusion: "failure" })],
  ["workflow_run without an end", ended({ conclusion: null })],
  ["workflow_run after a pull request", ended({ event: "pull_request" })],
  ["workflow_run after pull_request_target", ended({ event: "pull_request_target" })],
  ["workflow_run after a comment", ended({ event: "issue_comment" })],
  ["workflow_run after another workflow_run", ended({ event: "workflow_run" })],
  ["workflow_run of a repository that is gone", ended({ head_repository: null })],
  ["workflow_run of a repository of that name", ended({ head_repository: { full_name: "mallory/shop" } })],
  ["workflow_run on another branch", ended({ head_branch: "topic" })],
  ["workflow_run without a branch", ended({ head_branch: null }, { default_branch: null })],
  ["workflow_run without a commit", ended({ head_sha: "main" })],
];
test.each(swept)("a sweep may run on %s, and nothing else", (_, circumstances) => {
  expect(rights(circumstances)).toEqual(sweeping);
});

describe("what the step allows", () => {
  test.each(allowableEvents)("%s, by its own name alone", (name) => {
    expect(rights(named(name), [name])).toEqual({ ...everything, preflight: "read" });
    const others = allowableEvents.filter((one) => one !== name);
    expect(rights(named(name), others)).toEqual(sweeping);
  });

  test("is nothing for Dependabot", () => {
    for (const name of ["create", "deployment_status"]) {
      expect(rights(named(name, dependabot), [name])).toEqual(nothing);
    }
  });
});

describe("what is said", () => {
  const said = (circumstances: Circumstances, command: Command = "run") => {
    const found = rightsOn(command, circumstances, []);
    return found.kind === "refused" ? found.problem.message : found.kind === "only-read" ? found.because : "";
  };

  test.each([...refused, ...swept])("names event, cause and remedy: %s", (_, circumstances) => {
    expect(said(circumstances)).toMatch(
      /^`run` is refused on (the event \w+|an event without a name)[ ,:].+\. (Start|If that is meant|Only a success).* `status` may run here, and `preflight` reads the plan\.$/,
    );
  });

  test("of another run tells everything that speaks against it", () => {
    expect(said(ended({ conclusion: "failure", event: "x\n", head_branch: "topic" }))).toContain(
      "workflow_run: the run that it follows ended as failure and was started by something unknown and did not run on the default branch.",
    );
  });

  test("of a preflight that only read says why, and what was left out", () => {
    expect(said(event("pull_request-fork"), "preflight")).toMatch(
      /^read only: the plan has no problems\. On the event pull_request it may come from a fork, so no variable was read/,
    );
  });
});
