import type { Progress } from "../ports/reporter.ts";
import type { ReporterContext } from "./reporter-context.ts";
import { recordOf } from "./status-text.ts";

/** The rollout that a report on GitHub is about. It is not always the one on the route: an older run tells its own end. */
export type ReportScope = {
  readonly rollout: string;
  readonly revision: string;
  readonly pullRequest: number | undefined;
  /** The repository that the record names, where the subject is the record's. */
  readonly repository: string | undefined;
};

const otherEnds: readonly string[] = ["superseded", "refused", "drifted", "cancelled", "failed", "none"];

/** Which rollout a `run` is about: its own, or the record's where it goes on with it under the same plan. */
function isAboutRecord(progress: Progress): boolean {
  const { plan, command } = progress;
  const record = recordOf(progress);
  if (record === undefined) return false;
  if (command !== "run" || plan === undefined || record.rollout === plan.rollout) return true;
  const isOver = record.status === "promoted" || record.status === "rolled-back";
  if (wrote(progress)) return true;
  return record.planDigest === plan.digest && !isOver && !otherEnds.includes(progress.outcome?.name ?? "");
}

/** Whether this run has written to the route. */
export const wrote = (progress: Progress): boolean =>
  progress.kind === "commit" || progress.timeline?.some((moment) => moment.committed) === true;

/** What reads only, and what found nothing to do, has nothing to tell beyond the log. */
function isWorthTelling(progress: Progress): boolean {
  if (progress.command === "status" || progress.command === "preflight") return false;
  // A command that was refused has changed nothing of the rollout, which goes on under whoever drives it.
  if (progress.command !== "run" && progress.outcome?.name === "refused") return false;
  if (progress.command === "run" || wrote(progress)) return true;
  // The route may carry another rollout by now, of which post has nothing to say.
  if (progress.isAfterMain === true) return progress.outcome !== undefined && progress.outcome.name !== "none";
  return progress.outcome !== undefined && progress.outcome.exitCode !== 0;
}

/** Undefined where nothing is to be told: then what stands on GitHub stays as it is. */
export function subjectOf(progress: Progress, means: ReporterContext): ReportScope | undefined {
  const { plan } = progress;
  const record = recordOf(progress);
  if (record === undefined || !isWorthTelling(progress)) return undefined;
  if (progress.outcome?.name === "superseded" && plan !== undefined && plan.rollout !== record.rollout) {
    return { rollout: plan.rollout, revision: plan.revision, pullRequest: means.pullRequest, repository: undefined };
  }
  if (!isAboutRecord(progress)) return undefined;
  // A run by hand was started on some commit; only the run that brought the revision knows its pull request.
  const found = plan?.rollout === record.rollout ? means.pullRequest : undefined;
  return {
    rollout: record.rollout,
    revision: record.revision,
    pullRequest: record.pullRequest ?? found,
    repository: record.repository,
  };
}

/** The record may name any repository; only the one that this run belongs to is written to. */
export function isElsewhere(subject: ReportScope, means: ReporterContext): boolean {
  if (subject.repository === undefined || subject.repository === "" || means.repository === undefined) return false;
  const ours = `${means.repository.owner}/${means.repository.name}`;
  return subject.repository.toLowerCase() !== ours.toLowerCase();
}
