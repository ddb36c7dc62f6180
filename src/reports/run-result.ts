import { routeTitle } from "../base/kube-object.ts";
import type { Reason } from "../base/reasons/index.ts";
import type { Progress, TimelineEntry } from "../ports/reporter.ts";
import { forLog } from "../text/escape.ts";
import { textOf } from "../text/index.ts";
import { recordOf, verdictWord } from "./status-text.ts";

/** The outputs of the step, all as text. What nobody knows is empty. */
type Outputs = {
  readonly outcome: string;
  readonly weight: string;
  readonly phase: string;
  readonly reason: string;
  readonly "reason-code": string;
  readonly rollout: string;
  readonly report: string;
  readonly "result-json": string;
};

const secondsBetween = (from: number | undefined, to: number | undefined): number | null =>
  from === undefined || to === undefined ? null : Math.max(0, Math.round((to - from) / 1000));

/** Why, for people and for programs. */
const toldReason = (reason: Reason) => ({
  reason: forLog(textOf(reason), 2000),
  reasonCode: reason.code,
  reasonData: reason.data,
});

/** The same keys as `rehearse --json`. Times are seconds since the rollout began, by the cluster's clock. */
export function resultOf(progress: Progress, timeline: readonly TimelineEntry[] = progress.timeline ?? []) {
  const record = recordOf(progress);
  const begin = record?.startedAt ?? timeline.find((moment) => moment.at !== undefined)?.at;
  const { outcome } = progress;
  return {
    outcome: outcome?.name ?? "in-progress",
    weight: outcome === undefined ? (progress.state?.weight ?? null) : (outcome.weight ?? null),
    phase: outcome?.phase ?? progress.state?.phase ?? null,
    ...toldReason((outcome ?? progress).reason),
    seconds: secondsBetween(begin, progress.at),
    /** Only a rehearsal can count them. */
    badRequests: null,
    timeline: timeline.map(({ at, phase, weight, verdict, reason }) => ({
      at: secondsBetween(begin, at),
      phase,
      weight,
      verdict,
      because: forLog(textOf(reason), 300),
    })),
    rollout: record?.rollout ?? progress.plan?.rollout ?? null,
    ...routesOf(progress),
    checks: checksOf(progress),
    verdict: verdictOf(progress),
    /** Everything that the verdict was made of: `replay` makes it again. */
    numbers: progress.judged?.numbers ?? null,
  };
}

/** Of several routes that move together the first holds the record. */
function routesOf({ routes }: Progress): { readonly routes?: readonly string[] } {
  return routes.length < 2 ? {} : { routes: routes.map(routeTitle) };
}

/** One turn of a run that goes on: what its result will be told from, as far as it is known. Never an `outcome`. */
export function turnResult(progress: Progress) {
  const record = recordOf(progress);
  const { state, waitMs } = progress;
  return {
    turn: progress.kind,
    at: secondsBetween(record?.startedAt, progress.at),
    status: state?.status ?? null,
    weight: state?.weight ?? null,
    phase: state?.phase ?? null,
    verdict: verdictWord(progress),
    ...toldReason(progress.reason),
    nextTurn: waitMs === undefined ? null : Math.round(waitMs / 1000),
    rollout: record?.rollout ?? progress.plan?.rollout ?? null,
    checks: checksOf(progress),
    evidence: progress.judged?.numbers?.evidence ?? null,
    health: progress.health ?? null,
  };
}

/** A reason as JSON has it: in words, and what they were made of. */
const inJson = (one: Reason) => ({ reason: textOf(one), reasonCode: one.code, reasonData: one.data });

const checksOf = ({ judged }: Progress) =>
  (judged?.checks ?? []).map(({ reason, ...check }) => ({ ...check, ...inJson(reason) }));

function verdictOf(progress: Progress) {
  const { judged } = progress;
  if (judged === undefined) return null;
  const { numbers: _, reason, caveats, ...verdict } = judged;
  const noted = caveats === undefined ? {} : { caveats: caveats.map(inJson) };
  return { ...verdict, ...inJson(reason), checks: checksOf(progress), ...noted };
}

/** GitHub takes a megabyte for the outputs of a job; of what is longer it keeps nothing. */
const longestResult = 900_000;

/** A result that is too long goes without its numbers; `--json` on the command line has them in full. */
function short(result: ReturnType<typeof resultOf>): string {
  const text = JSON.stringify(result);
  return text.length <= longestResult ? text : JSON.stringify({ ...result, numbers: null });
}

const word = (value: string | number | null): string => (value === null ? "" : String(value));

export function outputsOf(progress: Progress, timeline?: readonly TimelineEntry[]): Outputs {
  const result = resultOf(progress, timeline);
  return {
    outcome: result.outcome,
    weight: word(result.weight),
    phase: word(result.phase),
    reason: result.reason,
    "reason-code": result.reasonCode,
    rollout: word(result.rollout),
    report: progress.report ?? "",
    "result-json": short(result),
  };
}
