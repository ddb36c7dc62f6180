import type { Millis, Percent } from "../base/units.ts";
import type { Progress } from "../ports/reporter.ts";
import type { PromotionBasis, State } from "../rollout/rollout-state.ts";
import { duration, ofHold } from "../text/format.ts";
import { textOf } from "../text/index.ts";
import { isUnknown, recordOf, verdictWord } from "./status-text.ts";

/** One phase as a reader of the table sees it. What is not known yet is absent. */
export type PhaseRow = {
  readonly phase: number;
  readonly weight?: Percent;
  readonly current: boolean;
  readonly enteredAt?: Millis;
  readonly held: string;
  readonly verdict: string;
  readonly because?: string;
};

/** A schedule has at most this many phases; a record that claims more is not drawn in full. */
const mostRows = 20;

const left: Readonly<Record<PromotionBasis["kind"], string>> = {
  pass: "passed",
  person: "passed by a person",
  waiver: "passed without proof",
};

/** Why phase `phase` was left upwards: the note of the step into the next one says it. */
function whyLeft(state: State, phase: number): { verdict: string; because?: string } {
  const grounds = state.grounds?.phase === phase ? state.grounds : undefined;
  const why = (grounds ?? state.notes.find((note) => note.phase === phase + 1))?.reason;
  return {
    verdict: grounds === undefined ? "passed" : left[grounds.kind],
    ...(why === undefined ? {} : { because: textOf(why) }),
  };
}

function whereItStands(progress: Progress, state: State): { verdict: string; because?: string } {
  switch (state.status) {
    case "promoted":
      return whyLeft(state, state.phase);
    case "rolled-back":
      return { verdict: "rolled back", because: textOf(state.reason) };
    case "held":
      return { verdict: "failed, held", because: textOf(state.reason) };
    case "paused":
      return { verdict: "paused", because: textOf(state.reason) };
    case "progressing": {
      const unseen = isUnknown(progress) || progress.outcome?.name === "drifted";
      if (unseen) return { verdict: "unknown", because: textOf(progress.reason) };
      // Right after a step the verdict still speaks of the phase that was left.
      const entered = progress.kind === "commit";
      const word = entered ? "none" : verdictWord(progress);
      return { verdict: word === "none" ? "watching" : word, ...(entered ? {} : { because: textOf(progress.reason) }) };
    }
  }
}

function weightOf(progress: Progress, state: State, phase: number): Percent | undefined {
  const planned = progress.plan?.phases[phase - 1]?.weight;
  if (planned !== undefined) return planned;
  if (phase === state.phase && state.status !== "rolled-back") return state.weight;
  return state.notes.find((note) => note.phase === phase && note.status !== "rolled-back")?.weight;
}

function heldFor(progress: Progress, state: State, phase: number): string {
  const planned = progress.plan?.phases[phase - 1];
  const entered = state.entered[phase - 1];
  if (entered === undefined) {
    if (planned === undefined) return "–";
    return `${duration(planned.holdMs)} planned${planned.thenPause ? ", then a person" : ""}`;
  }
  const ended = state.status === "promoted" || state.status === "rolled-back" ? state.endedAt : undefined;
  const until = state.entered[phase] ?? ended ?? progress.at;
  if (until === undefined) return "–";
  const heldMs = Math.max(0, until - entered);
  const isWatched = phase === state.phase && state.status === "progressing";
  return isWatched && planned !== undefined ? ofHold(heldMs, planned.holdMs) : duration(heldMs);
}

/** The phases of the schedule with what became of each. Without a plan, as in a sweep, those that were entered. */
export function phaseRows(progress: Progress): readonly PhaseRow[] {
  const state = recordOf(progress);
  if (state === undefined) return [];
  const count = Math.min(mostRows, Math.max(progress.plan?.phases.length ?? 0, state.entered.length, state.phase));
  return Array.from({ length: count }, (_, at): PhaseRow => {
    const phase = at + 1;
    const weight = weightOf(progress, state, phase);
    const enteredAt = state.entered[at];
    const told =
      phase < state.phase
        ? whyLeft(state, phase)
        : phase === state.phase
          ? whereItStands(progress, state)
          : { verdict: "–" };
    return {
      phase,
      ...(weight === undefined ? {} : { weight }),
      current: phase === state.phase,
      ...(enteredAt === undefined ? {} : { enteredAt }),
      held: heldFor(progress, state, phase),
      ...told,
    };
  });
}
