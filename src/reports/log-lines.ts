import { routeTitles } from "../base/kube-object.ts";
import { sameReason } from "../base/reasons/index.ts";
import type { Progress } from "../ports/reporter.ts";
import { forLog, sentence } from "../text/escape.ts";
import { duration, percent } from "../text/format.ts";
import { textOf } from "../text/index.ts";
import { names, phaseWords, recordOf, turnLine } from "./status-text.ts";
import { nextWords } from "./what-happens-next.ts";

/** The lines of a log, turn by turn: each turn has one, and what the turn before has said already is not said again. */
type LogLines = {
  /** What will happen, in one line, before anything does. Undefined where the first word is the last. */
  opening(progress: Progress): string | undefined;
  /** What became of the phase that this turn has left. It still belongs to that phase. */
  left(progress: Progress): string | undefined;
  /** The turn itself; undefined for the last one. */
  turn(progress: Progress): string | undefined;
};

const intents: Readonly<Record<string, string>> = {
  promote: "Sluice ends the wait of the present phase with a yes",
  pause: "Sluice stops the rollout where it stands, and leaves the weights",
  resume: "Sluice goes on with the rollout after its pause",
  rollback: "Sluice takes the traffic back to the weights from before the rollout",
  sweep: "Sluice takes back what nobody drives any more, and raises nothing",
  status: "Sluice looks at the rollout and writes nothing",
  preflight: "Sluice checks everything and writes nothing",
};

/** What a run sets out to do, before it has done any of it. */
export function intentLine(progress: Progress): string {
  const { plan, command } = progress;
  const routes = routeTitles(plan?.target.routes ?? progress.routes);
  const intent = intents[command];
  if (intent !== undefined || plan === undefined)
    return `${intent ?? "Sluice drives the rollout"}: ${forLog(routes, 300)}`;
  const { canary } = names(progress);
  const state = recordOf(progress);
  const goesOn = progress.kind !== "commit" && state?.rollout === plan.rollout;
  const does = goesOn ? `goes on in ${phaseWords(progress)} with moving` : "moves";
  return `Sluice ${does} ${forLog(routes, 300)} to ${forLog(canary, 60)}: ${scheduleWords(plan)}. ${watchWords(plan)}`;
}

export const scheduleWords = ({ phases }: NonNullable<Progress["plan"]>): string =>
  phases
    .map(
      ({ weight, holdMs, thenPause }) =>
        `${percent(weight)} for ${duration(holdMs)}${thenPause ? ", then a person" : ""}`,
    )
    .join(", ");

/** On what it goes by, and what takes the traffic back. */
function watchWords({ metrics, compare, checks }: NonNullable<Progress["plan"]>): string {
  if (metrics === undefined) return "Nothing is measured: each phase passes by time alone.";
  const limits = checks.map(({ name }) => forLog(name, 40)).join(", ");
  const both = compare === "off" ? "" : "a canary that is worse than stable";
  const outside = limits === "" ? "" : `a value outside the limits of ${limits}`;
  const what = [both, outside].filter((word) => word !== "").join(", or ");
  return what === "" ? "Nothing is judged: each phase passes by time alone." : `The traffic goes back for ${what}.`;
}

/** This run or another has entered a higher phase of the same rollout. */
const isRaise = (progress: Progress, before: Progress | undefined): boolean => {
  const [now, then] = [progress.state, before?.state];
  if (progress.outcome !== undefined || now === undefined || then === undefined) return false;
  return now.rollout === then.rollout && now.status === "progressing" && now.phase > then.phase;
};

/** Why the phase was left: what the record says of it, else what was decided. */
function leftLine(progress: Progress, before: Progress): string {
  const [now, then] = [progress.state, before.state];
  const [entered, until] = [then?.entered.at(-1), now?.entered.at(-1)];
  const after = entered === undefined || until === undefined ? "" : ` after ${duration(until - entered)}`;
  const how = { pass: "passed", person: "was ended by a person", waiver: "was left without proof" };
  const word = now?.grounds?.phase === then?.phase ? how[now?.grounds?.kind ?? "pass"] : "passed";
  const phase = phaseWords(before);
  return `${phase.charAt(0).toUpperCase()}${phase.slice(1)} ${word}${after}: ${sentence(forLog(textOf((now ?? progress).reason), 600))}`;
}

export function turnsOf(): LogLines {
  let before: Progress | undefined;
  let saidWaitMs: number | undefined;

  return {
    opening: (progress) => (before === undefined && progress.outcome === undefined ? intentLine(progress) : undefined),
    left: (progress) => (before !== undefined && isRaise(progress, before) ? leftLine(progress, before) : undefined),
    turn(progress) {
      const { outcome, kind, waitMs } = progress;
      const last = before;
      before = progress.state === undefined ? (before ?? progress) : progress;
      // The closing lines say how it ended, and why.
      if (outcome !== undefined) return undefined;
      const said = kind === "commit" && isRaise(progress, last) ? nextWords(progress) : undefined;
      const isSame = last !== undefined && kind === "wait" && sameReason(last.reason, progress.reason);
      const because = said ?? (isSame ? "as before" : textOf(progress.reason));
      const { waitMs: _, ...rest } = progress;
      // The pace is news only where it changes.
      const isPaced = kind === "wait" && waitMs !== undefined && waitMs !== saidWaitMs;
      if (isPaced) saidWaitMs = waitMs;
      return turnLine({ ...rest, ...(isPaced ? { waitMs } : {}) }, because);
    },
  };
}
