import { member } from "../base/read-fields.ts";
import type { Links } from "../ports/reporter.ts";
import type { RunId } from "../rollout/rollout-state.ts";
import { countIn, shaIn, textIn } from "./payload-fields.ts";
import { type EndedRun, endedRunIn } from "./triggering-run.ts";

/** What a run may know of why it was started. Everything in it was checked; a payload that lies or is broken only leaves things out. */
export type Circumstances = {
  /** The event's name, empty where it is none; absent at a terminal, which has no event. */
  readonly event?: string;
  readonly repository?: { readonly owner: string; readonly name: string };
  /** What is being rolled out: the event's commit, the head of a pull request, the commit of a run that ended well. */
  readonly revision?: string;
  readonly run: RunId;
  readonly pullRequest?: number;
  readonly mergeGroup: boolean;
  readonly endedRun?: EndedRun;
  /** The event comes from a pull request of another repository, or from one that cannot be known. */
  readonly fork: boolean;
  /** GitHub gives such a run a token that cannot write, and no secrets. */
  readonly dependabot: boolean;
  readonly links: Links;
  readonly serverUrl: string;
  readonly apiUrl: string;
  readonly graphqlUrl?: string;
};

type EventSource = {
  readonly name: string | undefined;
  /** The payload as it was parsed; anything at all. */
  readonly payload: unknown;
  readonly env: Readonly<Record<string, string | undefined>>;
};

const isPullRequestEvent = (event: string): boolean => event.startsWith("pull_request");

function repositoryOf(word: string | undefined): { owner: string; name: string } | undefined {
  const [, owner, name] = /^([\w.-]+)\/([\w.-]+)$/.exec(word ?? "") ?? [];
  return owner === undefined || name === undefined ? undefined : { owner, name };
}

/** An address as GitHub gives it, without a slash at its end; anything else is as if it were absent. */
function addressOf(word: string | undefined): string | undefined {
  if (word === undefined || !/^https?:\/\/[^\s<>"]+$/.test(word) || !URL.canParse(word)) return undefined;
  return word.replace(/\/+$/, "");
}

/** The file of the workflow where it is known: two workflows may share a name, never a file. */
function workflowOf(env: EventSource["env"]): string | undefined {
  const file = /\/([^/@]+)@/.exec(env["GITHUB_WORKFLOW_REF"] ?? "")?.[1];
  const word = file ?? env["GITHUB_WORKFLOW"];
  return word === undefined || word === "" ? undefined : word.slice(0, 100);
}

const whole = (word: string | undefined): number | undefined => {
  const number = /^\d{1,15}$/.test(word ?? "") ? Number(word) : undefined;
  return number === 0 ? undefined : number;
};

function runOf(env: EventSource["env"]): RunId {
  const workflow = workflowOf(env);
  const number = whole(env["GITHUB_RUN_NUMBER"]);
  return {
    id: (env["GITHUB_RUN_ID"] ?? "").slice(0, 40),
    attempt: whole(env["GITHUB_RUN_ATTEMPT"]) ?? 1,
    ...(workflow === undefined ? {} : { workflow }),
    ...(number === undefined ? {} : { number }),
  };
}

/**
 * Whether a pull request comes from another repository. One whose head repository is gone, or is not named, counts as
 * foreign: what cannot be known must not get the rights of what is.
 */
function isForeign(payload: unknown): boolean {
  const pull = member(payload, "pull_request");
  const head = textIn(pull, "head", "repo", "full_name");
  const base = textIn(pull, "base", "repo", "full_name") ?? textIn(payload, "repository", "full_name");
  return head === undefined || base === undefined || head.toLowerCase() !== base.toLowerCase();
}

/** Events for which GitHub treats Dependabot as it treats a fork. */
const dependabotEvents: readonly string[] = [
  "pull_request",
  "pull_request_review",
  "pull_request_review_comment",
  "pull_request_target",
  "push",
  "create",
  "deployment",
  "deployment_status",
];

function pullRequestIn(event: string, payload: unknown): number | undefined {
  if (isPullRequestEvent(event)) return countIn(payload, "pull_request", "number");
  if (event !== "issue_comment") return undefined;
  const isOfPull = member(member(payload, "issue"), "pull_request") !== undefined;
  return isOfPull ? countIn(payload, "issue", "number") : undefined;
}

/** As in `refs/heads/gh-readonly-queue/main/pr-104-0123abcd`. */
function queuedPullRequest(payload: unknown, env: EventSource["env"]): number | undefined {
  const ref = textIn(payload, "merge_group", "head_ref") ?? env["GITHUB_REF"] ?? "";
  return whole(/\/pr-(\d{1,10})-[0-9a-f]+$/.exec(ref)?.[1]);
}

const defined = <T extends object>(value: T) =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };

/** Reads event and environment into one clean value. Never throws, whatever the payload holds. */
export function readEvent({ name, payload, env }: EventSource): Circumstances {
  const event = /^\w{1,60}$/.test(name ?? "") ? (name ?? "") : "";
  const repository = repositoryOf(env["GITHUB_REPOSITORY"]);
  const serverUrl = addressOf(env["GITHUB_SERVER_URL"]) ?? "https://github.com";
  const run = runOf(env);
  const isMergeGroup = event === "merge_group";
  const pullRequest = isMergeGroup ? queuedPullRequest(payload, env) : pullRequestIn(event, payload);
  const isPull = isPullRequestEvent(event);
  const endedRun = event === "workflow_run" ? endedRunIn(payload, env["GITHUB_REPOSITORY"]) : undefined;
  const head = isPull
    ? shaIn(payload, "pull_request", "head", "sha")
    : endedRun?.doubts.length === 0
      ? endedRun.headSha
      : undefined;
  const home = repository === undefined ? undefined : `${serverUrl}/${repository.owner}/${repository.name}`;
  const isRun = home !== undefined && /^\d+$/.test(run.id);
  return {
    event,
    run,
    mergeGroup: isMergeGroup,
    fork: isPull && isForeign(payload),
    dependabot: dependabotEvents.includes(event) && env["GITHUB_ACTOR"] === "dependabot[bot]",
    serverUrl,
    apiUrl: addressOf(env["GITHUB_API_URL"]) ?? "https://api.github.com",
    links: defined({
      repository: home,
      run: isRun ? `${home}/actions/runs/${run.id}/attempts/${run.attempt}` : undefined,
      pullRequest: home !== undefined && pullRequest !== undefined ? `${home}/pull/${pullRequest}` : undefined,
    }),
    ...defined({
      repository,
      revision: head ?? shaIn(env, "GITHUB_SHA"),
      pullRequest,
      endedRun,
      graphqlUrl: addressOf(env["GITHUB_GRAPHQL_URL"]),
    }),
  };
}
