import { idOf, member, textOf } from "../base/read-fields.ts";
import type { Millis } from "../base/units.ts";
import type { GitHub, GitHubError } from "../ports/github.ts";
import type { Progress } from "../ports/reporter.ts";
import { asLine } from "../text/escape.ts";
import { comment, marker, news, newsMarker } from "./comment.ts";
import { type GitHubCircuitBreaker, gitHubCircuitBreaker } from "./github-circuit-breaker.ts";
import { isElsewhere, subjectOf, wrote } from "./reported-rollout.ts";
import { type MakeReporter, type ReporterContext, type Repository, scrubbed } from "./reporter-context.ts";
import { stands } from "./status-text.ts";
import { warningLine } from "./workflow-annotations.ts";

/** Unless something happened, the comment is edited no more often than this: a repository has 500 writes an hour. */
export const paceMs: Millis = 30_000;

type Comment = { readonly id: number; readonly url: string | undefined; readonly body: string };

function commentOf(value: unknown): Comment | undefined {
  const id = idOf(member(value, "id"));
  return id === undefined
    ? undefined
    : { id, url: textOf(member(value, "html_url")), body: textOf(member(value, "body")) ?? "" };
}

/** GraphQL names an app's token `slug[bot]` or, on older servers, `slug`. Only the app itself can be that bot. */
function isBy(login: string, value: unknown): boolean {
  const user = member(value, "user");
  const name = member(user, "login");
  return name === login || (member(user, "type") === "Bot" && name === `${login}[bot]`);
}

/** The pull request whose comments are read and written. */
type Thread = { readonly repository: Repository; readonly number: number };
type Found = { readonly kind: "ok"; readonly comments: readonly Comment[] } | GitHubError;
type Put = { readonly kind: "ok"; readonly comment: Comment | undefined } | GitHubError;

const place = ({ owner, name }: Repository) => ({ owner, repo: name });

/** Ours is what begins with the mark and was written by our token: a mark alone anybody can forge. Oldest first. */
async function find(github: GitHub, thread: Thread, mark: string, signal: AbortSignal): Promise<Found> {
  const viewer = await github.viewer(signal);
  if (viewer.kind === "failed") return viewer;
  const route = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";
  const listed = await github.list(route, { ...place(thread.repository), issue_number: thread.number }, { signal });
  if (listed.kind === "failed") return listed;
  const comments = listed.items
    .filter((item) => isBy(viewer.login, item))
    .map(commentOf)
    .filter((item) => item?.body.startsWith(mark) === true)
    .filter((item) => item !== undefined);
  return { kind: "ok", comments: comments.toSorted((one, other) => one.id - other.id) };
}

async function create(github: GitHub, thread: Thread, body: string, signal: AbortSignal): Promise<Put> {
  const route = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
  const parameters = { ...place(thread.repository), issue_number: thread.number, body };
  const answer = await github.ask(route, parameters, { creates: true, signal });
  return answer.kind === "failed" ? answer : { kind: "ok", comment: commentOf(answer.data) };
}

/** Edits the first comment that can be edited; where all are gone, or not ours to edit, a new one is written. */
async function put(
  github: GitHub,
  thread: Thread,
  known: readonly Comment[],
  body: string,
  signal: AbortSignal,
): Promise<Put> {
  const [first, ...others] = known;
  if (first === undefined) return create(github, thread, body, signal);
  if (first.body === body) return { kind: "ok", comment: first };
  const route = "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}";
  const answer = await github.ask(route, { ...place(thread.repository), comment_id: first.id, body }, { signal });
  if (answer.kind === "ok") return { kind: "ok", comment: { ...first, body } };
  const isLost = answer.limitedMs === undefined && [403, 404, 410].includes(answer.status ?? 0);
  return isLost && !signal.aborted ? put(github, thread, others, body, signal) : answer;
}

/** Two runs of one rollout may have written the first comment at once: the oldest stays, and both keep to it. */
async function keepOldest(
  github: GitHub,
  thread: Thread,
  mark: string,
  made: Comment,
  signal: AbortSignal,
): Promise<Comment> {
  const found = await find(github, thread, mark, signal);
  if (found.kind === "failed") return made;
  const [oldest = made, ...others] = found.comments;
  for (const other of others) {
    if (signal.aborted || other.id !== made.id) continue;
    const route = "DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}";
    await github.ask(route, { ...place(thread.repository), comment_id: other.id }, { signal });
  }
  return oldest;
}

