import { type Reason, reason } from "../base/reasons/index.ts";
import type { Millis, Percent } from "../base/units.ts";
import { inheritedRules } from "./inherited-rules.ts";
import type { Observation, Selection } from "./observation.ts";
import type { Phase, Plan } from "./plan.ts";
import type { Note, PauseCause, PromotionBasis, RunId, State } from "./rollout-state.ts";
import type { RunRequest } from "./run-request.ts";
import { drives, sameRun } from "./run-request.ts";
import { placeOf } from "./same-destination.ts";

/** Every legal step from one record to the next. Who may take which is decided elsewhere; here stands only what follows. */

const dayMs = 24 * 60 * 60_000;
/** The longest that an approval may wait. */
export const pauseLimitMs = 30 * dayMs;
/** A live run settles a phase at its max-hold; others wait this much longer before they act. */
const graceMs = 5 * 60_000;
const turnsGraceMs = 6 * 60 * 60_000;
const runsKept = 20;
const notesKept = 24;
const revisionsKept = 8;

/** When watching starts: the patch may land late, and proxies take a while. `agreedAt`: when the last of several routes showed the weight. */
export const watchOf = (plan: Plan, state: State, agreedAt?: Millis): Millis =>
  (agreedAt ?? state.entered.at(-1) ?? state.startedAt) + plan.policy.allowanceMs + plan.policy.settleMs;

/** What max-hold, deadline and the counts of checks run from: a pause that was left begins them anew. */
export const countedFrom = (plan: Plan, state: State, agreedAt?: Millis): Millis =>
  Math.max(watchOf(plan, state, agreedAt), state.watchedFrom ?? 0);

export const phaseOf = (plan: Plan, state: State): Phase | undefined => plan.phases[state.phase - 1];

function deadlineFor(asked: RunRequest, phase: Phase, fromMs: Millis): Millis {
  return fromMs + phase.maxHoldMs + (asked.turns === undefined ? graceMs : turnsGraceMs);
}

export function withRun(runs: readonly RunId[], run: RunId): readonly RunId[] {
  return [...runs.filter((known) => !sameRun(known, run)), run].slice(-runsKept);
}

const withRevision = (revisions: readonly string[], revision: string): readonly string[] =>
  [...revisions.filter((known) => known !== revision), revision].slice(-revisionsKept);

type Noted = Omit<State, "notes" | "reason"> & { readonly status: State["status"] };

/** What every status has: neither the cause of a pause nor the time of an end outlives it. */
function shared(state: State): Omit<State, "status"> {
  const { cause: _, endedAt: __, ...rest } = { cause: undefined, endedAt: undefined, ...state };
  return rest;
}

/** Writes down why, where the decision was made. */
function noted<S extends Noted>(
  state: S,
  notes: readonly Note[],
  at: Millis,
  why: Reason,
): S & { notes: readonly Note[]; reason: Reason } {
  const note: Note = { at, phase: state.phase, weight: state.weight, status: state.status, reason: why };
  return { ...state, reason: why, notes: [...notes, note].slice(-notesKept) };
}

type Begin = {
  readonly plan: Plan;
  readonly asked: RunRequest;
  readonly seen: Observation;
  readonly selection: Selection;
  readonly now: Millis;
};

/** The first phase of a rollout; `before` is the record that stands there now, `takeOver` when it is unfinished. */
export function begun(
  { plan, asked, seen, selection, now }: Begin,
  before: State | undefined,
  takeOver: boolean,
): State {
  const phase = plan.phases[0] ?? { weight: 100, holdMs: 0, maxHoldMs: 0, thenPause: false };
  const again = before?.rollout === plan.rollout ? before : undefined;
  // Whoever took part in an end of this very rollout keeps that end; whoever took part in another's is superseded.
  const others = before === undefined ? [] : (again?.superseded ?? [...before.superseded, ...before.tookPart]);
  const watchMs = now + plan.policy.allowanceMs + plan.policy.settleMs;
  const { created } = selection;
  const flux = (takeOver ? before?.flux : undefined) ?? selection.flux;
  const added = created === undefined ? {} : { canary: selection.canary, addedTo: created };
  const why =
    takeOver && before !== undefined
      ? reason("taken-over", { rollout: before.rollout, weight: before.weight, ...added })
      : reason("rollout-started", added);
  return noted(
    {
      status: "progressing",
      rollout: plan.rollout,
      planDigest: plan.digest,
      revision: plan.revision,
      repository: asked.repository,
      pullRequest: asked.pullRequest,
      startedAt: asked.startedAt ?? now,
      uid: seen.uid,
      stable: selection.stable,
      canary: selection.canary,
      rules: takeOver && before !== undefined ? inheritedRules(selection.rules, before.rules) : selection.rules,
      ...followersOf(selection),
      total: totalFor(plan, selection),
      ...(plan.target.others === undefined ? {} : { others: plan.target.others }),
      ...(created === undefined ? {} : { created: true }),
      ...(flux === undefined ? {} : { flux }),
      weight: phase.weight,
      phase: 1,
      entered: [now],
      watchedFrom: null,
      deadline: deadlineFor(asked, phase, watchMs),
      onCancel: plan.policy.onCancel,
      by: driver(asked),
      tookPart: withRun(again?.tookPart ?? [], asked.me),
      superseded: others.filter((run) => !sameRun(run, asked.me)).reduce(withRun, [] as readonly RunId[]),
      revisions: withRevision(before?.revisions ?? [], plan.revision),
      grounds: null,
      further: before?.further ?? {},
      frozen: seen.frozen ?? null,
    },
    [],
    now,
    why,
  );
}

