import type { SourceLocation } from "../base/problem.ts";
import type { Millis, Percent } from "../base/units.ts";
import type { Phase } from "../rollout/plan.ts";
import { formatDuration } from "../schema/duration.ts";
import { broken, isBroken, type Stated, valueOr } from "../schema/shape.ts";
import { subject, type Tell } from "../schema/source-value.ts";
import type { SourcePace } from "./resolve-metric-source.ts";
import type { Schedule, ScheduleStep } from "./schedule-schema.ts";

const defaultHoldMs: Millis = 300_000;
const jobLimitMs: Millis = 6 * 3_600_000;
/** Rates need some scrapes to stand on: fewer in a window, and a single late one decides. */
const scrapesPerHold = 4;

/** The phases when nobody writes any. */
const defaultWeights: readonly Percent[] = [5, 20, 50, 100];

type PhaseWritten = {
  readonly phases?: Stated<Schedule>;
  readonly hold?: Stated<Millis>;
  readonly maxHold?: Stated<Millis>;
};

/** A phase with the places that its times were written at, for what is said about them later. */
export type Timed = Phase & { readonly holdAt?: SourceLocation; readonly maxHoldAt?: SourceLocation };

/** The phases whose times are known. `complete`: that is all of them. */
export type Phases = { readonly timed: readonly Timed[]; readonly complete: boolean };

export function resolvePhases(written: PhaseWritten, tell: Tell): Phases {
  const byDefault = defaultWeights.map((weight): ScheduleStep => ({ at: {}, weight, thenPause: false }));
  const schedule = valueOr(written.phases, { steps: [], complete: false });
  const steps = written.phases === undefined ? byDefault : schedule.steps;
  const told = new Set<SourceLocation>();
  const sound = steps.map((step) => timed(step, written, told, tell)).filter((phase) => phase !== undefined);
  return {
    timed: sound,
    complete: sound.length === steps.length && (written.phases === undefined || schedule.complete),
  };
}

function timed(step: ScheduleStep, written: PhaseWritten, told: Set<SourceLocation>, tell: Tell): Timed | undefined {
  const hold = step.hold ?? written.hold;
  const maxHold = step.maxHold ?? written.maxHold;
  if (isBroken(hold) || isBroken(maxHold)) return undefined;
  const holdMs = valueOr(hold, defaultHoldMs);
  const maxHoldMs = valueOr(maxHold, 4 * holdMs);
  if (maxHold !== undefined && maxHoldMs < holdMs) {
    // The narrower of the two words is the one that was written for this phase.
    const at = step.maxHold?.at ?? step.hold?.at ?? maxHold.at;
    const words = `The max-hold of ${formatDuration(maxHoldMs)} is below the hold of ${formatDuration(holdMs)}`;
    if (!told.has(at)) tell(at, `${words} at ${step.weight}. Raise max-hold or lower hold.`);
    told.add(at);
  }
  return {
    weight: step.weight,
    holdMs,
    maxHoldMs,
    thenPause: step.thenPause,
    ...(hold === undefined ? {} : { holdAt: hold.at }),
    ...(maxHold === undefined ? {} : { maxHoldAt: maxHold.at }),
  };
}

/** Where metrics are judged a hold spans a few scrapes at least. */
export function checkHolds(phases: readonly Timed[], pace: SourcePace, tell: Tell): void {
  const { scrapeMs, scrapeAt, key, word } = pace;
  const least = scrapesPerHold * scrapeMs;
  const told = new Set<SourceLocation>();
  for (const { holdMs, holdAt = scrapeAt, weight } of phases) {
    if (holdMs >= least || told.has(holdAt)) continue;
    told.add(holdAt);
    tell(
      holdAt,
      `The hold of ${formatDuration(holdMs)} at ${weight} is shorter than ${scrapesPerHold} ${word}s of ` +
        `${formatDuration(scrapeMs)}. Hold at least ${formatDuration(least)}, or lower \`${key}\`.`,
    );
  }
}

export function checkUntil(until: Stated<Percent> | undefined, weights: readonly Percent[], tell: Tell): void {
  if (until === undefined || until.value === broken) return;
  if (weights.includes(until.value)) return;
  tell(
    until.at,
    `${subject(until.at)} is ${until.value}, which is no weight of the schedule. Use one of ${weights.join(", ")}.`,
  );
}

export type Run = {
  readonly settleMs: Millis;
  readonly allowanceMs: Millis;
  /** The whole schedule is to pass in this one run, on a machine that is taken away after six hours. */
  readonly oneJob: boolean;
  readonly at: SourceLocation;
};

/** A pause of the schedule ends the run, so what has to fit into a job is the longest stretch without one. */
export function checkTotal(phases: readonly Timed[], run: Run, tell: Tell, warn: (message: string) => void): void {
  if (!run.oneJob) return;
  const shortest = longestStretch(phases, run, (phase) => phase.holdMs);
  const longest = longestStretch(phases, run, (phase) => phase.maxHoldMs);
  if (shortest > jobLimitMs) {
    tell(
      run.at,
      `The schedule takes ${formatDuration(shortest)}, and a job on a hosted runner ends after 6h. ` +
        "Shorten the holds, put a pause between them, or take one phase a job with `until`.",
    );
  } else if (longest > jobLimitMs) {
    warn(
      `With every phase at its max-hold the schedule takes ${formatDuration(longest)}, and a job on a hosted runner ` +
        "ends after 6h. A rollout that waits that long for evidence is rolled back by the end of the job.",
    );
  }
}

function longestStretch(phases: readonly Timed[], run: Run, watched: (phase: Phase) => Millis): Millis {
  let longest = 0;
  let stretch = 0;
  for (const phase of phases) {
    stretch += run.allowanceMs + run.settleMs + watched(phase);
    longest = Math.max(longest, stretch);
    if (phase.thenPause) stretch = 0;
  }
  return longest;
}