/** A rollback that a person asked for is no news to anyone. */
function isUnaskedRollback(progress: Progress): boolean {
  const { outcome } = progress;
  if (outcome?.name !== "rolled-back" || progress.state?.status !== "rolled-back") return false;
  return outcome.exitCode !== 0 || (progress.command === "sweep" && wrote(progress));
}

/** What is remembered of one thread: the comment with its text, whether the news was told, and when it was last looked at. */
type Memory = { key: string; known: readonly Comment[]; news: boolean; about?: string; at: Millis };

export const pullRequestReporter: MakeReporter = (means: ReporterContext) => {
  const { github, repository, clock } = means;
  if (github === undefined || repository === undefined) return undefined;
  const log = (line: string) => means.write(asLine(scrubbed(means, line)));
  const channel: GitHubCircuitBreaker = gitHubCircuitBreaker({
    what: "The comment on the pull request",
    permission: "pull-requests: write",
    clock,
    log,
    warn: (line) => means.write(scrubbed(means, warningLine(means.inAction, line))),
  });
  let memory: Memory = { key: "", known: [], news: false, at: Number.NEGATIVE_INFINITY };
  let noticed = false;

  function notice(text: string): undefined {
    if (!noticed) log(text);
    noticed = true;
    return undefined;
  }

  function threadOf(progress: Progress) {
    const subject = subjectOf(progress, means);
    if (subject === undefined) return undefined;
    if (isElsewhere(subject, means)) {
      return notice(
        `The record names the repository ${subject.repository}; its pull request is not written to from here.`,
      );
    }
    if (subject.pullRequest === undefined) {
      return notice("No pull request belongs to this commit: the log, the summary and the outputs carry the report.");
    }
    return { rollout: subject.rollout, thread: { repository: repository as Repository, number: subject.pullRequest } };
  }

  /** Something happened, or enough time has gone by. */
  function isDue(progress: Progress): boolean {
    // One turn that saw nothing is no event: the next one may see again.
    const isBlind = progress.kind === "trouble" && memory.about !== undefined;
    const about = isBlind ? memory.about : `${progress.state?.phase}/${progress.state?.status}/${stands(progress)}`;
    if (about === memory.about && clock.now() - memory.at < paceMs) return false;
    memory = { ...memory, ...(about === undefined ? {} : { about }), at: clock.now() };
    return true;
  }

  async function update(thread: Thread, rollout: string, progress: Progress, signal: AbortSignal): Promise<void> {
    const text = scrubbed(means, comment(progress, rollout));
    if (!isDue(progress)) return;
    const mark = marker(rollout, progress.routes);
    if (memory.known.length === 0) {
      const found = await find(github as GitHub, thread, mark, signal);
      if (signal.aborted) return;
      if (found.kind === "failed") return channel.failed(found);
      memory.known = found.comments;
    }
    const isFirst = memory.known.length === 0;
    const told = await put(github as GitHub, thread, memory.known, text, signal);
    if (signal.aborted) return;
    if (told.kind === "failed") return channel.failed(told);
    // An answer without an id says nothing of what became of the comment: the next update looks for the mark.
    memory.known = told.comment === undefined ? [] : [told.comment];
    if (told.comment === undefined) return;
    if (isFirst) memory.known = [await keepOldest(github as GitHub, thread, mark, told.comment, signal)];
  }

  async function tellNews(thread: Thread, rollout: string, progress: Progress, signal: AbortSignal): Promise<void> {
    if (memory.news || !isUnaskedRollback(progress) || !channel.isOpen()) return;
    const found = await find(github as GitHub, thread, newsMarker(rollout, progress.routes), signal);
    if (signal.aborted) return;
    if (found.kind === "failed") return channel.failed(found);
    if (found.comments.length === 0) {
      const text = scrubbed(means, news(progress, rollout, memory.known[0]?.url));
      const told = await create(github as GitHub, thread, text, signal);
      if (told.kind === "failed") return signal.aborted ? undefined : channel.failed(told);
    }
    memory.news = true;
  }

  return {
    name: "pull-request",
    async tell(progress, signal) {
      const about = threadOf(progress);
      if (about === undefined || !channel.isOpen()) return;
      const { rollout, thread } = about;
      const key = `${thread.number}/${rollout}`;
      if (memory.key !== key) memory = { key, known: [], news: false, at: Number.NEGATIVE_INFINITY };
      await update(thread, rollout, progress, signal);
      if (!signal.aborted) await tellNews(thread, rollout, progress, signal);
    },
  };
};
