import { type Reason, reason } from "../base/reasons/index.ts";
import type { GitHub } from "../ports/github.ts";
import { countIn, shaIn, textIn } from "./payload-fields.ts";
import type { Circumstances } from "./workflow-event.ts";

export type TellReason = (reason: Reason) => void;

/** The one that is open, else the one that was merged as this very commit, else the newest. */
function chosen(pulls: readonly unknown[], sha: string): number | undefined {
  const newestFirst = pulls.toSorted((one, other) => (countIn(other, "number") ?? 0) - (countIn(one, "number") ?? 0));
  const open = newestFirst.filter((pull) => textIn(pull, "state") === "open");
  const pull =
    open.find((candidate) => shaIn(candidate, "head", "sha") === sha) ??
    open[0] ??
    newestFirst.find((candidate) => shaIn(candidate, "merge_commit_sha") === sha) ??
    newestFirst[0];
  return countIn(pull, "number");
}

/**
 * The pull request to report to: the one that was named, the event's own, or the one that the commit belongs to. None is
 * no failure, and nothing is said about it.
 */
export async function findPullRequest(
  github: GitHub | undefined,
  circumstances: Circumstances,
  asked: number | undefined,
  tell: TellReason,
): Promise<number | undefined> {
  const known = asked ?? circumstances.pullRequest;
  const { repository } = circumstances;
  const sha = circumstances.endedRun?.headSha ?? circumstances.revision;
  if (known !== undefined || github === undefined || repository === undefined || sha === undefined) return known;
  const answer = await github.ask("GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls", {
    owner: repository.owner,
    repo: repository.name,
    commit_sha: sha,
    per_page: 100,
  });
  if (answer.kind === "ok") return Array.isArray(answer.data) ? chosen(answer.data, sha) : undefined;
  // A commit that GitHub does not know belongs to no pull request.
  const isUnknownCommit = answer.status === 404 || answer.status === 409 || answer.status === 422;
  if (!isUnknownCommit) tell(reason("pull-request-unknown", { cause: answer.reason }));
  return undefined;
}