function followersOf({ followers }: Selection): Pick<State, "followers"> {
  if (followers === undefined || followers.length === 0) return {};
  return { followers: followers.map(({ follower }) => follower) };
}

/** Whole percents where they will do: small numbers are what people expect to read in a route. */
export const totalFor = (plan: Plan, { total, fineTotal }: Selection): number =>
  plan.phases.every(({ weight }) => Number.isInteger(weight)) ? total : (fineTotal ?? total);

/** A run with a number of turns drives for a moment only, so it does not sign as the driver. */
const driver = (asked: RunRequest): RunId | null => (asked.turns === undefined ? asked.me : null);

/** A run that joins signs the record, in a patch of the record alone. */
export const joined = (asked: RunRequest, state: State): State => ({
  ...state,
  by: driver(asked),
  tookPart: withRun(state.tookPart, asked.me),
});

const signed = (asked: RunRequest, state: State, isDriver: boolean) => ({
  by: isDriver ? driver(asked) : null,
  tookPart: withRun(state.tookPart, asked.me),
});

/** Enters the next phase on the grounds given; from the last phase it becomes a promotion. */
export function advanced(
  plan: Plan,
  asked: RunRequest,
  state: State,
  grounds: PromotionBasis,
  now: Millis,
  isDriver: boolean,
): State {
  const next = plan.phases[state.phase];
  const common = { ...shared(state), ...signed(asked, state, isDriver), grounds };
  if (next === undefined)
    return noted({ ...common, status: "promoted", endedAt: now }, state.notes, now, grounds.reason);
  const watchMs = now + plan.policy.allowanceMs + plan.policy.settleMs;
  return noted(
    {
      ...common,
      status: "progressing",
      phase: state.phase + 1,
      weight: next.weight,
      entered: [...state.entered, now],
      watchedFrom: null,
      deadline: deadlineFor(asked, next, watchMs),
    },
    state.notes,
    now,
    grounds.reason,
  );
}

export function paused(
  asked: RunRequest,
  state: State,
  cause: PauseCause,
  why: Reason,
  now: Millis,
  grounds: PromotionBasis | null,
): State {
  return noted(
    {
      ...shared(state),
      ...signed(asked, state, drives(asked)),
      status: "paused",
      cause,
      grounds: grounds ?? state.grounds,
      deadline: now + pauseLimitMs,
    },
    state.notes,
    now,
    why,
  );
}

/** A pause is left for the same phase: its hold does not start again, its max-hold and its checks do. */
export function resumed(plan: Plan, asked: RunRequest, state: State, why: Reason, now: Millis): State {
  const phase = phaseOf(plan, state);
  const from = Math.max(watchOf(plan, state), now);
  const deadline = phase === undefined ? now : deadlineFor(asked, phase, from);
  return noted(
    { ...shared(state), ...signed(asked, state, true), status: "progressing", watchedFrom: now, deadline },
    state.notes,
    now,
    why,
  );
}

/** The share that the canary had before the rollout, and has again after a rollback. */
export function homeShare(state: State): Percent {
  const rule = state.rules.find((candidate) => !candidate.atHome);
  if (rule === undefined) return 0;
  const weights = rule.home.map((weight) => weight ?? 0);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const canary = weights[placeOf(rule.destinations, state.canary)] ?? 0;
  return sum === 0 ? 0 : Math.round((canary / sum) * 1000) / 10;
}

/** Without server time the end is dated by the last time that is known. It only orders later runs. */
const endOf = (asked: RunRequest, state: State, now: Millis | undefined): Millis =>
  now ?? Math.max(state.entered.at(-1) ?? state.startedAt, asked.startedAt ?? 0);

export function rolledBack(asked: RunRequest, state: State, why: Reason, now: Millis | undefined): State {
  const endedAt = endOf(asked, state, now);
  return noted(
    {
      ...shared(state),
      ...signed(asked, state, drives(asked)),
      status: "rolled-back",
      weight: homeShare(state),
      endedAt,
    },
    state.notes,
    endedAt,
    why,
  );
}

export function rollbackBlocked(asked: RunRequest, state: State, why: Reason, now: Millis | undefined): State {
  return noted(
    { ...shared(state), ...signed(asked, state, drives(asked)), status: "held" },
    state.notes,
    endOf(asked, state, now),
    why,
  );
}
